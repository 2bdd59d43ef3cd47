"""Two passes over the blocks of a map that need no fit: readings along its directions, and sums of phases."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from specquant.cluster import Applied
from specquant.maps.cells import cells_of, first_pixels
from specquant.maps.clustering import Readings, clusters_of
from specquant.maps.directions import Directions
from specquant.maps.loading import CellCounts
from specquant.maps.record import ROWS, Block, Channels, Pieces
from specquant.maps.survey import Survey
from specquant.maps.workers import over_blocks
from specquant.progress import Report, Watch, no_report, no_watch
from specquant.technique import Floats

_EXACT = 2.0**24
"""Up to here single precision holds all whole numbers."""


@dataclass(frozen=True)
class _Read:
    """Reads one block along directions, cell by cell."""

    pieces: Pieces
    channels: Channels
    sides: NDArray[np.uint8]
    reading: NDArray[np.float32]
    device: str

    def __call__(self, block: Block) -> NDArray[np.float32]:
        counts = CellCounts(self.pieces, self.channels, block, self.device)
        # by direction: products with few columns that lie side by side take four times as long
        reading = torch.as_tensor(np.ascontiguousarray(self.reading.T), device=self.device).T
        read = np.empty((len(counts), self.reading.shape[1]), dtype=np.float32)
        for rows, values in counts.parts(np.arange(len(counts))):
            read[rows] = (values @ reading).cpu().numpy()
        cell, count = cells_of(block, self.sides)
        if count == len(read):
            return read
        pooled = np.zeros((count, read.shape[1]), dtype=np.float32)
        np.add.at(pooled, cell, read)
        return pooled


def phases_of(
    pieces: Pieces,
    channels: Channels,
    counts: Floats,
    sides: NDArray[np.uint8],
    directions: Directions,
    mapped: Applied,
    device: str,
    watch: Watch = no_watch,
) -> NDArray[np.int16]:
    """Return the phase (frame, row, column) of every pixel, numbered from 0 by falling counts; -1 without counts.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    channels
        Its channels that a fit reads.
    counts
        Counts of its pixels, (frame, row, column).
    sides
        Sides of their cells, pixels, (frame, row, column).
    directions
        In which its spectra differ.
    mapped
        How blocks are worked on: in threads, or on a cluster.
    device
        Where torch computes.
    watch
        Gets what is done: pixels read, then pixels sorted.
    """
    report = watch("looking for phases", pieces.grid.size)
    blocks = list(pieces.grid.blocks())
    reading = directions.both.astype(np.float32)
    parts, levels = [], []
    work = _Read(pieces, channels, sides, reading, device)
    for block, part in over_blocks(mapped, work, blocks, report):
        cell, count = cells_of(block, sides)
        parts.append(part)
        levels.append(np.bincount(cell, counts[block.index].ravel(), count).astype(np.float64))
    level, read = np.concatenate(levels), np.concatenate(parts).astype(np.float64)
    lit = level > 0
    per_count = read[lit] / level[lit][:, None]
    size = directions.even.shape[1]
    labels = np.full(level.size, -1, dtype=np.int16)
    neighbours = _Neighbours(pieces, sides, read, level, np.flatnonzero(lit))
    readings = Readings(per_count[:, :size], per_count[:, size:], level[lit])
    sorting = watch("sorting pixels into phases", len(readings.counts))
    labels[lit] = clusters_of(readings, neighbours, directions.certain, sorting)
    phases = np.full(pieces.grid.shape, -1, dtype=np.int16)
    start = 0
    for block, some in zip(blocks, levels, strict=True):
        cell, _ = cells_of(block, sides)
        phases[block.index] = labels[start : start + some.size][cell].reshape(block.shape)
        start += some.size
    return phases


class _Neighbours:
    """Adds up the readings of neighbouring cells in the same cluster."""

    def __init__(
        self, pieces: Pieces, sides: NDArray[np.uint8], read: Floats, level: Floats, lit: NDArray[np.intp]
    ) -> None:
        self._grid, self._lit = pieces.grid, lit
        self._values = np.vstack([read.T, level]).astype(np.float32)  # (reading, cell), and the level
        self._where = self._pixels(sides)

    def _pixels(self, sides: NDArray[np.uint8]) -> NDArray[np.intp]:
        """Return the pixel of the map (cell,) that stands for each cell, its first."""
        pixel = np.arange(self._grid.size).reshape(self._grid.shape)
        parts = []
        for block in self._grid.blocks():
            cell, count = cells_of(block, sides)
            parts.append(pixel[block.index].ravel()[first_pixels(cell, count)])
        return np.concatenate(parts)

    def __call__(self, labels: NDArray[np.intp]) -> Readings:
        """Return the readings of every cell with a count, together with its neighbours."""
        where = np.full(self._grid.size, -1, dtype=np.int32)
        where[self._where[self._lit]] = labels
        label = where.reshape(self._grid.shape)
        spread = np.zeros((len(self._values), self._grid.size), dtype=np.float32)
        spread[:, self._where] = self._values
        values = spread.reshape(-1, *self._grid.shape)
        total = values.copy()
        for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
            here, there = _shifted(self._grid.shape[1:], down, right)
            same = (label[:, *here] == label[:, *there]) & (label[:, *here] >= 0)
            total[:, :, *here] += same * values[:, :, *there]
            total[:, :, *there] += same * values[:, :, *here]
        summed = total.reshape(len(total), -1)[:, self._where[self._lit]].T.astype(np.float64)
        per_count = summed[:, :-1] / summed[:, -1:]
        size = per_count.shape[1] // 2
        return Readings(per_count[:, :size], per_count[:, size:], summed[:, -1])


def _shifted(shape: tuple[int, int], down: int, right: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the pixels that have a neighbour in a direction, and those neighbours."""
    rows, columns = shape
    here = (slice(0, rows - down), slice(max(0, -right), columns - max(0, right)))
    there = (slice(down, rows), slice(max(0, right), columns - max(0, -right)))
    return here, there


