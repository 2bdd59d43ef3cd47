"""Whether replacing the training set is enough: the article's proposal, decided in numbers.

The article proposes its method for other techniques: "replacing the training set should be enough". With the same
network, loss, optimizer and number of spectra everywhere, this is taken to hold for a technique if all of these do:

1. The network closes nine tenths of the way from an answer that is the same to all spectra to the limit.
2. It is better than non-negative least squares on the same spectra, which learns nothing.
3. It is better than that on measured spectra, where a folder with such was given.
4. No other setting of the network or its training gains more than two points of accuracy: neither a third nor three
   times of the learning rate, neither two nor six layers. What tuning gains, replacing the training set does not give.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from specquant.study.figure import Figure
from specquant.study.techniques.results import Method, Side

CLOSED = 0.9
"""Share of the way from the constant answer to the limit that has to be closed; chosen before anything was trained."""

TUNING = 0.02
"""Accuracy that another setting may gain; chosen before anything was trained."""

LEAST_SQUARES = "nnls"
"""Name of the method that learns nothing."""


@dataclass(frozen=True)
class Claim:
    """Whether replacing the training set was enough for one technique."""

    side: Side

    @cached_property
    def closed(self) -> Figure:
        """Share of the way from the constant answer to the limit that the network closes."""
        way = self.side.limit - self.side.constant
        return Figure.of((np.array(self.side.largest) - self.side.constant) / way)

    @cached_property
    def over_fit(self) -> Figure:
        """Accuracy above that of least squares on fresh spectra."""
        return Figure.of(np.array(self.side.largest) - self._fit.fresh)

    @cached_property
    def over_fit_measured(self) -> Figure | None:
        """Accuracy above that of least squares on measured spectra; None where there are none."""
        return Figure.of(np.array(self.side.measured) - self._fit.measured) if self.side.measured else None

    @cached_property
    def best_setting(self) -> tuple[str, float]:
        """The other setting that gains most, and how much at the first seed."""
        title = max(self.side.tuned, key=lambda name: self.side.tuned[name])
        return title, self.side.tuned[title] - self.side.largest[0]

    @property
    def answers(self) -> dict[str, bool]:
        """Yes or no to each of the four questions, by its words; the third only where it can be asked."""
        measured = self.over_fit_measured
        return {
            "closes nine tenths of the way to the limit": self.closed.mean >= CLOSED,
            "better than least squares": self.over_fit.mean > 0,
            **({} if measured is None else {"better than least squares on measured spectra": measured.mean > 0}),
            "no other setting gains two points": self.best_setting[1] <= TUNING,
        }

    @property
    def holds(self) -> bool:
        """Whether all are answered by yes."""
        return all(self.answers.values())

    @property
    def _fit(self) -> Method:
        return next(method for method in self.side.methods if method.name == LEAST_SQUARES)
