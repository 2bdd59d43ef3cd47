"""Columns of a table that are others again: times a constant, or their counting errors.

Every column is compared with all before it, and a map as a table has thousands: a few rows say of most that they are
something else.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Floats

ROUNDING = 0.011
"""Numbers with two decimals differ by as much where they are the same."""

_PROPORTION = 1e-4
"""Share by which a column may leave another times a constant, to be the same spectrum again; files have four digits."""

_ROWS = 16
"""Rows by which columns differ before all rows are compared; chosen."""

_SLACK = 1.0 + 1e-6
"""Factor on what columns may differ by in a few rows, so that rounding never parts what all rows do not."""


class Comparison:
    """The columns of a table, compared.

    Parameters
    ----------
    values
        Numbers, (row, column), NaN where a cell is empty.
    numbers
        Number of every column in the file, (column,).
    """

    def __init__(self, values: Floats, numbers: Sequence[int]) -> None:
        self._values, self._numbers = values, numbers
        self._highest = np.nanmax(np.abs(values), axis=0, initial=0.0)
        self._few = values[np.unique(np.linspace(0, len(values) - 1, _ROWS).astype(int))]

    def reasons(self, column: int, others: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Yield the columns that one is again, each with the words that say so.

        Parameters
        ----------
        column
            Index of the column.
        others
            Indices of those that it is compared with.
        """
        likely = np.asarray(others)[self._likely(column, np.asarray(others))]
        for other in map(int, likely):
            reason = self._reason(self._values[:, column], self._values[:, other], self._numbers[other])
            if reason:
                yield other, reason

    def _likely(self, column: int, others: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Say which of the others, (other,), a column can be again, by a few rows."""
        second, first = self._few[:, column, None], self._few[:, others]
        margin = _PROPORTION * self._highest[column] * _SLACK
        with np.errstate(all="ignore"):
            ends = np.stack(((second - margin) / first, (second + margin) / first))
            low, high = np.fmax.reduce(ends.min(axis=0)), np.fmin.reduce(ends.max(axis=0))
            errors = np.abs(second - np.sqrt(first)) > _error_margin(self._highest[others]) * _SLACK
        apart: NDArray[np.bool_] = (low > high) & errors.any(axis=0)
        return ~apart

    @staticmethod
    def _reason(column: Floats, other: Floats, number: int) -> str:
        """Return why a column is another one again, or nothing."""
        rows = np.isfinite(column) & np.isfinite(other)
        first, second = other[rows], column[rows]
        if not first.any():
            return ""
        factor = float(first @ second) / float(first @ first)
        if np.abs(second - factor * first).max() <= _PROPORTION * np.abs(second).max():
            return f"column {number} times {factor:.4g}"
        if first.min() >= 0 and np.abs(second - np.sqrt(first)).max() <= _error_margin(first.max()):
            return f"errors of column {number}"
        return ""


def _error_margin(highest: Floats) -> Floats:
    """Return by how much counting errors may leave the root of counts that reach so high."""
    return ROUNDING * np.maximum(np.sqrt(highest), 1.0)
