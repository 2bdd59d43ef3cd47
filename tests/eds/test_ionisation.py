import numpy as np
import pytest

from specquant_eds.ionisation import casnati, ionisations, mean_ionisation_potential, stopping_power
from specquant_eds.lines import edge_energy

KS = {6: 284.0, 13: 1559.6, 14: 1838.9, 26: 7112.0, 29: 8978.9}


@pytest.mark.parametrize("z", KS)
def test_nothing_is_ionised_below_the_edge(z: int) -> None:
    energy = KS[z] * np.array([0.2, 0.9, 1.0])
    np.testing.assert_allclose(casnati(energy, KS[z], 2), 0.0, atol=1e-30)


@pytest.mark.parametrize("z", KS)
def test_cross_section_is_highest_near_three_times_the_edge(z: int) -> None:
    # Powell, Rev. Mod. Phys. 48 (1976) 33: measured K cross sections have their maximum at U of about 3 to 4
    energy = KS[z] * np.linspace(1.05, 15, 3000)
    assert 2.5 < energy[casnati(energy, KS[z], 2).argmax()] / KS[z] < 4.5


@pytest.mark.parametrize("z", KS)
@pytest.mark.parametrize("u", [4.0, 8.0, 12.0])
def test_cross_section_follows_bethe_with_powells_constants(z: int, u: float) -> None:
    # Powell (1976): 6.51e-14 n b ln(c U) / (U E^2); b = 0.9, c = 0.65 fit measured K shells at U of 4 to 25
    expected = 6.51e-14 * 2 * 0.9 * np.log(0.65 * u) / (u * KS[z] ** 2)
    # Powell's constants are those of light elements; Casnati fitted Fe and Cu apart, and finds them higher
    section = casnati(np.array([u * KS[z]]), KS[z], 2)[0]
    assert section == pytest.approx(expected * (1.0 if z < 20 else 1.2), rel=0.12, abs=0)


@pytest.mark.parametrize("z", [13, 14, 26, 29])
def test_cross_section_is_near_that_of_green_and_cosslett(z: int) -> None:
    # Proc. Phys. Soc. 78 (1961) 1206: Q E^2 = 7.92e-14 lnU / U for K
    expected = 7.92e-14 * np.log(2.5) / 2.5 / KS[z] ** 2
    assert casnati(np.array([2.5 * KS[z]]), KS[z], 2)[0] == pytest.approx(expected, rel=0.35, abs=0)


def test_electrons_of_a_subshell_add_up() -> None:
    energy = np.array([20_000.0])
    np.testing.assert_allclose(casnati(energy, 931.0, 4), 2 * casnati(energy, 931.0, 2))


# ICRU Report 37 (1984), eV
@pytest.mark.parametrize(("z", "potential"), [(13, 166), (26, 286), (29, 322), (47, 470), (79, 790)])
def test_mean_ionisation_potential_is_near_that_of_icru(z: int, potential: float) -> None:
    assert 1e3 * mean_ionisation_potential(np.array(z)) == pytest.approx(potential, rel=0.06)


@pytest.mark.parametrize(("z", "weight"), [(13, 26.98), (29, 63.55), (79, 196.97)])
@pytest.mark.parametrize("energy", [15_000.0, 20_000.0, 30_000.0])
def test_stopping_power_is_that_of_bethe_far_above_the_potential(z: int, weight: float, energy: float) -> None:
    potential = 1e3 * float(mean_ionisation_potential(np.array(z)))
    bethe = 78_500 * z / (weight * energy * 1e-3) * np.log(1.166 * energy / potential)
    assert stopping_power(np.array([energy]), z, weight)[0] == pytest.approx(bethe, rel=0.08)


def test_stopping_power_of_aluminium_is_that_of_estar() -> None:
    # NIST ESTAR (SRD 124): 16.49 MeV cm2/g at 10 keV
    assert 1e-3 * stopping_power(np.array([10_000.0]), 13, 26.98)[0] == pytest.approx(16.49, rel=0.08)


def test_stopping_power_stays_positive_where_bethes_fails() -> None:
    power = stopping_power(np.geomspace(50.0, 1000.0, 20), 79, 196.97)
    assert (power > 0).all()
    assert np.log(1.166 * 50.0 / 790.0) < 0  # Bethe's logarithm


def test_stopping_power_of_gold_at_low_energies_is_pouchou_and_pichoirs() -> None:
    # their three terms at 2 keV, written out: exponents 0.78, 0.1 and -(0.5 - 0.25 J)
    potential = 0.79373
    v = 2.0 / potential
    terms = (
        6.6e-6 * v**0.78,
        1.12e-5 * (1.35 - 0.45 * potential**2) * v**0.1,
        2.2e-6 / potential / v ** (0.5 - 0.25 * potential),
    )
    expected = 79 / 196.97 / potential / sum(terms)
    assert stopping_power(np.array([2_000.0]), 79, 196.97)[0] == pytest.approx(expected, rel=1e-4)


def test_ionisations_are_the_integral_of_cross_section_over_stopping_power() -> None:
    edge, beam = edge_energy(26, "K"), 30_000.0
    energy = np.linspace(edge, beam, 20_001)
    integral = np.trapezoid(casnati(energy, edge, 2) / stopping_power(energy, 26, 55.85), energy * 1e-3)
    excess = 1 + 0.3 * np.exp(-(beam / edge - 1) / 0.5)
    assert ionisations(np.array([beam]), edge, 2, 26, 55.85)[0] == pytest.approx(excess * integral, rel=1e-4, abs=0)


def test_ionisations_grow_as_overvoltage_to_the_power_of_5_3() -> None:
    # Green and Cosslett, J. Phys. D 1 (1968) 425: K-alpha intensities grow as (U - 1)^1.63
    edge = edge_energy(29, "K")
    u = np.array([2.0, 3.0])
    low, high = ionisations(u * edge, edge, 2, 29, 63.55)
    assert np.log(high / low) / np.log((u[1] - 1) / (u[0] - 1)) == pytest.approx(1.63, abs=0.15)


def test_nothing_is_ionised_at_or_below_the_edge() -> None:
    assert ionisations(np.array([5_000.0, 7_112.0]), 7_112.0, 2, 26, 55.85) == pytest.approx([0.0, 0.0], abs=1e-40)
