"""Peaks that a model lacks are marked, with the lines that they may be; noise and flanks of explained lines are not."""

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.quantifiers import Modelled
from specquant.report.interactive import line_marks, unexplained_peaks
from specquant.technique import Floats, Technique


def strongest(technique: Technique, symbol: str) -> float:
    return max((peak for peak in technique.peaks if peak.element == symbol), key=lambda peak: peak.intensity).energy


def peak(technique: Technique, at: float, height: float) -> Floats:
    return np.asarray(height * np.exp(-0.5 * ((technique.axis.centres - at) / 2.0) ** 2))


def model(technique: Technique, moved: float = 0.0) -> Modelled:
    """Return a model of oxygen on an even background."""
    ground = np.full(technique.axis.size, 400.0)
    part = peak(technique, strongest(technique, "O") + moved, 2000.0)
    return Modelled(("O",), part[None], ground, np.sqrt(ground + part), np.array([moved]), is_fit=True)


def noisy(counts: Floats, seed: int = 1) -> Floats:
    counts = np.random.default_rng(seed).poisson(counts).astype(float)
    counts[:10] = np.nan
    return counts


def test_noise_has_no_peaks(toy: Technique) -> None:
    one = model(toy)
    assert [unexplained_peaks(one, noisy(one.total, seed), toy, ["O"]) for seed in range(20)] == [[]] * 20


def test_a_line_that_the_model_lacks_is_marked_with_its_element(toy: Technique) -> None:
    carbon = strongest(toy, "C")
    ((energy, errors, candidates),) = unexplained_peaks(
        model(toy), noisy(model(toy).total + peak(toy, carbon, 300.0)), toy, ["O"]
    )
    assert energy == pytest.approx(carbon, abs=1.0)
    assert errors > 7
    assert candidates[0].startswith("C ")


def test_what_is_left_beside_an_explained_line_is_not_marked(toy: Technique) -> None:
    oxygen = strongest(toy, "O")
    assert unexplained_peaks(model(toy), noisy(model(toy).total + peak(toy, oxygen + 3, 300.0)), toy, ["O"]) == []
    moved = model(toy, -15.0)
    beside = noisy(moved.total + peak(toy, oxygen - 12, 300.0))
    assert unexplained_peaks(moved, beside, toy, ["O"]) == [], "the line is where the fit has it"


def test_lines_are_marked_where_the_fit_has_them(toy: Technique) -> None:
    nominal, moved = line_marks(toy, ["O"]), line_marks(toy, ["O"], model(toy, -4.0))
    assert [mark.energy - 4.0 for mark in nominal] == [mark.energy for mark in moved]
    assert max(mark.strength for mark in moved) == 1.0


@pytest.mark.parametrize(
    ("technique", "names"), [("xps", ("Fe 2p3/2", "Fe LMM")), ("eds", ("Fe Kα", "Fe Kβ", "Fe Lα"))]
)
def test_lines_are_written_as_the_field_writes_them(technique: str, names: tuple[str, ...]) -> None:
    labels = [mark.label for mark in line_marks(load_plugin(technique).technique, ["Fe"])]
    assert set(names) <= set(labels)
    assert not any("-L" in label or "L3M" in label for label in labels)
