"""The first look at a map: its sum, its largest counts, the counts of every pixel, and some pixels as a sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.cluster import Applied
from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.workers import over_blocks
from specquant.progress import Report, no_report
from specquant.technique import Floats

_SAMPLE = 8192
"""Pixels of the sample: chosen, enough for the directions in which a map varies, 64 MB at 2048 channels."""


@dataclass(frozen=True)
class Survey:
    """What the first look shows.

    Parameters
    ----------
    total
        Sum over all pixels, (file's channel,).
    highest
        Largest counts of any pixel, (file's channel,).
    lowest
        Smallest counts of any channel of any pixel, or 0.
    counts
        Counts of every pixel in the channels that are used, (frame, row, column).
    sample
        Some pixels, spread evenly, (pixel, used channel).
    """

    total: Floats
    highest: Floats
    lowest: float
    counts: Floats
    sample: NDArray[np.float32]


@dataclass(frozen=True)
class _Look:
    """Looks at one block."""

    pieces: Pieces
    channels: Channels
    every: int
    without: NDArray[np.bool_] | None

    def __call__(self, block: Block) -> tuple[Floats, Floats, float, Floats, NDArray[np.float32]]:
        first = -(block.frame * 7 + block.top * 3 + block.left) % self.every
        chosen, reading = self.channels.used, np.zeros(self.pieces.counts.shape[-1], dtype=np.float32)
        reading[chosen] = unit = np.float32(self.channels.unit)
        size = reading.size
        total, highest, lowest, counts, samples = np.zeros(size), np.zeros(size), 0.0, [], []
        signed = self.pieces.counts.dtype.kind != "u"
        spoilt = None if self.without is None else self.without[block.index].ravel()
        for rows, some in self.pieces.parts(block):
            if spoilt is not None:
                some[spoilt[rows]] = 0.0
            total += np.ones(len(some), dtype=np.float32) @ some
            highest = np.maximum(highest, some.max(axis=0))
            lowest = min(lowest, float(some.min())) if signed else 0.0
            counts.append((some @ reading).astype(np.float64))
            samples.append(some[(first - rows.start) % self.every :: self.every].take(chosen, axis=1) * unit)
        return total, highest, lowest, np.concatenate(counts), np.concatenate(samples)


def survey(
    pieces: Pieces,
    channels: Channels,
    mapped: Applied,
    report: Report = no_report,
    without: NDArray[np.bool_] | None = None,
) -> Survey:
    """Return the first look at a map.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    channels
        Those in which pixels are counted.
    mapped
        Applies a function to blocks.
    report
        Gets the pixels so far.
    without
        Pixels (frame, row, column) that are taken to hold nothing; None: none.
    """
    grid = pieces.grid
    every = max(1, -(-grid.size // _SAMPLE))
    blocks = list(grid.blocks())
    total = highest = np.zeros(pieces.counts.shape[-1])
    counts, lowest = np.zeros(grid.shape), 0.0
    samples = []
    looked = over_blocks(mapped, _Look(pieces, channels, every, without), blocks, report)
    for block, (added, largest, smallest, pixels, sample) in looked:
        total, highest, lowest = total + added, np.maximum(highest, largest), min(lowest, smallest)
        counts[block.index] = pixels.reshape(block.shape)
        samples.append(sample)
    return Survey(total, highest, lowest, counts, np.concatenate(samples))
