"""Maps: parts of them as spectra, and an image of every element."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from specquant.errors import SettingError
from specquant.notes import Note, NoteKind
from specquant.quantifiers import Quantifier
from specquant.spectra import Spectra
from specquant.technique import Facts, Floats

_AT_ONCE = 256
"""Pixels that are answered together: chosen, some tenths of a second of the network."""

_LEAST = 0.01
"""Atomic fraction that an element has in some pixels at least to have an image: chosen, 1 at%."""

_SOME = 99.0
"""Percentile of the pixels that has to have it: chosen, so that noise of single pixels makes no image."""

_DIGITS = 4
"""Decimals of a fraction in an image: more than a colour shows."""

_REGION = re.compile(r"rows? (\d+)(?:-(\d+))?, columns? (\d+)(?:-(\d+))?")


def sum_name(pixels: int) -> str:
    """Return the name of the sum of the pixels of a map."""
    return f"sum of {pixels} pixels"


def shape_of(spectra: Spectra) -> tuple[int, int] | None:
    """Return rows and columns of a map; None of spectra that are not a map."""
    pixels = [facts.pixel for facts in spectra.facts if facts.pixel is not None]
    if len(pixels) != len(spectra) or len(pixels) < 2:
        return None
    return max(row for row, _ in pixels) + 1, max(column for _, column in pixels) + 1


def part_of(spectra: Spectra, name: str) -> Spectra:
    """Return the sum of all pixels of a map, or of those in a rectangle, by its name.

    Raises
    ------
    SettingError
        If it has another name, or there is no pixel with counts.
    """
    if name == sum_name(len(spectra)):
        return _summed(spectra, name)
    match = _REGION.fullmatch(name)
    if match is None:
        raise SettingError("is not a part of the map", where=name, wanted="all of it, or rows and columns")
    ends = [int(text) - 1 if text else -1 for text in match.groups()]
    top, left = ends[0], ends[2]
    bottom, right = max(ends[1], top), max(ends[3], left)
    pixels = np.array([facts.pixel for facts in spectra.facts])
    inside = (pixels >= (top, left)).all(axis=1) & (pixels <= (bottom, right)).all(axis=1)
    if not inside.any():
        raise SettingError("holds no pixel with counts", where=name)
    return _summed(spectra.take(np.flatnonzero(inside)), name)


def images(
    spectra: Spectra, method: Quantifier, shape: tuple[int, int], report: Callable[[int, int], None]
) -> dict[str, Any]:
    """Return an image of every element that a map has: atomic fractions row by row, None where nothing was counted.

    Parameters
    ----------
    spectra
        The pixels.
    method
        What answers them.
    shape
        Rows and columns.
    report
        Called with how many pixels are done, and how many there are.
    """
    parts = []
    for start in range(0, len(spectra), _AT_ONCE):
        parts.append(method.answer(spectra.take(np.arange(start, min(start + _AT_ONCE, len(spectra))))).fraction)
        report(min(start + _AT_ONCE, len(spectra)), len(spectra))
    fraction = np.concatenate(parts)
    pixels = np.array([facts.pixel for facts in spectra.facts])
    index = pixels[:, 0] * shape[1] + pixels[:, 1]
    shares = dict(_present(fraction, method.technique.elements))
    counts = np.where(spectra.observed, spectra.counts, 0.0).sum(axis=1, dtype=np.float64)
    return {
        "shape": list(shape),
        "images": [
            {"element": symbol, "mean": round(float(values.mean()), _DIGITS), "values": _laid(values, index, shape)}
            for symbol, values in sorted(shares.items(), key=lambda pair: -float(pair[1].mean()))
        ],
        "counts": _laid(counts, index, shape),
    }


def _present(fraction: Floats, elements: tuple[str, ...]) -> Iterator[tuple[str, Floats]]:
    for symbol, values in zip(elements, fraction.T, strict=True):
        if np.percentile(values, _SOME) >= _LEAST:
            yield symbol, values


def _laid(values: Floats, index: np.ndarray, shape: tuple[int, int]) -> list[float | None]:
    laid: list[float | None] = [None] * (shape[0] * shape[1])
    for position, value in zip(index.tolist(), values.tolist(), strict=True):
        laid[position] = round(value, _DIGITS)
    return laid


def _summed(spectra: Spectra, name: str) -> Spectra:
    """Return the sum of spectra as one spectrum; what was not measured in one of them is not in it."""
    first = spectra.facts[0] if spectra.facts else Facts()
    pixels = Note(NoteKind.REMARK, f"{len(spectra)} {'pixels, added up' if len(spectra) > 1 else 'pixel'}", "file")
    return Spectra(
        spectra.counts.sum(axis=0, dtype=np.float64, keepdims=True).astype(np.float32),
        np.all(spectra.observed, axis=0, keepdims=True),
        spectra.stated[:1],
        names=(name,),
        facts=(replace(first, notes=(*first.notes, pixels), pixel=None),),
    )
