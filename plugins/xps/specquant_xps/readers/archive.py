"""Reading the surveys among the files of a zip archive or in a gzip file, each by the reader that knows it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from specquant.plugin import RATE, Member, RawSpectrum, members_of
from specquant_xps.readers.surveys import Reason, Scan, picked, raw_spectrum

_MOST_COMPARED = 200
"""Scans that are compared with each other for being there twice: 20 000 comparisons. Chosen."""

_SAME_ENERGY = 1e-3
"""eV by which energies of the same survey in two formats may differ by rounding."""

_SAME_SHAPE = 1e-4, 1e-3
"""Deviation of intensities that is rounding: relative to each, and to the largest; files have four digits or more."""


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey of the archive; the header's ``entry`` is the file's name in it.

    The limits of time and memory of one file are those of the whole archive. Of a survey that is there twice, as counts
    and as a rate, the counts are kept.

    Raises
    ------
    ReadError
        If the archive is damaged, is an Office document, holds too much, or holds no survey.
    """
    from specquant_xps.readers import FILES

    return picked(_once([scan for member in members_of(path, FILES) for scan in _scans(member)]), path)


def _scans(member: Member) -> list[Scan]:
    if not member.spectra:
        nothing = raw_spectrum(member.title, np.empty(0), np.empty(0), {"entry": member.entry})
        return [Scan(member.entry, member.title, nothing, Reason(member.kind, member.detail))]
    several = len(member.spectra) > 1
    return [Scan(member.entry, raw.name if several else member.title, raw) for raw in member.spectra]


def _once(scans: Sequence[Scan]) -> list[Scan]:
    """Leave out a spectrum that is in the archive already, in proportion; counts are kept before rates."""
    if len(scans) > _MOST_COMPARED:
        return list(scans)
    order = sorted(range(len(scans)), key=lambda index: not _is_counts(scans[index]))
    kept: list[Scan] = []
    result = list(scans)
    for index in order:
        scan = scans[index]
        twin = next((other for other in kept if _is_same(scan, other)), None)
        if twin is None:
            kept.append(scan)
        else:
            reason = Reason("there twice", f"is {twin.title} again")
            result[index] = replace(scan, reason=reason)
    return result


def _is_counts(scan: Scan) -> bool:
    counts = scan.spectrum.counts
    whole = bool(np.isfinite(counts).all() and np.array_equal(counts, np.round(counts)))
    return whole and scan.spectrum.header.get("intensity_unit") != RATE


def _is_same(one: Scan, other: Scan) -> bool:
    """Say whether two spectra have the same energies, and intensities in a constant proportion."""
    first, second = one.spectrum, other.spectrum
    if one.reason or other.reason or one.part == other.part or first.energy.shape != second.energy.shape:
        return False
    if not np.allclose(first.energy, second.energy, rtol=0.0, atol=_SAME_ENERGY) or not second.counts.any():
        return False
    factor = float(np.dot(first.counts, second.counts) / np.dot(second.counts, second.counts))
    relative, of_largest = _SAME_SHAPE
    allowed = of_largest * np.abs(first.counts).max()
    return bool(np.allclose(first.counts, factor * second.counts, rtol=relative, atol=allowed))
