"""What 90 % intervals hold, by how much of an element there truly is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specquant.evaluation.labels import compared_among
from specquant.evaluation.scoring import Score
from specquant.quantifiers import PRESENT_ABOVE

_HELD = 0.9
"""Share of truths that intervals are to hold."""

_ROUNDING = 1e-9
"""Atomic fraction by which a truth may lie beyond an interval: rounding."""

SIZES = {
    "all": (PRESENT_ABOVE, np.inf),
    "1 to 3 at%": (PRESENT_ABOVE, 0.03),
    "3 to 10 at%": (0.03, 0.1),
    "above 10 at%": (0.1, np.inf),
}
"""Classes of elements by their true atomic fractions: from the first to below the second."""


@dataclass(frozen=True)
class Coverage:
    """Intervals of elements of one class, that were found or not: how many, and the shares of truths.

    `within` lie in their intervals, `above` beyond the upper end, `below` beyond the lower. Intervals that reach
    `needed` times as far from the answers would hold 90 %.
    """

    size: str
    found: bool
    count: int
    within: float
    above: float
    below: float
    needed: float


def coverages(scores: Sequence[Score], compared: Sequence[str] = ()) -> list[Coverage]:
    """Return what intervals hold of found elements by class, and of all that are not found; empty classes are left out.

    Fractions are of the whole composition, so `compared` elements only say which count. Scores without intervals are
    passed over.
    """
    bounded = [score for score in scores if score.lower.size]
    if not bounded:
        return []
    truth, answer, lower, upper = (
        np.stack([getattr(score, name) for score in bounded]) for name in ("label", "answer", "lower", "upper")
    )
    reach = np.maximum(np.where(truth > answer, upper - answer, answer - lower), _ROUNDING)
    away = np.abs(truth - answer) / reach
    counted = np.isfinite(lower) & np.isfinite(upper) & compared_among(bounded[0].elements, compared)
    listed = []
    for answered, (size, (least, most)) in [*((True, each) for each in SIZES.items()), (False, ("all", SIZES["all"]))]:
        chosen = counted & ((answer > 0) == answered) & (truth >= least) & (truth < most)
        if chosen.any():
            above, below = (truth > upper + _ROUNDING)[chosen].mean(), (truth < lower - _ROUNDING)[chosen].mean()
            needed = np.quantile(away[chosen], _HELD, method="inverted_cdf")
            shares = (float(1.0 - above - below), float(above), float(below), float(needed))
            listed.append(Coverage(size, answered, int(chosen.sum()), *shares))
    return listed
