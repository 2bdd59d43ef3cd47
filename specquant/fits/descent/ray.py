"""What the cost does along a step of a fit: a polynomial, once one length of it was tried."""

import numpy as np

from specquant.technique import Floats

_SHARES = np.linspace(0.02, 0.7, 35)
"""Shares of a length that was too far: chosen, the least is a fiftieth, which is nearly nothing, and the most is well
below all of it."""


class Ray:
    """A step from where a fit stands.

    Parameters
    ----------
    left_over
        Counts that the fit leaves over, (channel seen,).
    weight
        Inverse variances, (channel seen,).
    step
        The step (unknown,).
    priors
        What priors add to the normal matrix, (unknown, unknown), see `Cost.priors`.
    pull
        What priors add to the gradient, (unknown,).
    """

    def __init__(self, left_over: Floats, weight: Floats, step: Floats, priors: Floats, pull: Floats) -> None:
        self._left_over, self._weight = left_over, weight
        self._pull, self._stiffness = float(pull @ step), float(step @ priors @ step)

    def linear_gain(self, straight: Floats, share: float) -> float:
        """Return what a share of the step gains if the counts change by `straight`, (channel seen,)."""
        weighted = self._weight * straight
        gained = float(2.0 * weighted @ self._left_over - weighted @ straight)
        return gained + 2.0 * share * self._pull - share**2 * self._stiffness

    def best(self, straight: Floats, bent: Floats, share: float) -> float:
        """Return the share of the step at which the cost is least, below one that was tried.

        Parameters
        ----------
        straight
            Changes of the counts there by the linear model, in proportion to the length, (channel seen,).
        bent
            Changes of the counts there beyond it, in proportion to its square, (channel seen,).
        share
            The share that was tried.
        """
        straight, bent = straight / share, bent / share**2
        by_straight, by_bent = self._weight * straight, self._weight * bent
        polynomial = (
            float(by_bent @ bent),
            2.0 * float(by_bent @ straight),
            float(by_straight @ straight) - 2.0 * float(by_bent @ self._left_over) + self._stiffness,
            -2.0 * (float(by_straight @ self._left_over) + self._pull),
            0.0,
        )
        shares = share * _SHARES
        return float(shares[np.argmin(np.polyval(polynomial, shares))])
