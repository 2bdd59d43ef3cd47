"""Maps as an analysis sees them: counts that are read in pieces, and the energies of their channels."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
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
"""Bytes of a map that is kept in memory, and of its bands: 512 MiB. Chosen; it is read four times otherwise."""

ROWS = 256
"""Pixels that are worked on together in a pass over all channels: chosen, 2 MB, which stay in the processor's cache."""

_DIGITS, _LONGEST = (2, 4), 8
"""How many numbers side by side can be the digits of one, and how many bytes that has at most."""


@dataclass(frozen=True)
class Channels:
    """The channels of a map that a fit reads, on the technique's energy scale, in bands of one or several.

    Parameters
    ----------
    used
        Their indices among the file's channels, ascending, (used,).
    low
        Lower end of the energies of each band, in the unit of the axis, (band,).
    high
        Upper end of the energies of each band, in the unit of the axis, (band,).
    unit
        Counts that one unit of intensity of the file stands for.
    width
        How many of the channels that are used each band has, which are side by side in the file, (band,).
    kind
        Name of the type of numbers that holds what any pixel has in any band.
    """

    used: NDArray[np.intp]
    low: Floats
    high: Floats
    unit: float
    width: NDArray[np.intp]
    kind: str = "float32"

    @property
    def first(self) -> NDArray[np.intp]:
        """Where each band begins among the channels that are used, (band,)."""
        return np.cumsum(self.width) - self.width

    def sums(self, counts: NDArray[Any]) -> NDArray[Any]:
        """Return counts (..., file's channel) in the file's unit as counts of every band, (..., band)."""
        return self.joined(counts[..., self.used]) * self.unit

    def joined(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the sums over every band (..., band) of what is known of the channels that are used, (..., used)."""
        return np.asarray(np.add.reduceat(rows, self.first, axis=-1))

    @cached_property
    def runs(self) -> list[tuple[int, int, int, int]]:
        """Bands of one width side by side: the file's first channel, the first band, how many, and their width."""
        start = self.used[self.first]
        new = (np.diff(self.width) != 0) | (np.diff(start) != self.width[:-1])
        begin = np.concatenate([[0], np.flatnonzero(new) + 1])
        number = np.diff(np.append(begin, start.size))
        rows = np.stack([start[begin], begin, number, self.width[begin]], axis=1)
        return [(int(a), int(b), int(c), int(d)) for a, b, c, d in rows]

    def of_model(self, rows: Floats, axis: EnergyAxis) -> Floats:
        """Return the counts (row, band) of rows (row, energy) of counts on the technique's axis.

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
    at_hand
        Whether what is read of the bands is kept, if it is not too large.
    """

    counts: Counts
    grid: Grid
    at_hand: bool = False
    _bands: dict[str, tuple[Channels, NDArray[Any]]] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(counts: Counts, at_hand: bool = False) -> "Pieces":
        """Return what reads these counts; `at_hand`: a map that is not too large is read once and kept."""
        grid = Grid.of(counts.shape[:-1])
        small = grid.size * counts.shape[-1] * counts.dtype.itemsize <= _KEPT
        return Pieces(counts[(slice(None),) * len(counts.shape)] if at_hand and small else counts, grid, at_hand)

    @property
    def in_memory(self) -> bool:
        """Whether bands are read without any file."""
        return isinstance(self.counts, np.ndarray) or len(self._bands) == len(list(self.grid.blocks()))

    def read(self, block: Block) -> NDArray[Any]:
        """Return the counts (pixel, channel) of a block, row by row, in the file's own type.

        Pixels with anything but numbers hold nothing: programs write NaN where nothing was measured.
        """
        before = self.counts.shape[:-3]
        index: tuple[Any, ...] = tuple(int(i) for i in np.unravel_index(block.frame, before)) if before else ()
        if len(self.counts.shape) > 2:
            index += (slice(block.top, block.bottom),)
        if len(self.counts.shape) > 1:
            index += (slice(block.left, block.right),)
        values = np.asarray(self.counts[(*index, slice(None))])
        values = values.reshape(-1, values.shape[-1])
        if values.dtype.kind != "f" or np.isfinite(values.sum(dtype=np.float64)):
            return values
        return np.where(np.isfinite(values).all(axis=1, keepdims=True), values, 0.0).astype(values.dtype)

    def parts(
        self, block: Block, pixels: NDArray[np.intp] | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield some of the pixels of a block after another with their counts (pixel, channel), in single precision.

        The next ones are in the same memory. `pixels` says which (pixel,); None: all.
        """
        raw = self.read(block)
        count = len(raw) if pixels is None else pixels.size
        part = np.empty((min(ROWS, count), raw.shape[1]), dtype=np.float32)
        for start in range(0, count, ROWS):
            rows = slice(start, min(start + ROWS, count))
            some = part[: rows.stop - start]
            np.copyto(some, raw[rows if pixels is None else pixels[rows]], casting="unsafe")
            yield rows, some

    def in_bands(self, block: Block, channels: Channels) -> NDArray[Any]:
        """Return the intensities (pixel, band) of a block, in numbers that hold them; they are not to be changed.

        A map at hand is read so once, and kept if it is not too large.
        """
        kept = self._bands.get(block.key)
        if kept is not None and kept[0] is channels:
            return kept[1]
        bands = added_up(self.read(block), channels)
        if self.at_hand and self.grid.size * bands.shape[1] * bands.dtype.itemsize <= _KEPT:
            self._bands[block.key] = channels, bands
        return bands


def added_up(counts: NDArray[Any], channels: Channels) -> NDArray[Any]:
    """Return counts (pixel, file's channel) as those of every band (pixel, band), in numbers of the channels' kind."""
    bands = np.empty((len(counts), channels.width.size), dtype=channels.kind)
    for start in range(0, len(counts), ROWS):
        rows = slice(start, start + ROWS)
        some = counts[rows].astype(channels.kind, copy=False)
        for channel, band, number, width in channels.runs:
            _fold(some[:, channel : channel + number * width], width, bands[rows, band : band + number])
    return bands


def _fold(counts: NDArray[Any], width: int, into: NDArray[Any]) -> None:
    """Write the sums of every `width` numbers side by side (pixel, band), which their type holds.

    Two or four whole numbers are the digits of one of their sizes together. Times a number with ones for digits, it has
    their sum as its highest digit: two operations on long rows, where adding takes numbers one by one.
    """
    if width == 1:
        np.copyto(into, counts)
        return
    row, size = np.ascontiguousarray(counts).reshape(-1), counts.dtype.itemsize
    if width in _DIGITS and counts.dtype.kind == "u" and size * width <= _LONGEST:
        digits = row.view(np.dtype(f"u{size * width}"))
        ones = ((1 << 8 * size * width) - 1) // ((1 << 8 * size) - 1)
        sums = digits * digits.dtype.type(ones)
        sums >>= digits.dtype.type(8 * size * (width - 1))
    else:
        sums = row[::width] + row[1::width]
        for further in range(2, width):
            sums += row[further::width]
    np.copyto(into, sums.reshape(into.shape), casting="unsafe")