@dataclass(frozen=True)
class _Add:
    """Adds up the pixels of a block by phase, all channels of the file."""

    pieces: Pieces
    phases: NDArray[np.int16]
    count: int

    def __call__(self, block: Block) -> Floats:
        labels = self.phases[block.index].ravel()
        lit = np.flatnonzero(labels >= 0)
        chosen = np.zeros((self.count, lit.size), dtype=np.float32)
        chosen[labels[lit], np.arange(lit.size)] = 1.0
        total = np.zeros((self.count, self.pieces.counts.shape[-1]))
        for rows, some in self.pieces.parts(block, lit):
            total += (torch.from_numpy(chosen[:, rows]) @ torch.from_numpy(some)).numpy()
        return total


def phase_sums(
    pieces: Pieces, phases: NDArray[np.int16], count: int, mapped: Applied, report: Report = no_report
) -> Floats:
    """Return the counts (phase, file's channel) of all pixels of each of some phases.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    phases
        Phase of every pixel, -1 for none, (frame, row, column).
    count
        Number of phases.
    mapped
        How blocks are worked on.
    report
        Gets the pixels so far.
    """
    total = np.zeros((count, pieces.counts.shape[-1]))
    blocks = [block for block in pieces.grid.blocks() if (phases[block.index] >= 0).any()]
    for _, part in over_blocks(mapped, _Add(pieces, phases, count), blocks, report):
        total += part
    return total


def all_sums(
    pieces: Pieces,
    phases: NDArray[np.int16],
    spoilt: NDArray[np.bool_],
    looked: Survey,
    mapped: Applied,
    report: Report = no_report,
) -> Floats:
    """Return the counts (phase, file's channel) of all pixels of each phase.

    The phase with most pixels has what all others leave of the map's sum, where sums of counts are exact: it need not
    be read.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    phases
        Phase of every pixel, -1 for none, (frame, row, column).
    spoilt
        Pixels that the first look left out, (frame, row, column).
    looked
        The first look.
    mapped
        How blocks are worked on.
    report
        Gets the pixels so far.
    """
    count = int(phases.max()) + 1
    whole = pieces.counts.dtype.kind in "iu" and looked.lowest >= 0.0
    if not (whole and looked.highest.max() * ROWS <= _EXACT):
        return phase_sums(pieces, phases, count, mapped, report)
    largest = np.bincount(phases[phases >= 0]).argmax()
    others = np.where((phases < 0) & ~spoilt, np.int16(count), phases)
    others[phases == largest] = -1
    sums = phase_sums(pieces, others, count + 1, mapped, report)
    sums[largest] = looked.total - sums.sum(axis=0)
    return sums[:count]
