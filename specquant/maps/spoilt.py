"""Pixels that were not measured as the others: a counter ran over, a charge broke through, a number was damaged.

A single one can have more counts than the whole rest of a map. Such pixels stay out of everything, and are said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.cluster import Applied
from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.survey import Survey
from specquant.maps.workers import over_blocks
from specquant.progress import no_report
from specquant.technique import Floats

_USUAL = 0.99
"""Share of the pixels that are not such ones, at least: chosen."""

_FEWEST = 64
"""Pixels with counts from which on it can be said what is usual: chosen."""

_SPIKE = 20.0
"""Counts of a single channel in the largest of the two on either side of it: chosen, a line has 16 at most where it is
as narrow as a channel."""

_CHANCE = 100.0
"""Counts beyond that, which chance does not give: chosen."""

_FULL = 5
"""Channels side by side that hold the largest number that the file can, from which on a pixel is cut off: chosen, as
for single spectra."""


def spoilt_pixels(pieces: Pieces, channels: Channels, looked: Survey, mapped: Applied) -> NDArray[np.bool_]:
    """Return which pixels, (frame, row, column), hold what no sample gives.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    channels
        Those that are looked at.
    looked
        The first look at it.
    mapped
        How blocks are worked on.
    """
    counts = looked.counts
    lit = counts > 0
    none = np.zeros(counts.shape, dtype=bool)
    if int(lit.sum()) < _FEWEST:
        return none
    work = _Above(pieces, _limits(looked.highest, channels), _most(pieces, looked.highest))
    if not work.looks:
        return none
    spoilt = none.copy()
    for block, above in over_blocks(mapped, work, list(pieces.grid.blocks()), no_report):
        spoilt[block.index] = above.reshape(block.shape)
    return none if spoilt.sum() > (1.0 - _USUAL) * lit.sum() else spoilt  # what many have is of the sample


def _limits(highest: Floats, channels: Channels) -> Floats:
    """Return the counts (file's channel,) above which a channel of a pixel is a spike, infinite where none is."""
    padded = np.pad(highest, 2)
    beside = np.max([padded[away : away + highest.size] for away in (0, 1, 3, 4)], axis=0)
    limits = _SPIKE * beside + _CHANCE
    spikes = np.zeros(highest.size, dtype=bool)
    spikes[channels.used] = (highest > limits)[channels.used]
    return np.where(spikes, limits, np.inf)


def _most(pieces: Pieces, highest: Floats) -> float:
    """Return the largest number that the file can hold, if pixels have it in channels side by side; else infinity."""
    kind = pieces.counts.dtype
    if kind.kind not in "iu":
        return np.inf
    most = float(np.iinfo(kind).max)
    return most if _side_by_side((highest >= most)[None])[0] else np.inf


def _side_by_side(full: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which rows of (row, channel) are true in several channels side by side."""
    together = full[:, : full.shape[1] - _FULL + 1].copy()
    for away in range(1, _FULL):
        together &= full[:, away : away + together.shape[1]]
    return np.asarray(together.any(axis=1))


@dataclass(frozen=True)
class _Above:
    """Says which pixels of a block have a channel above its limit, or are cut off, (pixel,)."""

    pieces: Pieces
    limits: Floats
    most: float

    @property
    def looks(self) -> bool:
        """Whether there is anything to be looked for."""
        return bool(np.isfinite(self.limits).any() or np.isfinite(self.most))

    def __call__(self, block: Block) -> NDArray[np.bool_]:
        raw, spikes = self.pieces.read(block), np.flatnonzero(np.isfinite(self.limits))
        above = (raw[:, spikes] > self.limits[spikes]).any(axis=1)
        return np.asarray(above | _side_by_side(raw >= self.most) if np.isfinite(self.most) else above)
