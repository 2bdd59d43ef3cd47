"""The minimum of a quadratic form within bounds, by an active set on the normal matrix.

Steps of a fit have some ten unknowns and few that end at a bound, so that a handful of small systems is solved; least
squares with bounds, as scipy has it, solves one for every bound that is let go.

Many bounds are met and let go at once, until none is to (block pivoting: Judice and Pires, Comput. Oper. Res. 21 (1994)
587). Two or three systems are usual. Where that does not end, Bard's safe steps do.
"""

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Floats

_RIDGE = 1e-10
"""Added to the diagonal of the scaled normal matrix, so that it can be solved where two columns are alike: chosen."""

_ROUNDS = 200
"""Changes of the active set at most: chosen, many times the number of unknowns that are ever bound."""

_PIVOTS = 8
"""Times at most that many bounds change at once: chosen, more than twice what is usual."""

_TOLERANCE = 1e-9
"""Gradient, in units of its largest entry, below which a bound is not let go: chosen, well above rounding."""


def bounded_minimum(matrix: Floats, gradient: Floats, low: Floats, high: Floats, free: Floats | None = None) -> Floats:
    """Return the x (unknown,) between `low` and `high` at which x.matrix.x / 2 - gradient.x is least.

    The matrix is symmetric and not negative; what is nearly singular is made regular. `free` is the minimum without
    bounds, see `solution`; None: it is not known.

    Raises
    ------
    numpy.linalg.LinAlgError
        If an entry is not finite.
    """
    free = solution(matrix, gradient[:, None])[:, 0] if free is None else free
    if not _beyond(free, low, high).any():
        return free
    scaled, scale = _regular(matrix)
    return np.asarray(_in_box(scaled, gradient / scale, free * scale, low * scale, high * scale) / scale)


def solution(matrix: Floats, columns: Floats) -> Floats:
    """Return the x (unknown, column) with matrix.x = columns, without bounds.

    Raises
    ------
    numpy.linalg.LinAlgError
        If an entry is not finite.
    """
    if not (np.isfinite(matrix).all() and np.isfinite(columns).all()):
        raise np.linalg.LinAlgError("derivatives are not finite")
    scaled, scale = _regular(matrix)
    return np.asarray(np.linalg.solve(scaled, columns / scale[:, None]) / scale[:, None])


def _regular(matrix: Floats) -> tuple[Floats, Floats]:
    """Return a matrix with a diagonal of about one, which can be solved, and what it was divided by on either side."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    return matrix / np.outer(scale, scale) + _RIDGE * np.eye(len(scale)), scale


def _in_box(matrix: Floats, gradient: Floats, free: Floats, low: Floats, high: Floats) -> Floats:
    """Return the minimum for a matrix with a diagonal of about one, where that without bounds, `free`, is beyond."""
    bound = _beyond(free, low, high)
    let_go = _TOLERANCE * max(float(np.abs(gradient).max()), 1e-300)
    for _ in range(_PIVOTS):
        x = _with_bound(matrix, gradient, bound, np.where(bound < 0, low, high))
        slope = gradient - matrix @ x
        wanted = np.where(bound == 0, _beyond(x, low, high), np.where(slope * bound < -let_go, 0, bound))
        wanted[low >= high] = bound[low >= high]
        if np.array_equal(wanted, bound):
            return np.asarray(np.clip(x, low, high))
        bound = wanted
    return _by_safe_steps(matrix, gradient, np.clip(x, low, high), low, high)


def _beyond(x: Floats, low: Floats, high: Floats) -> NDArray[np.intp]:
    """Return on which side of its bounds every entry is: -1 below, 1 above, 0 between."""
    return (x > high).astype(np.intp) - (x < low)


def _with_bound(matrix: Floats, gradient: Floats, bound: NDArray[np.intp], ends: Floats) -> Floats:
    """Return the minimum with what is bound, other than 0, at its end."""
    x, free = np.where(bound == 0, 0.0, ends), np.flatnonzero(bound == 0)
    if free.size:
        x[free] = np.linalg.solve(matrix[free[:, None], free], (gradient - matrix @ x)[free])
    return x


def _by_safe_steps(matrix: Floats, gradient: Floats, x: Floats, low: Floats, high: Floats) -> Floats:
    """Return the minimum by steps from x that are as far as no bound is crossed, and one bound let go at a time."""
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
