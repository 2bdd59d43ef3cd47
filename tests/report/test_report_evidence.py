"""Evidence by line, and windows that only the sum of one sets against an element."""

import numpy as np
import pytest
import xarray as xr

from specquant.quantifiers import Modelled
from specquant.report.evidence import evidence_of, moved_elements, own_windows, telling_weights
from specquant.technique import Technique


def strongest(technique: Technique, symbol: str) -> float:
    return max((peak for peak in technique.peaks if peak.element == symbol), key=lambda peak: peak.intensity).energy


def windows(technique: Technique, **weights: list[float]) -> xr.Dataset:
    """Return what LIME says of windows about the strongest lines of C and O, and of one without lines."""
    carbon, oxygen = strongest(technique, "C"), strongest(technique, "O")
    rows = np.zeros((len(technique.elements), 3))
    for symbol, values in weights.items():
        rows[technique.elements.index(symbol)] = values
    return xr.Dataset(
        {"weight": (("element", "segment"), rows)},
        coords={
            "element": list(technique.elements),
            "label": ("segment", ["C main", "O main", "background"]),
            "start": ("segment", [carbon - 5, oxygen - 5, 20.0]),
            "stop": ("segment", [carbon + 5, oxygen + 5, 30.0]),
        },
    )


def test_windows_of_others_are_no_evidence_against_an_element(toy: Technique) -> None:
    lime = windows(toy, C=[0.3, -0.3, -0.05], O=[-0.3, 0.3, 0.02])
    assert telling_weights(lime, toy, "C").tolist() == [0.3, 0.0, 0.0]
    assert telling_weights(lime, toy, "O").tolist() == [0.0, 0.3, 0.02], "where it has no line, it still rests on it"
    assert own_windows(lime, toy, "C").tolist() == [True, False, False]


def test_own_lines_that_speak_against_an_element_are_kept(toy: Technique) -> None:
    lime = windows(toy, C=[-0.2, -0.3, 0.0], O=[0.2, 0.3, 0.0])
    assert telling_weights(lime, toy, "C").tolist() == [-0.2, 0.0, 0.0]
    assert moved_elements(lime, toy, ["C", "O", "Be"]) == ["C", "O"]


def test_evidence_goes_to_the_lines_where_it_is(toy: Technique) -> None:
    energy = toy.axis.centres
    by_channel = np.zeros((1, energy.size))
    by_channel[0, np.argmin(np.abs(energy - strongest(toy, "O")))] = 30.0
    by_channel[0, 1] = -2.0
    flat = np.zeros((1, energy.size))
    modelled = Modelled(("O",), flat, flat[0], flat[0] + 1, np.zeros(1), is_fit=True, evidence=by_channel)
    (one,) = evidence_of(modelled, toy, ["O", "C"])
    assert (one.element, one.errors) == ("O", 28.0)
    assert [line.errors for line in one.lines] == [30.0]
    assert one.lines[0].line.energy == pytest.approx(strongest(toy, "O"), abs=1.5)
    rebuilt = Modelled(("O",), flat, flat[0], flat[0] + 1, np.zeros(1), is_fit=False)
    assert evidence_of(rebuilt, toy, ["O"]) == []


def test_the_strongest_line_is_named_even_if_it_says_little(toy: Technique) -> None:
    energy = toy.axis.centres
    of_oxygen = sorted((peak for peak in toy.peaks if peak.element == "O"), key=lambda peak: -peak.intensity)
    by_channel = np.zeros((1, energy.size))
    by_channel[0, np.argmin(np.abs(energy - of_oxygen[-1].energy))] = 30.0
    flat = np.zeros((1, energy.size))
    modelled = Modelled(("O",), flat, flat[0], flat[0] + 1, np.zeros(1), is_fit=True, evidence=by_channel)
    (one,) = evidence_of(modelled, toy, ["O"])
    assert [line.errors for line in one.lines] == [30.0, 0.0]
    assert one.lines[1].line.energy == pytest.approx(strongest(toy, "O"), abs=1.5)


def test_evidence_is_looked_for_where_the_fit_has_the_lines(toy: Technique) -> None:
    energy = toy.axis.centres
    by_channel = np.zeros((1, energy.size))
    by_channel[0, np.argmin(np.abs(energy - strongest(toy, "O") + 12.0))] = 30.0
    flat = np.zeros((1, energy.size))
    moved = Modelled(("O",), flat, flat[0], flat[0] + 1, np.array([-12.0]), is_fit=True, evidence=by_channel)
    assert [line.errors for line in evidence_of(moved, toy, ["O"])[0].lines] == [30.0]
