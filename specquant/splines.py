"""Cubic B-splines, as scipy.ndimage has them: what a value between knots takes from each."""

import numpy as np
from numpy.typing import NDArray


def cubic_weights(share: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return six times the weights (4, ...) of the four knots about a position, a share of a step behind the second."""
    t = share
    return np.array([(1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 1 + 3 * t + 3 * t**2 - 3 * t**3, t**3])


def cubic_slopes(share: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the derivatives of `cubic_weights` (4, ...) by the share of a step."""
    t = share
    return np.array([-3 * (1 - t) ** 2, 9 * t**2 - 12 * t, 3 + 6 * t - 9 * t**2, 3 * t**2])
