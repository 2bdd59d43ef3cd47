"""What predicted fractions are worth: their intervals, and how sure the element is there at all."""

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Floats

if TYPE_CHECKING:
    from torch import Tensor

_TRACE = 1e-3
"""Predicted atomic fraction below which all predictions share one bin. Chosen: most outputs are near zero, and would
fill all bins else."""

_MOST = 10**6
"""Errors of one bin that its quantiles are taken from, at most: `torch.quantile` refuses 17 million. Chosen."""


_PSEUDO = 0.5
"""Predictions that are added to those with and to those without the element, so that odds stay finite (Jeffreys)."""


@dataclass(frozen=True)
class IntervalTable:
    """How far predictions were from the truth, per bin of predicted atomic fraction.

    Parameters
    ----------
    edges
        Upper end of each bin but the last, ascending.
    low
        5 % quantile of (true - predicted) in each bin, atomic fraction: lower end of 90 % intervals; the default is
        that of answers that are never wrong.
    high
        95 % quantile of the same: upper end.
    log_odds
        Natural logarithm of the odds that an element with such a prediction was there at all, in each bin.

    Raises
    ------
    ValueError
        If there are other numbers of entries than bins, odds are not finite, a quantile is not a difference of
        fractions, a 5 % quantile lies above the 95 % quantile, or the edges do not ascend.
    """

    edges: tuple[float, ...] = ()
    low: tuple[float, ...] = (0.0,)
    high: tuple[float, ...] = (0.0,)
    log_odds: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        sizes_agree = len(self.edges) + 1 == len(self.low) == len(self.high) == len(self.log_odds)
        fractions_agree = (np.abs([*self.edges, *self.low, *self.high]) <= 1.0).all()
        if not sizes_agree or not fractions_agree or not np.isfinite(self.log_odds).all():
            raise ValueError("interval table makes no sense")
        if (np.diff(self.edges) < 0).any() or (np.array(self.low) > np.array(self.high)).any():
            raise ValueError("interval table is out of order")

    @staticmethod
    def of(predicted: "Tensor", truth: "Tensor", bins: int = 12) -> "IntervalTable":
        """Return the table of predicted and true fractions, any shape, both the same.

        Bins have equal numbers of the predictions above 0.1 at%; below that, there is one bin of its own.
        """
        import torch  # answers need none of it

        guess, error = predicted.flatten().double(), (truth - predicted).flatten().double()
        sizeable = guess[guess >= _TRACE]
        inner = torch.quantile(sizeable[:_MOST], torch.linspace(0, 1, bins, dtype=torch.float64)[1:-1])
        trace = torch.tensor([_TRACE], dtype=torch.float64)
        edges = torch.cat([trace, inner]) if sizeable.numel() > bins else inner[:0]
        index = torch.bucketize(guess, edges, right=True)
        low, high, log_odds = [], [], []
        present = truth.flatten() > 0
        for bin_index in range(edges.numel() + 1):
            errors, there = error[index == bin_index], int(present[index == bin_index].sum())
            log_odds.append(log((there + _PSEUDO) / (errors.numel() - there + _PSEUDO)))
            errors = errors if errors.numel() else torch.zeros(1, dtype=torch.float64)
            thinned = errors[:: max(errors.numel() // _MOST, 1)][:_MOST]
            low.append(float(torch.quantile(thinned, 0.05)))
            high.append(float(torch.quantile(thinned, 0.95)))
        return IntervalTable(tuple(edges.tolist()), tuple(low), tuple(high), tuple(log_odds))

    def bounds(self, fraction: Floats) -> tuple[Floats, Floats]:
        """Return lower and upper bound of the 90 % intervals of predicted fractions, shape as theirs."""
        index = self._index(fraction)
        lower = np.clip(fraction + np.minimum(np.array(self.low)[index], 0.0), 0.0, 1.0)
        upper = np.clip(fraction + np.maximum(np.array(self.high)[index], 0.0), 0.0, 1.0)
        return lower, upper

    def presence(self, fraction: Floats) -> Floats:
        """Return the log odds that elements with these predicted fractions are there, shape as theirs."""
        return np.asarray(np.array(self.log_odds)[self._index(fraction)])

    def _index(self, fraction: Floats) -> NDArray[np.intp]:
        return np.searchsorted(np.array(self.edges), fraction, side="right")
