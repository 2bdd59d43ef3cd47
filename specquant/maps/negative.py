"""Counts below zero: a map of which sums are below zero is refused, by the pixel that has the lowest counts."""

import numpy as np

from specquant.errors import SpectrumError
from specquant.maps.record import Pieces
from specquant.technique import Floats, RawMap


def refuse_below_zero(raw: RawMap, pieces: Pieces, total: Floats) -> None:
    """Refuse a map of which some pixels together have counts (file's channel,) below zero.

    Parameters
    ----------
    raw
        The map, which says what it and its dimensions are called.
    pieces
        It, read piece by piece.
    total
        The counts of those pixels together, (file's channel,).

    Raises
    ------
    SpectrumError
        Naming the pixel, the channel (both counted from 0) and the value.
    """
    if not (total < 0).any():
        return
    lowest, pixel, channel = 0.0, 0, 0
    pixels = np.arange(pieces.grid.size).reshape(pieces.grid.shape)
    for block in pieces.grid.blocks():
        counts = pieces.read(block)
        row, column = np.unravel_index(int(counts.argmin()), counts.shape)
        if counts[row, column] < lowest:
            lowest, pixel, channel = float(counts[row, column]), int(pixels[block.index].ravel()[row]), int(column)
    at = np.unravel_index(pixel, raw.counts.shape[:-1])
    where = ", ".join(f"{axis.name} {int(index)}" for axis, index in zip(raw.axes, at, strict=True))
    raise SpectrumError(
        "counts of pixels are negative, and so are their sums",
        where=raw.name,
        found=f"{lowest:g} in channel {channel} of the pixel at {where}, the lowest",
        wanted="counts >= 0",
    )
