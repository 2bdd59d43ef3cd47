"""The first look at a map: its sum, its largest counts, the counts of every pixel, and some pixels as a sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.cluster import Applied
from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.workers import over_blocks
from specquant.maps.workspace import buffer
from specquant.progress import Report, no_report
from specquant.technique import Floats

_SAMPLE = 8192
"""Pixels of the sample: chosen, enough for the directions in which a map varies, 64 MB at 2048 channels."""


def loaded(counts: NDArray[Any], channels: Channels, device: torch.device) -> Tensor:
    """Return the used channels of counts (pixel, channel) in single precision on a device.

    They are in the thread's buffer ``counts``, which the next block is loaded into.
    """
    first, last = int(channels.used[0]), int(channels.used[-1]) + 1
    piece = counts[:, first:last]
    if last - first != channels.used.size:
        piece = piece[:, channels.used - first]
    values = buffer("counts", piece.shape, device)
    if device.type == "cpu":
        np.copyto(values.numpy(), piece, casting="unsafe")
    else:
        values.copy_(torch.from_numpy(np.ascontiguousarray(piece)).to(device))
    return values if channels.unit == 1.0 else values.mul_(channels.unit)


@dataclass(frozen=True)
class Survey:
    """What the first look shows.

    Parameters
    ----------
    total
        Sum over all pixels, (file's channel,).
    highest
        Largest counts of any pixel, (file's channel,).
    counts
        Counts of every pixel in the channels that are used, (frame, row, column).
    sample
        Some pixels, spread evenly, (pixel, used channel).
    """

    total: Floats
    highest: Floats
    counts: Floats
    sample: NDArray[np.float32]


@dataclass(frozen=True)
class _Look:
    """Looks at one block."""

    pieces: Pieces
    channels: Channels
    every: int

    def __call__(self, block: Block) -> tuple[Floats, Floats, Floats, NDArray[np.float32]]:
        raw = self.pieces.read(block)
        every = buffer("counts", raw.shape, torch.device("cpu")).numpy()
        np.copyto(every, raw, casting="unsafe")
        total = np.ones(len(raw), dtype=np.float32) @ every
        chosen = np.zeros(every.shape[1], dtype=np.float32)
        chosen[self.channels.used] = self.channels.unit
        start = -(block.frame * 7 + block.top * 3 + block.left) % self.every
        sample = every[start :: self.every, self.channels.used] * np.float32(self.channels.unit)
        return total.astype(np.float64), raw.max(axis=0).astype(np.float64), (every @ chosen).astype(np.float64), sample


def survey(pieces: Pieces, channels: Channels, mapped: Applied, report: Report = no_report) -> Survey:
    """Return the first look at a map; `mapped` applies a function to its blocks, `report` gets the pixels so far."""
    grid = pieces.grid
    every = max(1, -(-grid.size // _SAMPLE))
    blocks = list(grid.blocks())
    total = highest = np.zeros(pieces.counts.shape[-1])
    counts = np.zeros(grid.shape)
    samples = []
    looked = over_blocks(mapped, _Look(pieces, channels, every), blocks, report)
    for block, (added, largest, pixels, sample) in looked:
        total, highest = total + added, np.maximum(highest, largest)
        counts[block.index] = pixels.reshape(block.shape)
        samples.append(sample)
    return Survey(total, highest, counts, np.concatenate(samples))
