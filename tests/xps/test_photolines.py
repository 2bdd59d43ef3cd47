"""Photoelectron lines: spin-orbit ratios, valence band, main orbital."""

import pytest
import xraylib

from specquant_xps.atomic import populated
from specquant_xps.photolines import Line, main_orbital, photolines

AL = 1486.6
PARTNERS = {"p": 2.0, "d": 3 / 2, "f": 4 / 3}


def number(symbol: str) -> int:
    return int(xraylib.SymbolToAtomicNumber(symbol))


def orbital(symbol: str, name: str) -> list[Line]:
    return [line for line in photolines(number(symbol), AL) if line.orbital == name]


@pytest.mark.parametrize(
    ("symbol", "name"),
    [("Si", "2p"), ("Ti", "2p"), ("Cu", "2p"), ("Mo", "3d"), ("Ag", "3d"), ("Ce", "3d"), ("Hf", "4d"), ("Au", "4f")],
)
def test_doublets_have_the_ratio_of_their_degeneracies(symbol: str, name: str) -> None:
    lower, upper = sorted(orbital(symbol, name), key=lambda line: line.area)
    assert upper.area / lower.area == pytest.approx(PARTNERS[name[1]], rel=0.1)  # Scofield departs by a few per cent
    assert upper.energy < lower.energy


def test_main_doublet_of_every_element_has_the_ratio_of_its_degeneracies() -> None:
    for z in range(3, 82):
        lines = photolines(z, AL)
        main = main_orbital(lines, 1290.0, AL)
        areas = sorted(line.area for line in lines if line.orbital == main)
        if main[1] == "s":
            assert len(areas) == 1
        else:
            assert areas[1] / areas[0] == pytest.approx(PARTNERS[main[1]], rel=0.15), z


# The line by which surveys are quantified (Moulder et al., Handbook of XPS, 1992); Mg 1s, As 2p and the 3d of the heavy
# lanthanides lie beyond 1290 eV, so that the next strongest takes their place.
MAIN = {
    "Li": "1s",
    "C": "1s",
    "Na": "1s",
    "Mg": "2s",
    "Si": "2p",
    "Fe": "2p",
    "Cu": "2p",
    "Ge": "2p",
    "As": "3p",
    "Mo": "3d",
    "Ag": "3d",
    "Ba": "3d",
    "Tb": "3d",
    "Dy": "4d",
    "Yb": "4d",
    "W": "4f",
    "Au": "4f",
    "Tl": "4f",
    "Pb": "4f",
    "Bi": "4f",
    "U": "4f",
}


@pytest.mark.parametrize(("symbol", "expected"), MAIN.items())
def test_main_orbital_is_the_one_that_surveys_use(symbol: str, expected: str) -> None:
    assert main_orbital(photolines(number(symbol), AL), 1290.0, AL) == expected


def test_main_orbital_respects_the_end_of_the_range() -> None:
    assert main_orbital(photolines(29, AL), 900.0, AL) != "2p"


def test_valence_shells_become_one_band_near_the_fermi_edge() -> None:
    for symbol in ("Ag", "Au", "Cu", "C", "O"):
        bands = orbital(symbol, "valence")
        assert len(bands) == 1, symbol
        assert 2.0 <= bands[0].energy <= 18.0


def test_sharp_shallow_shells_stay_lines_of_their_own() -> None:
    assert orbital("Zn", "3d")
    assert orbital("Cd", "4d")
    assert not orbital("Cu", "3d")


def test_strength_of_collapsing_shells_is_taken_from_measurement() -> None:
    # Clean Ag: 4s over 3d is 0.11 of what Scofield gives; clean Cu: 3p over 2p 1.2
    # (docs/explanation/physics-xps.md, section 2).
    silver = sum(line.area for line in orbital("Ag", "4s"))
    assert silver < 0.25 * xraylib.CSb_Photo_Partial(47, xraylib.N1_SHELL, AL / 1000) * 2
    copper = sum(line.area for line in orbital("Cu", "3p")) / sum(line.area for line in orbital("Cu", "2p"))
    scofield = sum(
        xraylib.CSb_Photo_Partial(29, shell, AL / 1000) * xraylib.ElectronConfig(29, shell)
        for shell in (xraylib.M2_SHELL, xraylib.M3_SHELL)
    ) / sum(
        xraylib.CSb_Photo_Partial(29, shell, AL / 1000) * xraylib.ElectronConfig(29, shell)
        for shell in (xraylib.L2_SHELL, xraylib.L3_SHELL)
    )
    assert 1.1 < copper / scofield < 1.7


def test_multiplets_widen_the_lines_of_open_shells() -> None:
    assert orbital("Fe", "2p")[0].width > orbital("Cu", "2p")[0].width + 1.0
    assert orbital("Dy", "4d")[0].width > 8.0


def test_lines_of_every_element_lie_between_zero_and_the_photon_energy() -> None:
    for photon in (1253.6, AL):
        for z in range(3, 82):
            lines = photolines(z, photon)
            assert lines
            assert all(0 < line.energy < photon and line.area > 0 and line.width > 0 for line in lines), z


def test_magnesium_anode_leaves_binding_energies_where_they_are() -> None:
    assert [line.energy for line in photolines(29, 1253.6)] == [line.energy for line in photolines(29, AL)]


@pytest.mark.parametrize(("z", "splitting"), [(24, 4.2), (25, 5.5), (26, 6.0), (27, 5.0)])
def test_the_spin_of_the_3d_shell_splits_3s_of_iron_and_its_neighbours(z: int, splitting: float) -> None:
    first, second = [line for line in photolines(z, AL) if line.orbital == "3s"]
    whole = populated(z, AL)[next(shell for shell in populated(z, AL) if shell.orbital == "3s")]
    assert second.energy - first.energy == pytest.approx(splitting)
    assert second.area / first.area == pytest.approx(0.5)
    assert first.area + second.area == pytest.approx(whole)
    assert (first.label, second.label) == ("3s", "3s exchange")


@pytest.mark.parametrize("z", [20, 23, 29, 30])
def test_others_have_one_3s_line(z: int) -> None:
    assert len([line for line in photolines(z, AL) if line.orbital == "3s"]) == 1
