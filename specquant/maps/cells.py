"""Cells: pixels with too few counts are pooled with their neighbours, as few of them as are needed.

Pixels that have enough counts stay alone. The others are pooled within squares of 2, 4, 8 and 16 pixels, aligned to
the map, until their sum has enough; pixels that have enough already are not among them. The side of the square is part
of the result: it is the resolution that is left.
"""

import numpy as np
from numpy.typing import NDArray

from specquant.maps.record import TILE, Block
from specquant.technique import Floats


def cell_sides(totals: Floats, least: float) -> NDArray[np.uint8]:
    """Return the side of the cell of every pixel, (frame, row, column), for totals of the same shape.

    Parameters
    ----------
    totals
        Counts of every pixel.
    least
        Counts that a cell has at least, unless it is of the largest ones.
    """
    sides = np.where(totals >= least, 1, TILE).astype(np.uint8)
    alone = totals < least
    side = 2
    while side < TILE and alone.any():
        pooled = _in_squares(np.where(alone, totals, 0.0), side)
        enough = alone & (pooled >= least)
        sides[enough] = side
        alone &= ~enough
        side *= 2
    return sides


def _in_squares(values: Floats, side: int) -> Floats:
    """Return for every pixel the sum over its aligned square."""
    frames, rows, columns = values.shape
    padded = np.pad(values, ((0, 0), (0, -rows % side), (0, -columns % side)))
    squares = padded.reshape(frames, padded.shape[1] // side, side, padded.shape[2] // side, side).sum(axis=(2, 4))
    return np.asarray(squares.repeat(side, axis=1).repeat(side, axis=2)[:, :rows, :columns])


def cells_of(block: Block, sides: NDArray[np.uint8]) -> tuple[NDArray[np.intp], int]:
    """Return the cell (pixel,) of every pixel of a block, numbered from 0 by first appearance, and how many there are.

    Parameters
    ----------
    block
        It begins at a multiple of TILE, so that no cell is cut.
    sides
        Of the whole map, (frame, row, column).
    """
    side = sides[block.index].astype(np.int64)
    if (side == 1).all():
        return np.arange(side.size), side.size
    row, column = np.indices(side.shape)
    origin = (row // side * side) * side.shape[1] + column // side * side
    names = origin.ravel() * (TILE + 1) + side.ravel()
    _, first, which = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return order[which.ravel()], int(first.size)


def first_pixels(cell: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the first pixel of every cell, (cell,)."""
    first = np.zeros(count, dtype=np.intp)
    first[cell[::-1]] = np.arange(cell.size)[::-1]
    return first
