"""The minimum of a quadratic form within bounds, by an active set on the normal matrix.

Steps of a fit have some ten unknowns and few that end at a bound, so that a handful of small systems is solved; least
squares with bounds, as scipy has it, solves one for every bound that is let go.
"""

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Floats

_RIDGE = 1e-10
"""Added to the diagonal of the scaled normal matrix, so that it can be solved where two columns are alike: chosen."""

_ROUNDS = 200
"""Changes of the active set at most: chosen, many times the number of unknowns that are ever bound."""

_TOLERANCE = 1e-9
"""Gradient, in units of its largest entry, below which a bound is not let go: chosen, well above rounding."""


def bounded_minimum(matrix: Floats, gradient: Floats, low: Floats, high: Floats) -> Floats:
    """Return the x (unknown,) between `low` and `high` at which x.matrix.x / 2 - gradient.x is least.

    The matrix is symmetric and not negative; what is nearly singular is made regular.

    Raises
    ------
    numpy.linalg.LinAlgError
        If an entry is not finite.
    """
    if not (np.isfinite(matrix).all() and np.isfinite(gradient).all()):
        raise np.linalg.LinAlgError("derivatives are not finite")
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = matrix / np.outer(scale, scale) + _RIDGE * np.eye(len(scale))
    return np.asarray(_in_box(scaled, gradient / scale, low * scale, high * scale) / scale)


def _in_box(matrix: Floats, gradient: Floats, low: Floats, high: Floats) -> Floats:
    """Return the minimum for a matrix with a diagonal of about one.

    Begins where everything beyond a bound is put on it at once, and goes on by Bard's safe steps: as far towards the
    minimum of what is free as no bound is crossed, and one bound let go at a time.
    """
    x = np.linalg.solve(matrix, gradient)
    if ((x >= low) & (x <= high)).all():
        return np.asarray(x)
    x = np.clip(x, low, high)
    free = (x > low) & (x < high)
    for _ in range(_ROUNDS):
        x, free = _down(matrix, gradient, x, free, low, high)
        slope = gradient - matrix @ x
        pull = np.where(free, 0.0, np.where(x <= low, slope, -slope))
        pull[low >= high] = 0.0
        released = int(np.argmax(pull))
        if pull[released] <= _TOLERANCE * max(float(np.abs(gradient).max()), 1e-300):
            break
        free[released] = True
    return np.asarray(x)


def _down(
    matrix: Floats, gradient: Floats, x: Floats, free: NDArray[np.bool_], low: Floats, high: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the minimum over what is free, with what met a bound on the way bound, and what is free then."""
    x, free = x.copy(), free.copy()
    while free.any():
        index = np.flatnonzero(free)
        bound = ~free
        wanted = np.linalg.solve(
            matrix[np.ix_(index, index)], gradient[index] - matrix[np.ix_(index, bound)] @ x[bound]
        )
        step = wanted - x[index]
        room = np.where(step > 0, high[index] - x[index], low[index] - x[index])
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(step == 0.0, np.inf, room / step)
        least = float(share.min())
        if least >= 1.0:
            x[index] = wanted
            break
        x[index] += max(least, 0.0) * step
        met = index[share <= least]
        x[met] = np.where(step[share <= least] > 0, high[met], low[met])
        free[met] = False
    return x, free
