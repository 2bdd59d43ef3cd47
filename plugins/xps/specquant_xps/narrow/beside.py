"""Which narrow scans of a file belong to which of its surveys."""

from collections.abc import Sequence

import numpy as np

from specquant.plugin import Coordinate, NarrowScan, RawSpectrum

_UNUSED = frozenset({"comments", "comment", "ordinates"})
"""Keys of headers that narrow scans do not keep: nothing of them is used, and they are long."""

_MOST = 64
"""Narrow scans of one survey that are kept. Chosen: a file of a hundred elements does not exist."""


def beside(
    surveys: Sequence[RawSpectrum], narrow: Sequence[RawSpectrum], order: Sequence[RawSpectrum]
) -> list[tuple[RawSpectrum, ...]]:
    """Return the narrow scans of every survey, as the same objects.

    Of the surveys of the same sample, or entry of the file, a narrow scan belongs to the last one before it, or else to
    the first after it; a scan of a sample without survey belongs to none.

    Parameters
    ----------
    surveys
        The surveys of the file.
    narrow
        The narrow scans that are to be assigned.
    order
        All scans in the order of the file; the others are among them, as the same objects.
    """
    position = {id(scan): number for number, scan in enumerate(order)}
    near: list[list[RawSpectrum]] = [[] for _ in surveys]
    for scan in narrow:
        same = _of_the_same(surveys, scan)
        before = [index for index in same if position[id(surveys[index])] < position[id(scan)]]
        if (chosen := (before[-1:] or same[:1])) and len(near[chosen[0]]) < _MOST and np.any(scan.counts):
            near[chosen[0]].append(scan)
    return [tuple(scans) for scans in near]


def _of_the_same(surveys: Sequence[RawSpectrum], scan: RawSpectrum) -> list[int]:
    """Return the surveys of a scan's sample and entry: those with its experimental variables, where there are any.

    Entries of NeXus files are named ``group__scan``.
    """
    same = [index for index, survey in enumerate(surveys) if _sample(survey) == _sample(scan)]
    key = Coordinate.VARIABLES
    return [index for index in same if surveys[index].header.get(key) == scan.header.get(key)] or same


def _sample(raw: RawSpectrum) -> tuple[str, str]:
    return str(raw.header.get("sample", "")), str(raw.header.get("entry", "")).partition("__")[0]


def narrow_scan(raw: RawSpectrum) -> NarrowScan:
    """Return a scan as a survey keeps it: with its energies (eV), its counts, and what its file says of it."""
    header = {key: value for key, value in raw.header.items() if key not in _UNUSED}
    energy, counts = (tuple(np.asarray(values, dtype=np.float64).tolist()) for values in (raw.energy, raw.counts))
    return NarrowScan(raw.name, energy, counts, header | dict(raw.stated))
