"""Which elements are easy in one technique and hard in another, and whether they are read by the same rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import nan

import numpy as np
from scipy.stats import spearmanr

from specquant.explainers import RULES
from specquant.study.figure import Figure
from specquant.study.techniques.results import Side

EASIER = 0.1
"""Accuracy by which an element is easier in one technique than in another; chosen."""

_FEWEST = 3
"""Elements that a rank correlation rests on, at least."""


@dataclass(frozen=True)
class Pair:
    """Two techniques over the elements that both were scored on."""

    one: Side
    other: Side

    @cached_property
    def elements(self) -> tuple[str, ...]:
        """The elements, in the order of the first technique."""
        return tuple(symbol for symbol in self.one.elements if symbol in self.other.elements)

    @cached_property
    def points(self) -> dict[str, tuple[float, float]]:
        """Mean accuracy of every element in the first technique and in the second."""
        return {
            x: (float(np.mean(self.one.elements[x])), float(np.mean(self.other.elements[x]))) for x in self.elements
        }

    def difference(self, symbol: str) -> Figure:
        """Return the accuracy of an element in the first technique above that in the second, seed by seed."""
        return Figure.of(np.array(self.one.elements[symbol]) - np.array(self.other.elements[symbol]))

    @property
    def correlation(self) -> float:
        """Spearman's rank correlation of the accuracies of the elements; NaN of fewer than three."""
        one, other = zip(*self.points.values(), strict=True)
        return rank_correlation(one, other)

    @property
    def kinds(self) -> dict[int, str]:
        """What the numbers of `kind` mean."""
        return {
            1: f"easier in {self.one.name}",
            2: f"easier in {self.other.name}",
            3: "alike, and easy in both",
            4: "alike, and hard in both",
        }

    def kind(self, symbol: str) -> int:
        """Return whether an element is easier in one technique, by a tenth; or alike, above or below the median."""
        easier = _easier(self.difference(symbol).mean)
        if easier:
            return easier
        return 3 if self._mean(symbol) >= self._median else 4

    def agreement(self, symbol: str) -> float:
        """Return the share of the seeds at which an element is easier where it is by their mean, or alike."""
        each = zip(self.one.elements[symbol], self.other.elements[symbol], strict=True)
        whole = _easier(self.difference(symbol).mean)
        return float(np.mean([_easier(one - other) == whole for one, other in each]))

    @property
    def same_class(self) -> tuple[int, int]:
        """How many elements are of the same class in both techniques, and how many have one in both."""
        both = [(self.one.rules[x], self.other.rules[x]) for x in self.one.rules if x in self.other.rules]
        return sum(one == other for one, other in both), len(both)

    @cached_property
    def _median(self) -> float:
        return float(np.median([self._mean(x) for x in self.elements]))

    def _mean(self, symbol: str) -> float:
        return float(np.mean(self.points[symbol]))


def _easier(difference: float) -> int:
    """Return in which technique, 1 or 2, an element is easier by a difference of accuracies; 0 if in neither."""
    if abs(difference) < EASIER:
        return 0
    return 1 if difference > 0 else 2


@dataclass(frozen=True)
class ClassAccuracy:
    """The elements of one class of a technique: how many, and mean and spread of their accuracies."""

    rule: int
    count: int
    accuracy: Figure


def pairs_of(sides: Sequence[Side]) -> list[Pair]:
    """Return every pair of techniques with elements in common."""
    return [pair for pair in (Pair(*two) for two in combinations(sides, 2)) if pair.elements]


def class_accuracies(side: Side) -> Iterator[ClassAccuracy]:
    """Yield every class of a technique with the accuracy of its elements; the spread is over the elements."""
    for rule in RULES:
        scored = [x for x, known in side.rules.items() if known == rule and x in side.elements]
        means = [float(np.mean(side.elements[x])) for x in scored]
        yield ClassAccuracy(rule, len(means), Figure.of(means) if means else Figure())


def class_correlation(side: Side) -> float:
    """Return Spearman's rank correlation of class, 1 to 4, and accuracy over the elements of a technique."""
    scored = [symbol for symbol in side.rules if symbol in side.elements]
    return rank_correlation(
        [side.rules[symbol] for symbol in scored], [float(np.mean(side.elements[symbol])) for symbol in scored]
    )


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Spearman's rank correlation; NaN of fewer than three values, or where all are the same."""
    if len(one) < _FEWEST or len(set(one)) == 1 or len(set(other)) == 1:
        return nan
    return float(spearmanr(one, other).statistic)
