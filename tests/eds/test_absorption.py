import numpy as np
import pytest
import xraylib

from specquant_eds.absorption import absorption_matrix, jump_share, mass_absorption
from specquant_eds.elements import ELEMENTS, INDEX


# Hubbell and Seltzer, NIST SRD 126, attenuation with scattering, cm2/g; another calculation than FFAST
@pytest.mark.parametrize(
    ("symbol", "energy", "expected"),
    [
        ("C", 1000, 2211), ("O", 1000, 4590), ("Al", 10_000, 26.23), ("Si", 10_000, 33.89), ("Fe", 10_000, 170.6),
        ("Fe", 8000, 305.6), ("Ni", 10_000, 209.0), ("Cu", 10_000, 215.9), ("Au", 10_000, 118.1), ("Pb", 10_000, 130.6),
    ],
)  # fmt: skip
def test_coefficients_are_near_those_of_hubbell_and_seltzer(symbol: str, energy: float, expected: float) -> None:
    assert mass_absorption(symbol, np.array(float(energy))) == pytest.approx(
        expected, rel=0.07 if energy < 2000 else 0.04
    )


# Heinrich, Proc. 11th Int. Congr. X-ray Optics and Microanalysis (1986) 67, for lines of EPMA
@pytest.mark.parametrize(
    ("absorber", "line", "expected"),
    [("Si", 1740, 350), ("Al", 1740, 3282), ("Fe", 8048, 305), ("Cr", 6404, 474), ("Ni", 6404, 90), ("Ca", 1740, 1166)],
)
def test_coefficients_are_near_those_of_heinrich(absorber: str, line: float, expected: float) -> None:
    assert mass_absorption(absorber, np.array(float(line))) == pytest.approx(expected, rel=0.08)


def test_edges_are_sharp_and_at_their_energies() -> None:
    below, above = mass_absorption("Fe", np.array([7105.0, 7119.0]))
    assert above / below > 6.5  # McMaster et al., UCRL-50174 (1969): jump ratio of the Fe K edge 8.2
    (si_below, si_above) = mass_absorption("Si", np.array([1830.0, 1850.0]))
    assert si_above / si_below > 8.0


def test_between_edges_coefficients_fall_as_the_third_power() -> None:
    low, high = mass_absorption("Fe", np.array([10_000.0, 20_000.0]))
    assert np.log(low / high) / np.log(2) == pytest.approx(2.8, abs=0.2)


def test_matrix_holds_every_element() -> None:
    energy = np.array([525.0, 1740.0, 8048.0])
    table = absorption_matrix(energy)
    assert table.shape == (len(ELEMENTS), 3)
    np.testing.assert_allclose(table[INDEX["Fe"]], mass_absorption("Fe", energy))
    assert np.isfinite(table).all()
    assert (table > 0).all()


def test_coefficients_agree_with_xraylib_on_the_whole() -> None:
    energy = np.array([1.74, 4.5, 8.05, 15.0])
    ratios = absorption_matrix(1e3 * energy) / [
        [xraylib.CS_Total(z, e) for e in energy] for z in map(_number, ELEMENTS)
    ]
    assert np.median(ratios) == pytest.approx(1.0, abs=0.05)
    assert np.mean(np.abs(ratios - 1) < 0.15) > 0.9


def _number(symbol: str) -> int:
    return int(xraylib.SymbolToAtomicNumber(symbol))


def test_share_of_the_k_shell_is_one_less_the_inverse_jump() -> None:
    edge = np.array([7112.0])
    share = jump_share("Fe", edge, np.array([6404.0, 7478.0, 15_000.0]))[0]
    assert share[0] == 0.0
    # Reed, Electron Microprobe Analysis (1993): (r - 1) / r is 0.88 for K shells of the iron group
    assert share[1] == pytest.approx(0.88, abs=0.015)
    assert share[2] == share[1]


def test_shares_of_deeper_shells_come_first_and_never_exceed_one() -> None:
    edges = np.array([14_352.8, 13_733.6, 11_918.7])  # Au L1, L2, L3: Bearden and Burr (1967)
    shares = jump_share("Au", edges, np.array([12_500.0, 14_000.0, 20_000.0]))
    assert (shares[:2, 0] == 0).all()
    assert shares[2, 0] > shares[2, 1] > shares[2, 2] > 0.3
    assert (shares.sum(axis=0) < 1).all()
