"""Maps as an analysis sees them: counts that are read in pieces, and the energies of their channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from specquant.technique import Counts, EnergyAxis, Floats

TILE = 16
"""Pixels along the side of the largest cell: chosen, beyond that a map is a spectrum. Blocks begin at multiples."""

_BLOCK_PIXELS = 8192
"""Pixels that are worked on together: chosen, 64 MB in single precision at 2048 channels."""

_KEPT = 1 << 29
"""Bytes of a map that is kept in memory: 512 MiB. Chosen; it is read four times otherwise."""


@dataclass(frozen=True)
class Channels:
    """The channels of a map that a fit reads, on the technique's energy scale.

    Parameters
    ----------
    used
        Their indices among the file's channels, (used,).
    low
        Lower end of the energies of each, in the unit of the axis, (used,).
    high
        Upper end of the energies of each, in the unit of the axis, (used,).
    unit
        Counts that one unit of intensity of the file stands for.
    """

    used: NDArray[np.intp]
    low: Floats
    high: Floats
    unit: float = 1.0

    def of_model(self, rows: Floats, axis: EnergyAxis) -> Floats:
        """Return the counts (row, used) of rows (row, energy) of counts on the technique's axis.

        Counts stay counts, whatever the width of the channels: read is the sum up to an energy, by cubic splines.
        """
        edges = axis.start + axis.step * (np.arange(axis.size + 1) - 0.5)
        sums = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
        spline = CubicSpline(edges, sums, axis=1)
        return np.asarray(np.maximum(spline(self.high) - spline(self.low), 0.0))


@dataclass(frozen=True)
class Block:
    """A piece of a map: one frame, some rows and columns, which begin at multiples of TILE."""

    frame: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def index(self) -> tuple[int, slice, slice]:
        """Where its pixels are in arrays (frame, row, column)."""
        return self.frame, slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def key(self) -> str:
        """Its name in a checkpoint."""
        return f"{self.frame} {self.top} {self.left}"


@dataclass(frozen=True)
class Grid:
    """Frames, rows and columns of a map: a line scan is one row, a stack of maps several frames."""

    frames: int
    rows: int
    columns: int

    @staticmethod
    def of(shape: tuple[int, ...]) -> "Grid":
        """Return the grid of counts with these dimensions before the channels."""
        padded = (1, 1, *shape)
        return Grid(int(np.prod(padded[:-2])), padded[-2], padded[-1])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, rows, columns."""
        return self.frames, self.rows, self.columns

    @property
    def size(self) -> int:
        """Number of pixels."""
        return self.frames * self.rows * self.columns

    def blocks(self) -> Iterator[Block]:
        """Yield the pieces, none larger than fits in memory, together the whole map."""
        width = min(self.columns, max(TILE, _BLOCK_PIXELS // TILE // TILE * TILE))
        height = max(TILE, _BLOCK_PIXELS // max(width, 1) // TILE * TILE)
        for frame in range(self.frames):
            for top in range(0, self.rows, height):
                for left in range(0, self.columns, width):
                    yield Block(frame, top, min(top + height, self.rows), left, min(left + width, self.columns))


@dataclass(frozen=True)
class Pieces:
    """Reads a map block by block.

    Parameters
    ----------
    counts
        Shape (..., channel).
    grid
        Of the dimensions before the channels.
    """

    counts: Counts
    grid: Grid

    @staticmethod
    def of(counts: Counts, at_hand: bool = False) -> "Pieces":
        """Return what reads these counts; `at_hand`: a map that is not too large is read once and kept."""
        grid = Grid.of(counts.shape[:-1])
        small = grid.size * counts.shape[-1] * counts.dtype.itemsize <= _KEPT
        return Pieces(counts[(slice(None),) * len(counts.shape)] if at_hand and small else counts, grid)

    def read(self, block: Block) -> NDArray[Any]:
        """Return the counts (pixel, channel) of a block, row by row, in the file's own type."""
        before = self.counts.shape[:-3]
        index: tuple[Any, ...] = tuple(int(i) for i in np.unravel_index(block.frame, before)) if before else ()
        if len(self.counts.shape) > 2:
            index += (slice(block.top, block.bottom),)
        if len(self.counts.shape) > 1:
            index += (slice(block.left, block.right),)
        values = np.asarray(self.counts[(*index, slice(None))])
        return values.reshape(-1, values.shape[-1])
