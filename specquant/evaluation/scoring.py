"""How far one answer is from the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.compositions import formula
from specquant.elements import weight_fractions
from specquant.evaluation.labels import Labelled, compared_among
from specquant.quantifiers import PRESENT_ABOVE
from specquant.tables import write_table
from specquant.technique import Floats


@dataclass(frozen=True, eq=False)
class Score:
    """How one method did on one spectrum.

    `label` and `answer` are the whole compositions, atomic fractions over `elements`. All numbers are over the
    technique's compared elements: `missed` and `invented` are elements at the limit of 1 at%, `missed_by_weight` and
    `invented_by_weight` at 1 wt%; invented are those that the label does not have at all. `weight_error` is the mean
    absolute error of the weight fractions of the label's elements. Of `bounded` elements, of at least 1 wt% in the
    label and with an interval, the label lies within the interval for `covered`. `lower` and `upper` are its ends,
    (element,) each, as `answer`; empty where none was given. `offset` (eV) was taken off the axis. `counts` are those
    of the whole spectrum, and `misfit` is that of the fit, NaN where there was none.
    """

    identity: str
    sample: str
    reliability: str
    method: str
    elements: tuple[str, ...]
    label: Floats
    answer: Floats
    accuracy: float
    mean_absolute_error: float
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    missed_by_weight: tuple[str, ...]
    invented_by_weight: tuple[str, ...]
    weight_error: float
    bounded: int
    covered: int
    offset: float = 0.0
    lower: Floats = field(default_factory=lambda: np.zeros(0))
    upper: Floats = field(default_factory=lambda: np.zeros(0))
    counts: float = np.nan
    misfit: float = np.nan

    @property
    def material(self) -> str:
        """The label as text."""
        return formula(self.label, self.elements)

    @property
    def found(self) -> str:
        """The answer as text."""
        return formula(self.answer, self.elements)


_COLUMNS = (
    *("identity", "sample", "material", "reliability", "method", "accuracy", "mean_absolute_error"),
    *("missed", "invented", "found", "missed_by_weight", "invented_by_weight"),
    *("weight_error", "bounded", "covered", "offset", "counts", "misfit"),
)
"""What the table of scores holds, by the names of `Score`."""


def article_accuracy(predicted: Floats, truth: Floats) -> Floats:
    """Return ``1 - sum |y' - y| / 2`` of (sample, element) fractions, shape (sample,): the article's metric."""
    return np.asarray(1.0 - 0.5 * np.abs(predicted - truth).sum(axis=1))


def score(
    method: str,
    labelled: Labelled,
    predicted: Floats,
    elements: Sequence[str],
    compared: Sequence[str] = (),
    bounds: tuple[Floats, Floats] | None = None,
    misfit: float = np.nan,
) -> Score:
    """Compare fractions (element,) that a method predicts with the label.

    Both are restricted to the `compared` elements and renormalised, if any are given. `bounds` are the lower and
    upper ends of the intervals, (element,) each, NaN where not known; `misfit` is that of the fit, if there is one.
    """
    here = compared_among(elements, compared)
    truth = np.where(here, labelled.fraction, 0.0) * _scale(labelled.fraction, here)
    scale = _scale(predicted, here)
    answer = np.where(here, predicted, 0.0) * scale
    there, said = truth >= PRESENT_ABOVE, answer >= PRESENT_ABOVE
    true_weight, weight = weight_fractions(truth, elements), weight_fractions(answer, elements)
    heavy = true_weight >= PRESENT_ABOVE
    lower, upper = (np.full_like(truth, np.nan), np.full_like(truth, np.nan)) if bounds is None else bounds
    bounded = heavy & np.isfinite(lower) & np.isfinite(upper)
    return Score(
        identity=labelled.identity,
        sample=labelled.sample,
        reliability=labelled.reliability,
        method=method,
        elements=tuple(elements),
        label=labelled.fraction,
        answer=predicted,
        accuracy=float(article_accuracy(answer[None], truth[None])[0]) if answer.any() else 0.0,
        mean_absolute_error=float(np.abs(answer - truth)[there | said].mean()),
        missed=_named(elements, there & ~said),
        invented=_named(elements, said & (truth <= 0)),
        missed_by_weight=_named(elements, heavy & (weight < PRESENT_ABOVE)),
        invented_by_weight=_named(elements, (weight >= PRESENT_ABOVE) & (truth <= 0)),
        weight_error=float(np.abs(weight - true_weight)[truth > 0].mean()),
        bounded=int(bounded.sum()),
        covered=int((bounded & (lower * scale <= truth) & (truth <= upper * scale)).sum()),
        offset=labelled.offset,
        lower=lower,
        upper=upper,
        counts=float(labelled.spectra.counts.sum(dtype=np.float64)),
        misfit=misfit,
    )


def write_scores(scores: Sequence[Score], path: Path, models: Mapping[str, Mapping[str, str]] | None = None) -> Path:
    """Write every single score as CSV and return the path.

    Parameters
    ----------
    scores
        One per method and spectrum.
    path
        File to write.
    models
        What is to be said of the model of each method, by name of the method and column; None: nothing.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    known = models or {}
    columns = list(dict.fromkeys(column for said in known.values() for column in said))
    rows = (
        [
            *(getattr(item, name) for name in _COLUMNS),
            *(known.get(item.method, {}).get(column, "") for column in columns),
        ]
        for item in scores
    )
    texts = ([" ".join(x) if isinstance(x, tuple) else x for x in row] for row in rows)
    return write_table([*_COLUMNS, *columns], texts, path)


def _named(elements: Sequence[str], chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(np.array(elements)[chosen].tolist())


def _scale(fraction: Floats, here: NDArray[np.bool_]) -> float:
    """Return what the elements compared are multiplied by to sum to 1; where all are compared they do already."""
    total = float(fraction[here].sum())
    return 1.0 if here.all() or total <= 0 else 1.0 / total
