"""Where an element stands out of a block that no phase has: its scores, at a stated rate of false alarms."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from specquant.maps.blocks import BlockTask, Hit
from specquant.maps.cells import first_pixels
from specquant.maps.scan import SIDES, Scores
from specquant.technique import Floats

FALSE_ALARMS = 0.05
"""Elements that are found in a whole map by chance: chosen."""


class Scoring:
    """Scores of the cells of a block, each at its first pixel."""

    def __init__(self, task: BlockTask, elements: NDArray[np.intp]) -> None:
        self._elements, self._shape = elements, task.block.shape
        self._first = first_pixels(task.cell, task.cells)
        self._values = np.zeros((3, task.cells, elements.size), dtype=np.float32)

    def write(self, rows: NDArray[np.intp], score: Tensor, variance: Tensor, skew: Tensor) -> None:
        """Write the scores (row, element) of some cells."""
        for kind, values in enumerate((score, variance, skew)):
            self._values[kind, rows] = values.cpu().numpy()

    def clear(self, rows: NDArray[np.intp]) -> None:
        """Forget the scores of some cells."""
        self._values[:, rows] = 0.0

    def of_cells(self, columns: NDArray[np.intp], limit: float) -> Floats:
        """Return the probability that chance gives as much, (cell, element), 1 where that is not below the limit."""
        chances = np.ones((len(self._first), columns.size))
        seen = Scores(*self._values[:, :, None, columns]).chances(1, np.ones(columns.size, dtype=bool), limit)
        chances[seen["row"], seen["candidate"]] = seen["chance"]
        return chances

    def _squares(self, columns: NDArray[np.intp], limit: float) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
        """Yield the squares with scores that are less probable than the limit, by the length of their sides."""
        pixels, spread = self._shape[0] * self._shape[1], self._values
        if len(self._first) < pixels:
            spread = np.zeros((3, pixels, self._elements.size), dtype=np.float32)
            spread[:, self._first] = self._values
        scores = Scores(*spread.reshape(3, *self._shape, self._elements.size))
        among = np.isin(np.arange(self._elements.size), columns)
        for side in SIDES:
            yield side, scores.chances(side, among, limit)

    def near(self, columns: NDArray[np.intp], limit: float) -> NDArray[np.bool_]:
        """Return which cells (cell,) lie in squares with a score that is less probable than the limit."""
        pixels = np.zeros(self._shape, dtype=bool)
        for side, seen in self._squares(columns, limit):
            middles = np.zeros(self._shape, dtype=bool)
            middles[seen["row"], seen["column"]] = True
            pixels |= _widened(middles, side)
        return np.asarray(pixels.ravel()[self._first])

    def hits(self, columns: NDArray[np.intp], limit: float) -> Iterator[Hit]:
        """Yield the elements with such a score: of the squares about a pixel, the least probable element only."""
        best, which = np.full(self._shape, limit), np.full(self._shape, -1)
        sides = np.zeros(self._shape, dtype=int)
        for side, seen in self._squares(columns, limit):
            for row, column, candidate, chance in zip(*seen.values(), strict=True):
                if chance < best[row, column]:
                    best[row, column], which[row, column], sides[row, column] = chance, candidate, side
        for column in np.unique(which[which >= 0]).tolist():
            pixels = np.zeros(self._shape, dtype=bool)
            for side in SIDES:
                pixels |= _widened((which == column) & (sides == side), side)
            cells = np.flatnonzero(pixels.ravel()[self._first] & (self._values[0][:, column] > 0))
            chance = float(best[which == column].min() * FALSE_ALARMS / limit)
            yield Hit(int(self._elements[column]), chance, self._first[cells])


def _widened(pixels: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Return the pixels within squares of that side about some."""
    from scipy.ndimage import maximum_filter

    return pixels if side == 1 else np.asarray(maximum_filter(pixels, size=side, mode="constant"))
