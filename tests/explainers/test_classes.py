"""The four classes, decided by responses and overlaps that are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from specquant.discovery import load_plugin
from specquant.explainers import (
    AgreedClass,
    ElementClass,
    PeakProbe,
    agreed_classes,
    element_classes,
    lines_at,
    read_together,
)
from specquant.explainers.profiles import profiles
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary
from specquant.quantifiers import Estimate, Quantifier
from specquant.report.figures.periodic import cell
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Peak, Technique


@pytest.fixture
def three() -> Technique:
    """Li and Be share 300 eV, where Be is twice as high; Li has a weaker line at 150 eV; B is alone at 200 eV."""
    return Technique(
        name="three",
        title="Three elements",
        axis=EnergyAxis(100.0, 400.0, 1.0),
        elements=("Li", "Be", "B"),
        sensitivity={"Li": 1.0, "Be": 2.0, "B": 1.0},
        peaks=(
            Peak("Li", "Li a", 300.0, 4.0, 1.0),
            Peak("Li", "Li b", 150.0, 4.0, 0.5, "second"),
            Peak("Be", "Be a", 300.0, 4.0, 1.0),
            Peak("B", "B a", 200.0, 4.0, 1.0),
        ),
        recipes={},
    )


def answers(three: Technique, **lines: dict[float, float]) -> xr.Dataset:
    """Return a FIS of 0 but for the responses given per element and energy; what is left is boron's."""
    response = np.zeros((three.axis.size, 3))
    for symbol, places in lines.items():
        for energy, value in places.items():
            response[round(energy - 100), three.elements.index(symbol)] = value
    response[:, 2] = np.maximum(response[:, 2], 0.0)
    return xr.Dataset(
        {"response": (("probe_energy", "element"), response)},
        {"probe_energy": three.axis.centres, "element": list(three.elements)},
        {"probe_width": 4.0},
    )


def classes(three: Technique, **lines: dict[float, float]) -> dict[str, ElementClass]:
    found = element_classes(three, answers(three, **lines), {"Li": 0.7, "Be": 0.8, "B": 0.9})
    return {item.element: item for item in found}


def test_each_rule_is_decided_by_response_and_overlap(three: Technique) -> None:
    found = classes(three, Li={150.0: 0.6, 300.0: 0.1}, Be={301.0: 0.7, 300.0: 0.6}, B={200.0: 0.9})
    assert {symbol: item.rule for symbol, item in found.items()} == {"Li": 3, "Be": 2, "B": 1}
    lithium, beryllium, boron = found["Li"], found["Be"], found["B"]
    assert (lithium.overlap, lithium.rival, lithium.highest) == (pytest.approx(2.0), "Be", False)
    assert (beryllium.overlap, beryllium.rival, beryllium.highest) == (pytest.approx(0.5), "Li", True)
    assert boron.overlap < 1e-9
    assert (lithium.owner, lithium.owner_response, lithium.reading.strongest_response) == ("Be", 0.6, 0.1)
    assert (lithium.reading.best.label, lithium.reading.best_response) == ("Li b", 0.6)
    assert (beryllium.reading.strongest_response, lithium.together) == (0.7, 0.7)


@pytest.mark.parametrize(
    ("strongest", "weaker", "rule"),
    [(0.5, 0.0, 2), (0.5, 0.9, 2), (0.499, 0.5, 3), (0.499, 0.499, 4), (0.0, 0.0, 4)],
)
def test_half_of_the_answer_is_enough(three: Technique, strongest: float, weaker: float, rule: int) -> None:
    assert classes(three, Li={300.0: strongest, 150.0: weaker})["Li"].rule == rule


@pytest.mark.parametrize(("sensitivity", "rule"), [(0.19, 1), (0.21, 2)])
def test_a_line_is_free_below_a_fifth(three: Technique, sensitivity: float, rule: int) -> None:
    weak = replace(three, sensitivity={**three.sensitivity, "Be": sensitivity})
    found = classes(weak, Li={300.0: 1.0})["Li"]
    assert (found.rule, found.overlap) == (rule, pytest.approx(sensitivity))


