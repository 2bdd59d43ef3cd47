import numpy as np
import pytest
import torch
from torch import Tensor

from specquant_eds.depth import (
    DepthDistribution,
    Matter,
    backscatter_factor,
    matter,
    overvoltage_exponent,
    stopping_factor,
    xpp,
)
from specquant_eds.elements import INDEX, NUMBERS, atomic_weights
from specquant_eds.ionisation import mean_ionisation_potential, stopping_power

EDGES = {"Al": 1.5596, "Si": 1.8389, "Fe": 7.112, "Cu": 8.9789}


def column(*values: float) -> Tensor:
    return torch.tensor([list(values)], dtype=torch.float64)


def sample(**mass: float) -> Matter:
    fraction = torch.zeros((1, len(NUMBERS)), dtype=torch.float64)
    for symbol, share in mass.items():
        fraction[0, INDEX[symbol]] = share
    z = np.array(NUMBERS, dtype=np.float64)
    tables = (torch.from_numpy(table) for table in (z, atomic_weights(), mean_ionisation_potential(z)))
    return matter(fraction, *tables)


def distribution(symbol: str, beam: float, edge: float) -> DepthDistribution:
    return xpp(column(beam), torch.tensor([edge]).double(), torch.tensor([0.86]).double(), sample(**{symbol: 1.0}))


def phi(ionised: DepthDistribution, depth: np.ndarray) -> np.ndarray:
    a = ionised.decay * (1 + ionised.epsilon)
    values = [float(x) for x in (ionised.amplitude, ionised.slope, ionised.surface, ionised.decay, a)]
    amplitude, slope, surface, decay, fast = values
    return amplitude * np.exp(-fast * depth) + (slope * depth + surface - amplitude) * np.exp(-decay * depth)


def test_what_electrons_see_of_a_compound_is_the_mean_over_mass() -> None:
    quartz = sample(Si=0.4674, O=0.5326)
    assert float(quartz.m) == pytest.approx(0.4674 * 14 / 28.085 + 0.5326 * 8 / 15.999, rel=1e-3)
    assert float(quartz.zb) == pytest.approx((0.4674 * 14**0.5 + 0.5326 * 8**0.5) ** 2)
    low, high = (1e-3 * z * (10.04 + 8.25 * np.exp(-z / 11.22)) for z in (8, 14))
    assert low < float(quartz.potential) < high


def test_exponents_are_those_of_pouchou_and_pichoir() -> None:
    assert overvoltage_exponent("K", 29) == pytest.approx(0.86, abs=1e-4)
    assert overvoltage_exponent("K", 6) == pytest.approx(0.86 + 0.12 * np.exp(-1.44))
    assert (overvoltage_exponent("L", 79), overvoltage_exponent("M", 79)) == (0.82, 0.78)


# measured at 20 keV: Heinrich, in Proc. 4th Int. Conf. X-ray Optics and Microanalysis (1966) 159
@pytest.mark.parametrize(
    ("symbol", "eta"), [("C", 0.06), ("Al", 0.15), ("Si", 0.16), ("Fe", 0.28), ("Cu", 0.30), ("Ag", 0.41), ("Au", 0.50)]
)
def test_backscatter_coefficients_are_the_measured_ones(symbol: str, eta: float) -> None:
    assert float(backscatter_factor(column(2.0), sample(**{symbol: 1.0}))[1]) == pytest.approx(eta, abs=0.012)


@pytest.mark.parametrize("symbol", ["C", "Si", "Cu", "Ag", "Au"])
@pytest.mark.parametrize("u", [1.5, 2.0, 4.0, 8.0])
def test_backscatter_factor_is_near_that_of_love_and_scott(symbol: str, u: float) -> None:
    # Love and Scott, J. Phys. D 11 (1978) 1369, fitted to Monte Carlo and to the tables of Duncumb and Reed (1968)
    factor, eta = (float(value) for value in backscatter_factor(column(u), sample(**{symbol: 1.0})))
    powers = np.log(u) ** np.arange(1, 5)
    i = powers @ [0.33148, 0.05596, -0.06339, 0.00947]
    g = powers @ [2.87898, -1.51307, 0.81312, -0.08241] / u
    # the two differ by 7 % for gold, where a backscattered electron takes most with it
    assert factor == pytest.approx(1 - eta * (i + eta * g) ** 1.67, abs=0.025 if symbol in ("C", "Si", "Cu") else 0.07)


