"""Intervals that hold a further error of sensitivity factors, which a user states and no spectrum shows."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.intervals import Z90
from specquant.quantifiers.base import Quantifier
from specquant.quantifiers.delegating import Delegate
from specquant.quantifiers.estimates import Estimate
from specquant.spectra import Spectra
from specquant.technique import Floats


class WithFactorErrors(Delegate):
    """A method of which the intervals hold an error of the sensitivity factors.

    Parameters
    ----------
    quantifier
        The method.
    error
        Relative standard deviation of the sensitivity factor of every element, each by itself.
    """

    def __init__(self, quantifier: Quantifier, error: float) -> None:
        super().__init__(quantifier)
        self._error = error

    def answer(self, spectra: Spectra) -> Estimate:
        """Return the method's answer to spectra, counts (sample, energy), with wider intervals."""
        estimate, constraints = self.quantifier.answer(spectra), spectra.constraints
        fixed = None if constraints is None else constraints.fixed
        away = Z90 * self._error * spread_of(estimate.fraction, fixed)
        lower = estimate.fraction - np.hypot(estimate.fraction - estimate.lower, away)
        upper = estimate.fraction + np.hypot(estimate.upper - estimate.fraction, away)
        return replace(estimate, lower=np.maximum(lower, 0.0), upper=np.minimum(upper, 1.0))


def spread_of(fraction: Floats, fixed: NDArray[np.bool_] | None = None) -> Floats:
    """Return the standard deviation of fractions by a relative error of 1 of every sensitivity factor, to first order.

    A fraction x changes by ``x (1 - x)`` with its own factor and by ``x x'`` with that of another element. What is
    `fixed` keeps its fraction, and does not change others.

    Parameters
    ----------
    fraction
        Atomic fractions, (sample, element).
    fixed
        Which of them the user states, (sample, element); None: no one.
    """
    free = fraction if fixed is None else np.where(fixed, 0.0, fraction)
    total = free.sum(axis=1, keepdims=True)
    share = np.divide(free, total, out=np.zeros_like(free), where=total > 0)
    others = np.square(share).sum(axis=1, keepdims=True) - np.square(share)
    return np.asarray(total * share * np.sqrt(np.square(1.0 - share) + others))
