import numpy as np
import pytest
import xraylib

from specquant_eds import detector
from specquant_eds.instrument import defaults

NO_WINDOW = defaults() | dict.fromkeys((*detector.LAYERS, "window_grid"), 0.0)


@pytest.mark.parametrize(("noise", "low", "high"), [(40.0, 122.0, 126.0), (50.0, 125.0, 130.0), (62.0, 130.0, 137.0)])
def test_resolution_at_manganese_is_that_of_detectors_in_use(noise: float, low: float, high: float) -> None:
    # development study: 122 to 137 eV over instruments, with noise of 40 to 62 eV
    assert low < float(detector.fwhm(np.array(5898.8), noise)) < high


def test_resolution_without_noise_is_that_of_fano() -> None:
    # 2.355 sqrt(F eps E): 118 eV at Mn K-alpha for F 0.115 and 3.65 eV
    assert float(detector.fwhm(np.array(5898.8), 0.0)) == pytest.approx(117.2, abs=0.5)
    assert float(detector.fwhm(np.array(0.0), 60.0)) == 60.0


@pytest.mark.parametrize(("energy", "measured"), [(4511.0, 0.0068), (6404.0, 0.0035)])
def test_escape_is_the_measured_one(energy: float, measured: float) -> None:
    # development study on NIST spectra; Reed and Ware, J. Phys. E 5 (1972) 582, find 0.62 % (Ti) and 0.30 % (Fe)
    share = detector.escape_share(np.array(energy))
    assert share.shape == ()
    assert float(share) == pytest.approx(measured, rel=0.06)


def test_nothing_escapes_below_the_silicon_edge_and_less_at_high_energies() -> None:
    shares = detector.escape_share(np.array([1740.0, 1838.0, 1900.0, 5000.0, 15_000.0]))
    assert (shares[:2] == 0).all()
    assert shares[2] > shares[3] > shares[4] > 0


FORMULAS = {"nitride_window": ("Si3N4", 3.17), "aluminium": ("Al", 2.70), "dead_layer": ("Si", 2.33)}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("energy", [277.0, 525.0, 1041.0, 1740.0, 6404.0])
def test_layers_pass_what_xraylib_says_they_pass(name: str, energy: float) -> None:
    formula, density = FORMULAS[name]
    crossed = xraylib.CS_Total_CP(formula, energy * 1e-3) * density * 1e-7 * 50
    passed = np.exp(-50 * detector.layer_absorption(name, np.array([energy]))[0])
    assert passed == pytest.approx(np.exp(-crossed), abs=0.03)


def test_polymer_passes_carbon_better_than_nitrogen() -> None:
    # the carbon edge at 284 eV lies between C K (277 eV) and N K (392 eV)
    carbon, nitrogen = np.exp(-300 * detector.layer_absorption("polymer_window", np.array([277.0, 392.0])))
    assert carbon > 0.8 > 0.55 > nitrogen > 0.4


def test_polyimide_is_its_formula_without_hydrogen() -> None:
    parts = detector.LAYERS["polymer_window"][1]
    masses = {"C": 22 * 12.011, "N": 2 * 14.007, "O": 5 * 15.999}
    for symbol, mass in masses.items():
        assert parts[symbol] == pytest.approx(mass / sum(masses.values()), abs=0.002)


def test_grid_stops_soft_photons_and_passes_hard_ones() -> None:
    # 380 um of silicon; NIST SRD 126: 10.34 cm2/g at 15 keV, 4.464 at 20 keV
    passed = detector.grid_transmission(np.array([3000.0, 15_000.0, 20_000.0]))
    assert passed[0] < 1e-6
    np.testing.assert_allclose(passed[1:], np.exp(-np.array([10.34, 4.464]) * 2.33 * 0.038), atol=0.03)


def test_active_layer_stops_what_silicon_stops() -> None:
    energy = np.array([6404.0, 15_000.0, 20_000.0])
    seen = detector.efficiency(energy, NO_WINDOW | {"active_layer": 0.45})
    np.testing.assert_allclose(seen[1:], 1 - np.exp(-np.array([10.34, 4.464]) * 2.33 * 0.045), atol=0.03)
    assert seen[0] > 0.99


def test_efficiency_is_a_share_and_falls_towards_low_energies() -> None:
    energy = np.array([277.0, 525.0, 1041.0, 3000.0])
    seen = detector.efficiency(energy, defaults())
    assert (np.diff(seen) > 0).all()
    assert 0 < seen[0] < seen[-1] < 1


@pytest.mark.parametrize("name", [*detector.LAYERS, "window_grid"])
def test_every_layer_takes_something(name: str) -> None:
    energy = np.array([525.0])
    more = detector.efficiency(energy, NO_WINDOW | {name: 0.2 if name == "window_grid" else 50.0})
    assert more[0] < 0.97 * detector.efficiency(energy, NO_WINDOW)[0]


@pytest.mark.parametrize(("energy", "low", "high"), [(1486.7, 0.015, 0.035), (6404.0, 0.005, 0.012)])
def test_tail_is_longer_for_soft_photons(energy: float, low: float, high: float) -> None:
    assert low < float(detector.tail_share(np.array(energy))) < high


@pytest.mark.parametrize(("energy", "low", "high"), [(1486.7, 0.010, 0.022), (6404.0, 0.001, 0.005)])
def test_counts_below_a_peak_are_the_measured_ones(energy: float, low: float, high: float) -> None:
    # development study: 1.2 to 5 FWHM below the peak hold 1.5 to 2.1 % below 2 keV, 0.2 to 0.3 % at Fe and Cu
    width = float(detector.fwhm(np.array(energy), 60.0))
    below = np.exp(-1.2 * width / detector.TAIL_LENGTH) - np.exp(-5 * width / detector.TAIL_LENGTH)
    assert low < float(detector.tail_share(np.array(energy))) * below < high


def test_soft_photons_pile_up_as_their_resolving_times_say() -> None:
    # development study: 205 to 245 ns below 2 keV, 80 to 115 ns above 4 keV
    soft, hard = detector.pile_up_weight(np.array([1500.0, 6000.0]))
    assert hard == 1.0
    assert soft**2 == pytest.approx(225 / 100, rel=0.05)


# development study, an EDAX processor: measured less true energy
@pytest.mark.parametrize(
    ("energy", "error"),
    [(277, -13.5), (525, -6.5), (1254, -0.1), (1740, -0.9), (2622, 3.0), (6404, -1.5), (9886, -7.0)],
)
def test_scale_error_is_the_measured_curve(energy: float, error: float) -> None:
    assert float(detector.scale_error(np.array(float(energy)))) == pytest.approx(error)


def test_tails_are_longer_where_silicon_absorbs_at_its_edge() -> None:
    below, phosphorus, sulfur, calcium = detector.tail_share(np.array([1740.0, 2013.0, 2308.0, 3692.0]))
    assert phosphorus / below == pytest.approx(1.6, abs=0.1)
    assert sulfur / below == pytest.approx(1.3, abs=0.1)
    assert calcium / below == pytest.approx(0.55, abs=0.1)