def test_no_ionisation_is_lost_to_backscattering_at_the_edge() -> None:
    assert float(backscatter_factor(column(1.0001), sample(Au=1.0))[0]) == pytest.approx(1.0, abs=1e-2)


@pytest.mark.parametrize("symbol", ["Si", "Cu", "Au"])
def test_stopping_factor_grows_as_the_integral_over_the_stopping_power(symbol: str) -> None:
    pure, edge, exponent = sample(**{symbol: 1.0}), 2.0, 0.8
    z, weight = NUMBERS[INDEX[symbol]], atomic_weights()[INDEX[symbol]]

    def both(u: float) -> tuple[float, float]:
        energy = np.linspace(edge, u * edge, 20_001)
        section = np.log(energy / edge) / (energy / edge) ** exponent
        numeric = np.trapezoid(section / stopping_power(1e3 * energy, z, weight), energy)
        power = torch.tensor([exponent]).double()
        return float(stopping_factor(column(u), column(u * edge) / pure.potential, power, pure)), float(numeric)

    (low, low_numeric), (high, high_numeric) = both(2.0), both(6.0)
    assert high / low == pytest.approx(high_numeric / low_numeric, rel=1e-5)


@pytest.mark.parametrize("symbol", ["Al", "Fe", "Cu", "Au"])
@pytest.mark.parametrize("u", [3.0, 10.0])
def test_surface_ionisation_is_near_that_of_reuter(symbol: str, u: float) -> None:
    # Reuter, Proc. 6th Int. Conf. X-ray Optics and Microanalysis (1972) 121, fitted to measured phi(0)
    pure = sample(**{symbol: 1.0})
    eta = float(backscatter_factor(column(u), pure)[1])
    surface = float(distribution(symbol, 20.0, 20.0 / u).surface)
    assert surface == pytest.approx(1 + 2.8 * (1 - 0.9 / u) * eta, rel=0.07)


CASES = [
    ("C", 10.0, 0.284),
    ("Si", 15.0, 1.8389),
    ("Fe", 20.0, 7.112),
    ("Cu", 15.0, 1.1),
    ("Au", 15.0, 2.2057),
    ("Au", 25.0, 11.9),
]


@pytest.mark.parametrize(("symbol", "beam", "edge"), CASES)
def test_area_under_the_curve_is_f(symbol: str, beam: float, edge: float) -> None:
    ionised = distribution(symbol, beam, edge)
    depth = np.linspace(0, 40 / float(ionised.decay), 200_001)
    assert np.trapezoid(phi(ionised, depth), depth) == pytest.approx(float(ionised.area), rel=1e-4)
    assert phi(ionised, np.zeros(1))[0] == pytest.approx(float(ionised.surface), rel=1e-6)


@pytest.mark.parametrize(("symbol", "beam", "edge"), CASES)
@pytest.mark.parametrize("chi", [10.0, 1000.0, 20_000.0])
def test_emerging_share_is_the_transform_of_the_curve(symbol: str, beam: float, edge: float, chi: float) -> None:
    ionised = distribution(symbol, beam, edge)
    depth = np.linspace(0, 40 / float(ionised.decay), 400_001)
    expected = np.trapezoid(phi(ionised, depth) * np.exp(-chi * depth), depth) / float(ionised.area)
    assert float(ionised.emerging(column(chi))) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("symbol", "beam", "edge"), CASES)
