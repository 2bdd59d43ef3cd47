"""What a survey is, and which measurements of a file are: the rule for all formats."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from specquant.plugin import Coordinate, Facts, Floats, Note, NoteKind, RawSpectrum, ReadError, shortened
from specquant_xps.narrow.beside import beside, narrow_scan
from specquant_xps.orient import STEP_ROUNDING, WIDEST_STEP

SHORTEST_SURVEY = 400.0
"""Range, eV, from which on a scan is a survey. Chosen between scans of single lines (tens of eV) and the shortest of
about 200 public surveys (600 eV)."""

_STATED = "photon_energy"
"""The only instrument parameter of the technique that these files state, in eV."""

_LISTED = 12
"""Scans that an error message describes, so that it stays readable."""

_NAMED = 6
"""Titles per reason that a note names, so that it stays one line."""

_LONGEST_TITLE = 24
"""Characters of a title in a note, for the same reason."""

_LONGEST_WORD = 24
"""Characters of a technique's name in a note, for the same reason."""


_NARROW = "narrow"
"""Kind of reason of a scan that its range alone rules out as a survey."""


@dataclass(frozen=True)
class Reason:
    """Why a measurement is not a survey: its `kind` in two words for a list, and the `detail` for a message."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Scan:
    """One measurement of a file, surveys and others alike.

    Parameters
    ----------
    part
        Where it is in the file: ``block 3``.
    title
        How the file calls it.
    spectrum
        What was read; its energy is in the file's order.
    reason
        Why it is not a survey whatever its range; None: its range decides.
    """

    part: str
    title: str
    spectrum: RawSpectrum
    reason: Reason | None = None


def another_technique(name: str, what: str = "technique") -> Reason:
    """Return that a measurement is not XPS, by the technique's name; `what` is the word of the file for techniques."""
    return Reason(name[:_LONGEST_WORD], f"{what} is {name}")


def raw_spectrum(name: str, energy: Floats, counts: Floats, said: Mapping[str, Any]) -> RawSpectrum:
    """Return energies and counts, (channel,) each, with what the file says of them.

    Of `said`, ``photon_energy`` is stated; everything else is the header.
    """
    stated = {_STATED: float(said[_STATED])} if _STATED in said else {}
    return RawSpectrum(name, energy, counts, stated, Facts({key: said[key] for key in said if key != _STATED}))


def no_survey(energy: Floats) -> Reason | None:
    """Return why energies (channel,) in eV cannot belong to a survey; None if they can."""
    if energy.size < 2:
        return Reason("without spectrum", "no spectrum")
    if not np.isfinite(energy).all():
        return Reason("without energies", "energies are not finite")
    span, step = float(np.ptp(energy)), float(np.median(np.abs(np.diff(energy))))
    if span < SHORTEST_SURVEY:
        return Reason(_NARROW, f"spans {span:g} eV, less than {SHORTEST_SURVEY:g}")
    if step > WIDEST_STEP * (1 + STEP_ROUNDING):
        return Reason("coarse", f"steps of {step:g} eV, wider than {WIDEST_STEP:g}")
    return None


def picked(scans: Sequence[Scan], path: Path) -> list[RawSpectrum]:
    """Return the surveys among the scans of a file, under different names, each with the narrow scans beside it.

    The first has a note of what was left out of the file, and why. A survey without any count is left out as long as
    there is another, and so is a narrow scan that lies beside no survey.

    Raises
    ------
    ReadError
        If none is a survey, naming each scan and the reason.
    """
    reasons = [scan.reason or no_survey(scan.spectrum.energy) for scan in scans]
    pairs = list(zip(scans, reasons, strict=True))
    if any(reason is None and scan.spectrum.counts.any() for scan, reason in pairs):
        empty = Reason("without counts", "all counts are zero")
        pairs = [(scan, reason or (None if scan.spectrum.counts.any() else empty)) for scan, reason in pairs]
    out = [(scan, reason) for scan, reason in pairs if reason is not None]
    surveys = [scan for scan, reason in pairs if reason is None]
    if not surveys:
        raise _none_is(out, path)
    spectra = [
        replace(scan.spectrum, name=name, energy=_copy(scan.spectrum.energy), counts=_copy(scan.spectrum.counts))
        for name, scan in zip(_names(surveys, path), surveys, strict=True)
    ]
    narrow = [scan.spectrum for scan, reason in out if reason.kind == _NARROW]
    order = [scan.spectrum for scan in scans]
    near = beside([scan.spectrum for scan in surveys], narrow, order)
    series: Sequence[Coordinate | None] = Coordinate.along([raw.header for raw in spectra]) or [None] * len(spectra)
    spectra = [
        replace(raw, facts=replace(raw.facts, narrow=tuple(map(narrow_scan, lines)), coordinate=coordinate))
        for raw, lines, coordinate in zip(spectra, near, series, strict=True)
    ]
    used = {id(line) for lines in near for line in lines}
    return with_left_out(spectra, left_out([pair for pair in out if id(pair[0].spectrum) not in used], len(scans)))


def with_left_out(spectra: Sequence[RawSpectrum], text: str) -> list[RawSpectrum]:
    """Return the spectra; the first gets a note of what was left out of its file, joined to an earlier one."""
    if not text or not spectra:
        return list(spectra)
    first, *others = spectra
    earlier = [note for note in first.facts.notes if note.kind is NoteKind.LEFT_OUT]
    whole = Note(NoteKind.LEFT_OUT, "; ".join([*(note.text for note in earlier), text]), "file")
    notes = (*(note for note in first.facts.notes if note not in earlier), whole)
    return [replace(first, facts=replace(first.facts, notes=notes)), *others]


def left_out(out: Sequence[tuple[Scan, Reason]], total: int) -> str:
    """Say in one line what was left out: how many of how many, and their titles by kind of reason."""
    if not out:
        return ""
    kinds: dict[str, list[str]] = {}
    for scan, reason in out:
        kinds.setdefault(reason.kind, []).append(_short(scan.title) or scan.part)
    parts = [f"{kind}: {_listed(titles)}" for kind, titles in kinds.items()]
    return f"{len(out)} of {total} scans ({'; '.join(parts)})"


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 2]}.."


def _listed(titles: Sequence[str]) -> str:
    counted = Counter(titles)
    return shortened([title if times == 1 else f"{title} ({times})" for title, times in counted.items()], _NAMED)


def _none_is(out: Sequence[tuple[Scan, Reason]], path: Path) -> ReadError:
    texts = [f"{scan.part} {scan.title[:80]!r}: {reason.detail}" for scan, reason in out]
    return ReadError(
        "holds no survey",
        where=path,
        found=shortened(texts, _LISTED, "; ") or "no spectrum",
        wanted=f"a spectrum over at least {SHORTEST_SURVEY:g} eV in steps of at most {WIDEST_STEP:g} eV",
        todo="Give a file with a survey.",
    )


def _names(surveys: Sequence[Scan], path: Path) -> Iterator[str]:
    plain = [scan.spectrum.name or path.stem for scan in surveys]
    times = Counter(plain)
    for scan, name in zip(surveys, plain, strict=True):
        yield name if times[name] == 1 else f"{name} [{scan.part}]"


def _copy(values: Floats) -> Floats:
    """Return a copy, so that a kept spectrum does not keep its whole file."""
    return np.array(values, dtype=np.float64)
