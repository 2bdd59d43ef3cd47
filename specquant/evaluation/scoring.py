"""How far one answer is from the truth, and means over many."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.elements import weight_fractions
from specquant.evaluation.labels import Labelled
from specquant.files import atomic_path
from specquant.quantifiers import PRESENT_ABOVE
from specquant.technique import Floats

_NUMBERING = re.compile(r"^\s*\d+\s*[.)]\s*")
_HEADLINE = ("A", "A-", "B")


@dataclass(frozen=True)
class Score:
    """How one method did on one spectrum, over the technique's compared elements.

    `missed` and `invented` are elements at the limit of 1 at%, `missed_by_weight` and `invented_by_weight` at 1 wt%;
    invented are those that the label does not have at all. `weight_error` is the mean absolute error of the weight
    fractions of the label's elements. Of `bounded` elements, of at least 1 wt% in the label and with an interval, the
    label lies within the interval for `covered`. `material` and `found` are whole compositions. `offset` (eV) was taken
    off the axis.
    """

    identity: str
    sample: str
    material: str
    reliability: str
    method: str
    accuracy: float
    mean_absolute_error: float
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    found: str
    missed_by_weight: tuple[str, ...]
    invented_by_weight: tuple[str, ...]
    weight_error: float
    bounded: int
    covered: int
    offset: float = 0.0


@dataclass(frozen=True)
class Summary:
    """Means over samples, replicates of one sample averaged first.

    Missed and invented elements are per spectrum, at 1 at% and, by weight, at 1 wt%. `coverage` is the share of label
    values of at least 1 wt% that lie within the 90 % interval, NaN if the method gives none.
    """

    samples: int
    accuracy: float
    accuracy_by_material: float
    mean_absolute_error: float
    missed_per_spectrum: float
    invented_per_spectrum: float
    weight_error: float
    missed_by_weight: float
    invented_by_weight: float
    coverage: float


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
) -> Score:
    """Compare what a method found with the label.

    Parameters
    ----------
    method, labelled
        Who says it, of which spectrum.
    predicted
        Atomic fractions, shape (element,).
    elements, compared
        All elements in order, and those to which label and answer are restricted and renormalised; empty is all.
    bounds
        Lower and upper ends of the intervals, shape (element,), NaN where not known.
    """
    here = np.isin(elements, compared) if compared else np.ones(len(elements), dtype=bool)
    truth, scale = _restricted(labelled.fraction, here), _scale(predicted, here)
    found = np.where(here, predicted, 0.0) * scale
    there, said = truth >= PRESENT_ABOVE, found >= PRESENT_ABOVE
    true_weight, weight = weight_fractions(truth, elements), weight_fractions(found, elements)
    heavy = true_weight >= PRESENT_ABOVE
    lower, upper = (np.full_like(truth, np.nan), np.full_like(truth, np.nan)) if bounds is None else bounds
    bounded = heavy & np.isfinite(lower) & np.isfinite(upper)

    def named(chosen: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(np.array(elements)[chosen].tolist())

    return Score(
        identity=labelled.identity,
        sample=labelled.sample,
        material=formula(labelled.fraction, elements),
        reliability=labelled.reliability,
        method=method,
        accuracy=float(article_accuracy(found[None], truth[None])[0]) if found.any() else 0.0,
        mean_absolute_error=float(np.abs(found - truth)[there | said].mean()),
        missed=named(there & ~said),
        invented=named(said & (truth <= 0)),
        found=formula(predicted, elements),
        missed_by_weight=named(heavy & (weight < PRESENT_ABOVE)),
        invented_by_weight=named((weight >= PRESENT_ABOVE) & (truth <= 0)),
        weight_error=float(np.abs(weight - true_weight)[truth > 0].mean()),
        bounded=int(bounded.sum()),
        covered=int((bounded & (lower * scale <= truth) & (truth <= upper * scale)).sum()),
        offset=labelled.offset,
    )


def _scale(fraction: Floats, here: NDArray[np.bool_]) -> float:
    """Return what the elements compared are multiplied by to sum to 1; where all are compared they do already."""
    total = float(fraction[here].sum())
    return 1.0 if here.all() or total <= 0 else 1.0 / total


def _restricted(fraction: Floats, here: NDArray[np.bool_]) -> Floats:
    return np.where(here, fraction, 0.0) * _scale(fraction, here)


def formula(fraction: Floats, elements: Sequence[str], most: int = 8) -> str:
    """Return fractions of at least 1 at% as text, largest first: ``O 60.0 Fe 40.0``."""
    order = [index for index in np.argsort(-fraction)[:most] if fraction[index] >= PRESENT_ABOVE]
    return " ".join(f"{elements[index]} {100 * fraction[index]:.1f}" for index in order)


def summarise(scores: Sequence[Score]) -> Summary:
    """Return the means of one method's scores."""
    by_sample = _grouped(scores, lambda item: (item.material, item.reliability, _NUMBERING.sub("", item.sample)))
    by_material = _grouped(scores, lambda item: (item.material,))

    def mean(value: Callable[[Score], float], groups: Sequence[Sequence[Score]] = tuple(by_sample)) -> float:
        return float(np.mean([np.mean([value(item) for item in group]) for group in groups]))

    return Summary(
        samples=len(by_sample),
        accuracy=mean(lambda item: item.accuracy),
        accuracy_by_material=mean(lambda item: item.accuracy, by_material),
        mean_absolute_error=mean(lambda item: item.mean_absolute_error),
        missed_per_spectrum=mean(lambda item: len(item.missed)),
        invented_per_spectrum=mean(lambda item: len(item.invented)),
        weight_error=mean(lambda item: item.weight_error),
        missed_by_weight=mean(lambda item: len(item.missed_by_weight)),
        invented_by_weight=mean(lambda item: len(item.invented_by_weight)),
        coverage=mean(lambda item: item.covered) / bounded if (bounded := mean(lambda item: item.bounded)) else np.nan,
    )


def by_class(scores: Sequence[Score]) -> dict[str, Summary]:
    """Return one summary per class, after one of all that count most.

    That is ``headline`` over the reliability classes A, A- and B if any is there; else ``all``, if there are several.
    """
    classes = sorted({item.reliability for item in scores})
    summaries = {name: summarise([item for item in scores if item.reliability == name]) for name in classes}
    headline = [item for item in scores if item.reliability in _HEADLINE]
    if headline:
        return {"headline": summarise(headline)} | summaries
    return ({"all": summarise(scores)} if len(classes) > 1 else {}) | summaries


def by_method(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """Return the scores of every method, in the order in which methods first occur."""
    return {name: [item for item in scores if item.method == name] for name in dict.fromkeys(s.method for s in scores)}


def write_scores(scores: Sequence[Score], path: Path) -> None:
    """Write every single score as CSV."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=[entry.name for entry in fields(Score)])
        writer.writeheader()
        for item in scores:
            row = asdict(item)
            writer.writerow({key: " ".join(value) if isinstance(value, tuple) else value for key, value in row.items()})


def _grouped(scores: Sequence[Score], key: Callable[[Score], tuple[str, ...]]) -> list[list[Score]]:
    groups: dict[tuple[str, ...], list[Score]] = {}
    for item in scores:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
