"""Means over many scores: by method, by class, over replicates first."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from specquant.evaluation.scoring import Score

_NUMBERING = re.compile(r"^\s*\d+\s*[.)]\s*")
"""Running number before the name of a sample: replicates differ in it only."""

_HEADLINE = ("A", "A-", "B")
"""Classes of labels that can be relied on."""


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


def summarise(scores: Sequence[Score]) -> Summary:
    """Return the means of one method's scores."""
    by_sample = _grouped(scores, lambda item: (item.material, item.reliability, _NUMBERING.sub("", item.sample)))
    by_material = _grouped(scores, lambda item: (item.material,))

    def mean(value: Callable[[Score], float], groups: Sequence[Sequence[Score]] = tuple(by_sample)) -> float:
        return float(np.mean([np.mean([value(item) for item in group]) for group in groups]))

    bounded = mean(lambda item: item.bounded)
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
        coverage=mean(lambda item: item.covered) / bounded if bounded else np.nan,
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


def _grouped(scores: Sequence[Score], key: Callable[[Score], tuple[str, ...]]) -> list[list[Score]]:
    groups: dict[tuple[str, ...], list[Score]] = {}
    for item in scores:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
