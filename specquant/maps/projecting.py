"""Two passes over the blocks of a map that need no fit: readings along its directions, and sums of phases."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from specquant.maps.cells import cells_of
from specquant.maps.clustering import Readings, clusters_of
from specquant.maps.directions import Directions
from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.survey import Mapping, loaded
from specquant.technique import Floats


@dataclass(frozen=True)
class _Read:
    """Reads one block along directions, cell by cell."""

    pieces: Pieces
    channels: Channels
    sides: NDArray[np.uint8]
    reading: NDArray[np.float32]
    device: str

    def __call__(self, block: Block) -> NDArray[np.float32]:
        values = loaded(self.pieces.read(block), self.channels, torch.device(self.device))
        read = (values @ torch.as_tensor(self.reading, device=values.device)).cpu().numpy()
        cell, count = cells_of(block, self.sides)
        if count == len(read):
            return np.asarray(read)
        pooled = np.zeros((count, read.shape[1]), dtype=np.float32)
        np.add.at(pooled, cell, read)
        return pooled


def phases_of(
    pieces: Pieces,
    channels: Channels,
    counts: Floats,
    sides: NDArray[np.uint8],
    directions: Directions,
    mapped: Mapping,
    device: str,
) -> NDArray[np.int16]:
    """Return the phase (frame, row, column) of every pixel, numbered from 0 by falling counts; -1 without counts.

    Parameters
    ----------
    pieces, channels, counts, sides
        The map, the counts of its pixels, and the sides of their cells.
    directions
        In which its spectra differ.
    mapped, device
        How blocks are worked on, and where.
    """
    blocks = list(pieces.grid.blocks())
    reading = directions.both.astype(np.float32)
    parts, levels = [], []
    for block, part in zip(blocks, mapped(_Read(pieces, channels, sides, reading, device), blocks), strict=True):
        cell, count = cells_of(block, sides)
        parts.append(part)
        levels.append(np.bincount(cell, counts[block.index].ravel(), count))
    level, read = np.concatenate(levels), np.concatenate(parts).astype(np.float64)
    lit = level > 0
    per_count = read[lit] / level[lit][:, None]
    size = directions.even.shape[1]
    labels = np.full(level.size, -1, dtype=np.int16)
    labels[lit] = clusters_of(Readings(per_count[:, :size], per_count[:, size:], level[lit]))
    phases = np.full(pieces.grid.shape, -1, dtype=np.int16)
    start = 0
    for block, some in zip(blocks, levels, strict=True):
        cell, _ = cells_of(block, sides)
        phases[block.index] = labels[start : start + some.size][cell].reshape(block.shape)
        start += some.size
    return phases


@dataclass(frozen=True)
class _Add:
    """Adds up the pixels of a block by phase, all channels of the file."""

    pieces: Pieces
    phases: NDArray[np.int16]
    count: int

    def __call__(self, block: Block) -> Floats:
        labels = self.phases[block.index].ravel()
        if (labels < 0).all():
            return np.zeros((self.count, self.pieces.counts.shape[-1]))
        values = torch.from_numpy(self.pieces.read(block).astype(np.float32))
        chosen = np.zeros((self.count, labels.size), dtype=np.float32)
        lit = np.flatnonzero(labels >= 0)
        chosen[labels[lit], lit] = 1.0
        return np.asarray((torch.from_numpy(chosen) @ values).double().numpy())


def phase_sums(pieces: Pieces, phases: NDArray[np.int16], mapped: Mapping) -> Floats:
    """Return the counts (phase, file's channel) of all pixels of each phase."""
    count = int(phases.max()) + 1
    total = np.zeros((count, pieces.counts.shape[-1]))
    blocks = [block for block in pieces.grid.blocks() if (phases[block.index] >= 0).any()]
    for part in mapped(_Add(pieces, phases, count), blocks):
        total += part
    return total
