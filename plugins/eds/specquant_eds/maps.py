"""Spectra of maps and lines: one raw spectrum per pixel, each a view of the map's own array, so nothing is copied."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ReadError
from specquant.technique import Floats, RawSpectrum


def pixel_spectra(
    name: str, energy: Floats, counts: NDArray[Any], attrs: Mapping[str, Any], where: object
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
    attrs
        What holds for all pixels. Each pixel's own attrs add ``y`` and ``x``, counted from 0, and ``frame`` where there
        are more dimensions.
    where
        The file, for the message.

    Raises
    ------
    ReadError
        If no pixel has counts.
    """
    if counts.ndim == 1:
        return [RawSpectrum(name, energy, counts, dict(attrs))]
    lit = np.argwhere(counts.any(axis=-1))
    if not len(lit):
        raise ReadError("holds no counts", where=where, found=f"{name}: {counts.shape[:-1]} pixels, all without counts")
    dark = int(np.prod(counts.shape[:-1])) - len(lit)
    shared = dict(attrs) | ({"left_out": f"{dark} pixels without counts"} if dark else {})
    return [_pixel(name, energy, counts, shared, place) for place in map(tuple, lit.tolist())]


def _pixel(
    name: str, energy: Floats, counts: NDArray[Any], shared: Mapping[str, Any], place: tuple[int, ...]
) -> RawSpectrum:
    *frame, y, x = (0, *place) if len(place) == 1 else place
    label = f"{name} [y {y}, x {x}]"
    own: dict[str, Any] = {"y": y, "x": x}
    if frame:
        own["frame"] = frame[0] if len(frame) == 1 else list(frame)
        label = f"{name} [frame {' '.join(map(str, frame))}, y {y}, x {x}]"
    return RawSpectrum(label, energy, counts[place], {**shared, **own})
