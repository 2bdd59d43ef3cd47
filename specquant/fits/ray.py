"""What the cost does along a step of a fit: a polynomial, once one length of it was tried."""

import numpy as np

from specquant.technique import Floats

_SHARES = np.linspace(0.02, 0.7, 35)
"""Shares of a length that was too far: chosen, the least is a fiftieth, which is nearly nothing, and the most is well
below all of it."""

_NOTHING = 0.025
"""Gain in cost that is not worth a try: chosen, a quarter of what ends a fit."""


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
    priors, pull
        What priors add to the normal matrix and to the gradient, see `Cost.priors`.
    """

    def __init__(self, left_over: Floats, weight: Floats, step: Floats, priors: Floats, pull: Floats) -> None:
        self._left_over, self._weight = left_over, weight
        self._pull, self._stiffness = float(pull @ step), float(step @ priors @ step)

    def linear_gain(self, straight: Floats, share: float) -> float:
        """Return what a share of the step gains if the counts change by `straight`, (channel seen,)."""
        weighted = self._weight * straight
        gained = float(2.0 * weighted @ self._left_over - weighted @ straight)
        return gained + 2.0 * share * self._pull - share**2 * self._stiffness

    def best(self, straight: Floats, bent: Floats, share: float) -> float | None:
        """Return the share of the step at which the cost is least, below one that was tried; None: none gains.

        Parameters
        ----------
        straight, bent
            Changes of the counts (channel seen,) there by the linear model, and beyond it: in proportion to the length
            and to its square.
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
        rise = np.polyval(polynomial, shares)
        least = int(np.argmin(rise))
        return float(shares[least]) if rise[least] < -_NOTHING else None
