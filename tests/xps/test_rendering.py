"""Bare lines as components: areas, groups, positions, and the sensitivity factors that go with them."""

import numpy as np
import pytest
import xraylib

from specquant.technique import Component, EnergyAxis
from specquant_xps.atomic import ELEMENTS
from specquant_xps.photolines import Line
from specquant_xps.rendering import PRIMARY_FWHM, draw, element_lines, peak_table, render, sensitivity

AL = 1486.6
AXIS = EnergyAxis(0.0, 1300.0, 1.0)
WIDE = AXIS.padded(40.0)

# J. H. Scofield, J. Electron Spectrosc. Relat. Phenom. 8 (1976) 129: main orbital, C 1s = 1.
SCOFIELD = {
    "C": 1.0,
    "N": 1.80,
    "O": 2.93,
    "F": 4.43,
    "Si": 0.82,
    "Ti": 7.91,
    "Fe": 16.4,
    "Cu": 25.4,
    "Mo": 9.50,
    "Ag": 18.0,
    "W": 9.80,
    "Au": 17.1,
}


@pytest.fixture(scope="module")
def components() -> list[Component]:
    return render(WIDE, {"photon_energy": AL})


def line(energy: float, width: float = 0.1, area: float = 1.0) -> Line:
    return Line("test", "1s", energy, width, area)


@pytest.mark.parametrize("step", [0.25, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("energy", [400.0, 400.37, 400.5])
def test_area_of_a_line_does_not_depend_on_step_or_place(step: float, energy: float) -> None:
    axis = EnergyAxis(0.0, 800.0, step)
    density = draw(axis, [line(energy, area=3.0)])
    assert density.sum() * step == pytest.approx(3.0, rel=2e-3)
    if step <= 1.0:
        assert (density * axis.centres).sum() / density.sum() == pytest.approx(energy, abs=0.02)


def test_drawn_line_has_the_width_of_line_and_primary_together() -> None:
    axis = EnergyAxis(380.0, 420.0, 0.05)
    for natural in (0.1, 1.0, 3.0):
        density = draw(axis, [line(400.0, natural)])
        above = axis.centres[density >= density.max() / 2]
        # Olivero & Longbothum, J. Quant. Spectrosc. Radiat. Transfer 17 (1977) 233
        expected = 0.5346 * natural + np.sqrt(0.2166 * natural**2 + PRIMARY_FWHM**2)
        assert np.ptp(above) == pytest.approx(expected, abs=0.11)


def test_lines_add() -> None:
    both = draw(AXIS, [line(300.0), line(500.0, area=2.0)])
    np.testing.assert_allclose(both, draw(AXIS, [line(300.0)]) + draw(AXIS, [line(500.0, area=2.0)]))


def test_every_element_has_one_main_group_of_area_one_below_1290_ev() -> None:
    for z in range(3, 82):
        main = [lines for _, group, lines in element_lines(z, AL) if group == "main"]
        assert len(main) == 1, z
        assert sum(entry.area for entry in main[0]) == pytest.approx(1.0), z
        assert max(entry.energy for entry in main[0]) < 1290.0, z


def test_rendered_main_groups_hold_their_area(components: list[Component]) -> None:
    seen = {}
    for component in components:
        if component.group == "main":
            seen[component.element] = component.density.sum() * WIDE.step
    assert tuple(seen) == ELEMENTS
    # what lacks of one are Lorentzian tails beyond the axis: most for the broad 4d of lanthanides
    assert all(0.9 < area < 1.001 for area in seen.values()), seen
    assert seen["C"] == pytest.approx(1.0, abs=2e-3)


def test_components_are_finite_non_negative_and_in_known_groups(components: list[Component]) -> None:
    assert {component.group for component in components} == {
        "main",
        "core",
        "valence",
        "auger",
        "auger_deep",
        "plasmon",
    }
    for component in components:
        assert component.density.shape == (WIDE.size,)
        assert np.isfinite(component.density).all()
        assert component.density.min() >= 0
        assert component.density.max() > 0 or component.group != "main"


def test_a_component_is_named_once_per_element(components: list[Component]) -> None:
    names = [(component.element, component.label) for component in components]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("symbol", "energy"), [("C", 284.5), ("O", 531.2), ("F", 686.0), ("Au", 84.0), ("Ag", 368.2), ("Cu", 932.7)]
)
def test_strongest_channel_of_the_main_group_lies_at_the_strongest_line(
    components: list[Component], symbol: str, energy: float
) -> None:
    main = next(item for item in components if item.element == symbol and item.group == "main")
    assert WIDE.centres[main.density.argmax()] == pytest.approx(energy, abs=1.0)


def test_auger_lines_lie_where_surveys_show_them(components: list[Component]) -> None:
    # Al K-alpha, binding-energy scale: O KLL 978, F KLL 833, Na KLL 496, Cu LMM 568, Ag MNN 1134 (Moulder et al. 1992).
    for symbol, energy, within in (
        ("O", 978.0, 2),
        ("F", 833.0, 3),
        ("Na", 495.0, 3),
        ("Cu", 568.0, 2),
        ("Ag", 1134.0, 3),
    ):
        auger = next(item for item in components if item.element == symbol and item.group == "auger")
        assert WIDE.centres[auger.density.argmax()] == pytest.approx(energy, abs=within), symbol


def test_carbon_has_no_sharp_2s_line(components: list[Component]) -> None:
    # 2s of C is valence band: 0 to 0.1 of Scofield's strength (docs/explanation/physics-xps.md, section 2)
    valence = [item for item in components if item.element == "C" and item.group == "valence"]
    assert sum(item.density.sum() for item in valence) < 0.05


def test_aluminium_shows_its_plasmon_15_ev_above_the_lines(components: list[Component]) -> None:
    loss = next(item for item in components if item.element == "Al" and item.group == "plasmon")
    assert WIDE.centres[loss.density.argmax()] - 117.8 == pytest.approx(15.3, abs=1.0)  # Al 2s, Raether 1980


def test_render_on_half_the_step_gives_the_same_spectrum() -> None:
    coarse, fine = EnergyAxis(0.0, 1300.0, 1.0), EnergyAxis(-0.25, 1300.25, 0.5)
    for z in (6, 29, 79):
        for _, _, lines in element_lines(z, AL):
            pairs = draw(fine, lines).reshape(-1, 2).mean(axis=1)
            np.testing.assert_allclose(pairs[: coarse.size], draw(coarse, lines), rtol=0.02, atol=1e-4)


@pytest.mark.parametrize(("symbol", "factor"), SCOFIELD.items())
def test_sensitivity_is_that_of_scofield(symbol: str, factor: float) -> None:
    assert sensitivity(AL)[symbol] == pytest.approx(factor, rel=0.02)


def test_peak_table_holds_strong_lines_on_the_axis_only() -> None:
    table = peak_table(AXIS, AL)
    assert {peak.element for peak in table} == set(ELEMENTS)
    assert all(AXIS.start <= peak.energy <= AXIS.stop and peak.intensity >= 0.002 for peak in table)
    assert not any(peak.element == "Mg" and peak.label == "1s" for peak in table)  # 1303 eV


def test_magnesium_anode_moves_auger_lines_only() -> None:
    carbon_al, carbon_mg = (
        {label: lines for label, _, lines in element_lines(int(xraylib.SymbolToAtomicNumber("O")), photon)}
        for photon in (AL, 1253.6)
    )
    assert carbon_al["1s"][0].energy == carbon_mg["1s"][0].energy
    assert carbon_al["Auger"][0].energy - carbon_mg["Auger"][0].energy == pytest.approx(233.0)
