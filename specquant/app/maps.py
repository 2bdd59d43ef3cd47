"""Maps that were dropped: their sum, and parts of them, as spectra."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from specquant.app.regions import Rectangle
from specquant.errors import SettingError
from specquant.notes import Note, NoteKind
from specquant.technique import Floats, RawMap, RawSpectrum

_MOST_DIMS = 3
"""Dimensions of the counts of a map with rows, columns and channels."""


@dataclass(frozen=True)
class OpenMap:
    """A map, of which counts are read when they are asked for."""

    raw: RawMap

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns; of a line one row, of a stack of maps the rows of all of them."""
        *before, columns = self.raw.counts.shape[:-1]
        return int(np.prod(before, dtype=np.int64)), columns

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.shape[0] * self.shape[1]

    @property
    def sum_name(self) -> str:
        """Name of the sum of all pixels."""
        return f"sum of {self.pixels} pixels"

    @cached_property
    def whole(self) -> RawSpectrum:
        """The sum of all pixels."""
        from specquant.maps.record import Pieces  # with all that quantifies maps, which takes time to load

        pieces = Pieces.of(self.raw.counts)
        total = np.zeros(self.raw.counts.shape[-1])
        for block in pieces.grid.blocks():
            total += pieces.read(block).sum(axis=0, dtype=np.float64)
        return self.spectrum(self.sum_name, total, self.pixels)

    def rectangle(self, part: Rectangle) -> RawSpectrum:
        """Return the sum of the pixels in a rectangle.

        Raises
        ------
        SettingError
            If there are none, or none with counts.
        """
        if len(self.raw.counts.shape) > _MOST_DIMS:
            raise SettingError("is a stack of maps, of which no part can be taken", where=part.name)
        top, bottom, left, right = (*part.rows, *part.columns)
        rows, columns = self.shape
        if min(top, left) < 0 or bottom >= rows or right >= columns:
            raise SettingError("is not in the map", where=part.name, wanted=f"{rows} rows, {columns} columns")
        spans = (slice(top, bottom + 1), slice(left, right + 1))[-len(self.raw.counts.shape) + 1 :]
        counts = np.asarray(self.raw.counts[(*spans, slice(None))]).reshape(-1, self.raw.counts.shape[-1])
        return self.spectrum(part.name, counts.sum(axis=0, dtype=np.float64), len(counts))

    def spectrum(self, name: str, counts: Floats, pixels: int) -> RawSpectrum:
        """Return the counts (channel,) of that many pixels together as a spectrum.

        Raises
        ------
        SettingError
            If there are none.
        """
        if not counts.any():
            raise SettingError("holds no pixel with counts", where=name)
        text = f"{pixels} pixels, added up and fitted as one sample" if pixels > 1 else "1 pixel"
        return self.raw.spectrum(name, counts).noted(Note(NoteKind.REMARK, text, "file"))
