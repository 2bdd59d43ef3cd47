"""Spectra of maps and lines: one raw spectrum per pixel, each a view of the map's own array, so nothing is copied."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Facts, Floats, Note, NoteKind, RawSpectrum, ReadError


def pixel_spectra(
    name: str, energy: Floats, counts: NDArray[Any], stated: Mapping[str, float], facts: Facts, where: object
) -> list[RawSpectrum]:
    """Return a spectrum for every pixel that has counts.

    Parameters
    ----------
    name
        Of the map; a pixel's is ``name [y 3, x 14]``.
    energy
        Channel centres, eV, shape (channel,); shared by all pixels.
    counts
        Shape (channel,), (x, channel), (y, x, channel) or (..., y, x, channel), of the file's own number type.
    stated
        Instrument parameters that the file states, by name, for all pixels.
    facts
        What else the file says, for all pixels. Where there are more dimensions, each pixel's header adds ``frame``.
    where
        The file, for the message.

    Raises
    ------
    ReadError
        If no pixel has counts.
    """
    if counts.ndim == 1:
        return [RawSpectrum(name, energy, counts, stated, facts)]
    lit = np.argwhere(counts.any(axis=-1))
    if not len(lit):
        raise ReadError("holds no counts", where=where, found=f"{name}: {counts.shape[:-1]} pixels, all without counts")
    dark = int(np.prod(counts.shape[:-1])) - len(lit)
    left_out = (Note(NoteKind.LEFT_OUT, f"{dark} pixels without counts", "file"),) if dark else ()
    shared = replace(facts, notes=facts.notes + left_out)
    return [
        RawSpectrum(_label(name, index), energy, counts[index], stated, _pixel_facts(shared, index))
        for index in map(tuple, lit.tolist())
    ]


def _split(index: tuple[int, ...]) -> tuple[list[int], int, int]:
    """Return frame (maybe empty), row and column of a pixel's index."""
    *frame, y, x = (0, *index) if len(index) == 1 else index
    return frame, y, x


def _label(name: str, index: tuple[int, ...]) -> str:
    frame, y, x = _split(index)
    return f"{name} [frame {' '.join(map(str, frame))}, y {y}, x {x}]" if frame else f"{name} [y {y}, x {x}]"


def _pixel_facts(facts: Facts, index: tuple[int, ...]) -> Facts:
    frame, y, x = _split(index)
    if not frame:
        return replace(facts, pixel=(y, x))
    numbered = {"frame": frame[0] if len(frame) == 1 else frame}
    return replace(facts, header={**facts.header, **numbered}, pixel=(y, x))
