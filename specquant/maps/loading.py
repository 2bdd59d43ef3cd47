"""The counts of a block's cells as tensors, some cells at a time: so they stay in the processor's cache."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.workspace import buffer

_ROWS = 1024
"""Cells that are read together on the processor: chosen, 2 MB of 500 bands."""


class CellCounts:
    """The counts of the cells of a block.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    channels
        Those that are read.
    block
        The block.
    device
        Where tensors are.
    cell
        Cell (pixel,) of every pixel; None: every pixel is one.
    """

    def __init__(
        self, pieces: Pieces, channels: Channels, block: Block, device: str, cell: NDArray[np.intp] | None = None
    ) -> None:
        bands = pieces.in_bands(block, channels)
        self._numbers: NDArray[Any] = bands if cell is None else _pooled(bands, cell)
        self._unit, self._device = channels.unit, torch.device(device)

    def __len__(self) -> int:
        return len(self._numbers)

    def parts(self, rows: NDArray[np.intp]) -> Iterator[tuple[slice, Tensor]]:
        """Yield some of the cells (row,) after another with their counts (row, band), in single precision.

        The next ones are in the same memory.
        """
        here = self._device.type == "cpu"
        step = _ROWS if here else max(rows.size, 1)
        for start in range(0, rows.size, step):
            some = self._numbers[rows[start : start + step]]
            values = buffer("rows", some.shape, self._device)
            if here:
                np.copyto(values.numpy(), some, casting="unsafe")
            else:
                values.copy_(torch.from_numpy(some.astype(np.float32)).to(self._device))
            yield slice(start, start + len(some)), values if self._unit == 1.0 else values.mul_(self._unit)


def _pooled(bands: NDArray[Any], cell: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return intensities (pixel, band) added up over cells, (cell, band)."""
    total = torch.zeros((int(cell.max()) + 1, bands.shape[1]))
    total.index_add_(0, torch.from_numpy(cell), torch.from_numpy(bands.astype(np.float32)))
    return np.asarray(total.numpy())