def test_heights_add_up_and_fall_to_half_at_half_a_width(three: Technique) -> None:
    found = profiles(three, np.array([300.0, 302.0, 150.0]), 4.0)
    np.testing.assert_allclose(found[:, 0], [0.25, 0.5, 0.0], atol=1e-9)
    np.testing.assert_allclose(found[:2, 1], [0.125, 0.25])
    np.testing.assert_allclose(found[0, 2], 0.125)
    wider = profiles(three, np.array([300.0]), 8.0)
    np.testing.assert_allclose(wider[:2, 0], [0.125, 0.25])


def test_lines_at_a_place_come_highest_first(three: Technique) -> None:
    first, second = lines_at(three, 301.0, 4.0)
    assert (first.peak.label, first.height, second.peak.label) == ("Be a", 1.0, "Li a")
    assert second.height == pytest.approx(0.5)
    assert lines_at(three, 301.0, 4.0, count=1) == (first,)
    assert lines_at(three, 250.0, 4.0) == ()
    faint = replace(three, sensitivity={**three.sensitivity, "Li": 0.03})
    assert [line.peak.element for line in lines_at(faint, 301.0, 4.0)] == ["Be"]


def test_most_models_decide_and_the_first_of_equals(three: Technique) -> None:
    first, weaker, none = (classes(three, Li=lines) for lines in ({300.0: 1.0}, {150.0: 1.0}, {}))

    def agreed(*found: dict[str, ElementClass]) -> AgreedClass:
        return agreed_classes([list(one.values()) for one in found])[0]

    majority = agreed(weaker, first, first)
    assert (majority.rules, majority.example.rule) == ((3, 2, 2), 2)
    assert majority.agreement == pytest.approx(2 / 3)
    assert majority.example.reading.strongest_response == 1.0
    assert agreed(none, first).example.rule == 4
    assert agreed(weaker).agreement == 1.0


class Both(Quantifier):
    """Sees lithium, 0.9, only where both of its lines are there; everything else is boron."""

    name = "both"

    def estimate(self, spectra: Spectra) -> Estimate:
        counts = spectra.counts
        fraction = np.zeros((len(counts), 3))
        fraction[:, 0] = np.where((counts[:, 200] > 1000) & (counts[:, 50] > 1000), 0.9, 0.0)
        fraction[:, 2] = 1 - fraction[:, 0]
        return Estimate.without_interval(fraction)


def test_lines_that_are_read_only_together_are_found_so(three: Technique) -> None:
    attribution = PeakProbe(width=4.0).explain(Both(three))
    together = read_together(Both(three), attribution)
    assert together == {"Li": 0.9, "Be": 0.0, "B": 1.0}
    lithium = element_classes(three, attribution, together)[0]
    assert (lithium.rule, lithium.reading.best_response, lithium.together) == (4, 0.0, 0.9)


def test_toy_elements_are_read_at_their_strongest_lines(thirdparty: Path) -> None:  # noqa: ARG001
    toy = load_plugin("toy").technique
    quantifier = LeastSquares(toy, RenderedLibrary(toy))
    attribution = PeakProbe(width=4.0).explain(quantifier)
    found = element_classes(toy, attribution, read_together(quantifier, attribution))
    assert {item.rule for item in found} <= {1, 2}
    assert all(item.together > 0.9 for item in found)


@pytest.mark.parametrize(
    ("number", "place"),
    [
        *((1, (1, 1)), (2, (18, 1)), (3, (1, 2)), (5, (13, 2)), (14, (14, 3)), (21, (3, 4)), (30, (12, 4))),
        *((36, (18, 4)), (57, (4, 8.4)), (70, (17, 8.4)), (71, (3, 6)), (72, (4, 6)), (86, (18, 6)), (89, (4, 9.4))),
        *((103, (3, 7)), (118, (18, 7))),
    ],
)
def test_elements_stand_where_the_periodic_table_has_them(number: int, place: tuple[int, float]) -> None:
    assert cell(number) == place


def test_no_two_elements_share_a_cell() -> None:
    assert len({cell(number) for number in range(1, 119)}) == 118