def test_without_absorption_everything_emerges_and_less_with_more(symbol: str, beam: float, edge: float) -> None:
    ionised = distribution(symbol, beam, edge)
    shares = ionised.emerging(column(0.0, *np.geomspace(1.0, 1e5, 40)))[0].numpy()
    assert shares[0] == pytest.approx(1.0, abs=1e-9)
    assert (np.diff(shares) < 0).all()
    assert 0 < shares[-1] < 0.05


def test_ionisations_of_silicon_end_at_its_x_ray_range() -> None:
    # Anderson and Hasler, Proc. 4th Int. Conf. X-ray Optics (1966) 310: 0.064 (E0^1.68 - Ec^1.68), um g/cm3
    limit = 1e-4 * 0.064 * (15.0**1.68 - 1.8389**1.68)
    ionised = distribution("Si", 15.0, 1.8389)
    depth = np.linspace(0, 10 * limit, 100_001)
    curve = phi(ionised, depth)
    inside = depth <= limit
    assert np.trapezoid(curve[inside], depth[inside]) > 0.93 * float(ionised.area)
    assert np.trapezoid(curve[depth <= limit / 3], depth[depth <= limit / 3]) < 0.7 * float(ionised.area)


def test_depth_distribution_has_its_maximum_inside() -> None:
    ionised = distribution("Cu", 20.0, 1.84)
    depth = np.linspace(0, 2e-3, 2001)
    assert 1e-5 < depth[phi(ionised, depth).argmax()] < 6e-4


def test_heavier_matter_generates_less_at_the_same_ratio_of_stopping() -> None:
    # the atomic-number effect: R/S of Al K is higher in gold than in aluminium, by some 30 %
    light, heavy = (float(distribution(symbol, 20.0, EDGES["Al"]).generated) for symbol in ("Al", "Au"))
    assert 1.05 < heavy / light < 1.7


@pytest.mark.parametrize(("symbol", "beam", "edge"), [("B", 30.0, 0.284), ("Fe", 20.0, 7.112), ("Au", 30.0, 0.5)])
def test_mean_depth_and_slope_at_the_surface_are_pouchou_and_pichoirs(symbol: str, beam: float, edge: float) -> None:
    ionised = distribution(symbol, beam, edge)
    depth = np.linspace(0, 60 / float(ionised.decay), 400_001)
    curve, area, surface = phi(ionised, depth), float(ionised.area), float(ionised.surface)
    u, zb = beam / edge, float(sample(**{symbol: 1.0}).zb)
    x, y = 1 + 1.3 * np.log(zb), 0.2 + zb / 200
    mean = area / max(1 + x * np.log(1 + y * (1 - u**-0.42)) / np.log(1 + y), surface)
    assert np.trapezoid(curve * depth, depth) / area == pytest.approx(mean, rel=2e-3)
    g = 0.22 * np.log(4 * zb) * (1 - 2 * np.exp(-zb * (u - 1) / 15))
    h = 1 - 10 * (1 - 1 / (1 + u / 10)) / zb**2
    b = float(ionised.decay)
    slope = min(g * h**4, 0.9 * b * mean**2 * (b - 2 * surface / area)) * area / mean**2
    step = 1e-4 / b
    assert (phi(ionised, np.array([step]))[0] - surface) / step == pytest.approx(slope, rel=0.02, abs=1e-3 * b)


@pytest.mark.parametrize("symbol", ["B", "C", "O", "Al", "Fe", "Ag", "U"])
@pytest.mark.parametrize("beam", [5.0, 15.0, 30.0])
@pytest.mark.parametrize("edge", [0.284, 1.84, 4.5])
def test_no_depth_has_fewer_than_no_ionisations(symbol: str, beam: float, edge: float) -> None:
    ionised = distribution(symbol, beam, edge)
    curve = phi(ionised, np.linspace(0, 20 / float(ionised.decay), 20_001))
    assert curve.min() > -2e-3 * curve.max()
    assert float(ionised.epsilon) > -1.0


def test_close_to_the_edge_nothing_is_infinite() -> None:
    ionised = distribution("Fe", 7.0, 7.112)
    assert all(torch.isfinite(value).all() for value in vars(ionised).values())
