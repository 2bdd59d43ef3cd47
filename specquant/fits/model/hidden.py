"""What a sample may have that its spectrum does not show, and how far lower ends of intervals reach for it.

A hidden element takes its share of all atoms that are seen: true fractions of the others are then less than the answer
says, and never more. So upper ends are those of the errors alone, and lower ends are quantiles of both together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from specquant.quantifiers import Z90
from specquant.technique import Floats

SELDOM = 0.05
"""Share of truths beyond either end of a 90 % interval."""

LEAST_ERROR, MOST_ERROR, ERRORS = 1e-4, 10.0, 64
"""Relative standard errors between which both count, and how many a table has, in equal ratios: chosen. Below, only
what is hidden counts, above only the error; neighbours are a fifth apart."""

_CASES = 32
"""Cases that half a Gaussian is taken apart into: chosen, more than a quantile of it shows."""

_HALVINGS = 24
"""Halvings of the range in which a reach is looked for: chosen, to less than a millionth."""


@dataclass(frozen=True)
class Hidden:
    """How much of a sample its spectrum does not show.

    Parameters
    ----------
    amount
        Atomic fractions that are hidden, (case,).
    probability
        How likely each of them is, (case,). In all other cases nothing is hidden.
    """

    amount: Floats
    probability: Floats

    @staticmethod
    def nothing() -> "Hidden":
        """Return that nothing is hidden."""
        return Hidden(np.zeros(0), np.zeros(0))

    @staticmethod
    def seldom_more(limit: float) -> "Hidden":
        """Return that something is hidden, in one case of twenty more than a limit, by half a Gaussian from nothing."""
        from scipy.special import ndtri  # its import takes long

        beyond = (np.arange(_CASES) + 0.5) / _CASES
        return Hidden(limit * ndtri(0.5 * beyond) / ndtri(0.5 * SELDOM), np.full(_CASES, 1.0 / _CASES))

    def reaches(self, errors: Floats) -> Floats:
        """Return how far lower ends lie below fractions, over the fractions, for relative standard errors of any shape.

        One truth of twenty lies lower, with a Gaussian error and what is hidden. Without anything hidden it is 1.645
        errors.
        """
        from scipy.special import ndtr  # its import takes long

        inside = np.clip(errors, LEAST_ERROR, MOST_ERROR)
        amount, probability = np.append(0.0, self.amount), np.append(1.0 - self.probability.sum(), self.probability)
        low, high = np.zeros(inside.shape), Z90 * inside + amount.max()
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            beyond = ndtr((amount - middle[..., None]) / inside[..., None]) @ probability
            low, high = np.where(beyond > SELDOM, middle, low), np.where(beyond > SELDOM, high, middle)
        return np.asarray(np.where(errors > MOST_ERROR, Z90 * errors, high))

    @cached_property
    def errors(self) -> Floats:
        """The relative standard errors of the table, ascending in equal ratios, (error,)."""
        return np.geomspace(LEAST_ERROR, MOST_ERROR, ERRORS)

    @cached_property
    def table(self) -> Floats:
        """How far lower ends lie below fractions, over the fractions, at each of `errors`, (error,)."""
        return self.reaches(self.errors)
