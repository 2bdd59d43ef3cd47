"""Lines that are moved along the axis: by cubic splines, so that they change smoothly, or by linear interpolation."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import spline_filter1d

from specquant.splines import cubic_slopes, cubic_weights
from specquant.technique import Floats

_BEYOND_SPLINE = 4
"""Channels beyond the farthest shift that a cubic spline reads."""


class Reader(Protocol):
    """A way to read rows (row, channel), all or some, moved up by a number of channels each."""

    def __call__(self, channels: Floats, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Read them."""


class Splines:
    """Rows (row, channel) as cubic splines that can be moved up by at most `farthest` channels, or down."""

    def __init__(self, rows: Floats | NDArray[np.float32], farthest: int) -> None:
        self._size, self._farthest, self._padding = rows.shape[1], farthest, farthest + _BEYOND_SPLINE
        padded = np.pad(rows.astype(np.float64), ((0, 0), (self._padding, self._padding)), mode="edge")
        knots = spline_filter1d(padded, order=3, axis=1, mode="nearest").astype(np.float32)
        self._length = padded.shape[1]
        self._windows = sliding_window_view(knots.ravel(), self._size)

    def moved(self, channels: Floats, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return the rows, all or some, moved up by a number of channels each, never negative."""
        return np.asarray(np.maximum(self._read(channels, rows, cubic_weights), 0.0))

    def slopes(self, channels: Floats, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return the derivatives of `moved` by the channels, (row, channel), as if rows could be negative."""
        return -self._read(channels, rows, cubic_slopes)

    def _read(
        self, channels: Floats, rows: NDArray[np.intp] | None, weights: Callable[[Floats], Floats]
    ) -> NDArray[np.float32]:
        """Return what lies below where rows are moved up to, by weights (knot, row) of the knots beside it."""
        back = -np.clip(channels, -self._farthest, self._farthest)
        whole = np.floor(back)
        kernel = weights(back - whole).T.astype(np.float32) / 6
        start = (
            (np.arange(len(back)) if rows is None else rows) * self._length + self._padding + whole.astype(np.int64) - 1
        )
        windows = self._windows[start[:, None] + np.arange(4)]
        return np.asarray((kernel[:, None] @ windows)[:, 0])


def moved(rows: Floats, channels: float) -> Floats:
    """Return rows moved up by a number of channels, by linear interpolation; ends are repeated."""
    if channels == 0.0:
        return rows
    size = rows.shape[1]
    whole = int(np.floor(-channels))
    share = -channels - whole
    first, last = min(max(0, -whole), size), max(min(size, size - 1 - whole), 0)
    shifted = np.empty_like(rows)
    shifted[:, :first], shifted[:, last:] = rows[:, :1], rows[:, -1:]
    if first < last:
        below, above = rows[:, first + whole : last + whole], rows[:, first + whole + 1 : last + whole + 1]
        shifted[:, first:last] = below * (1 - share) + above * share
    return shifted
