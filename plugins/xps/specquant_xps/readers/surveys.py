"""What a survey is, and which measurements of a file are: the one place for all formats."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from specquant.errors import ReadError
from specquant.technique import Floats, RawSpectrum

SHORTEST_SURVEY = 400.0
WIDEST_STEP = 2.0
RATE = "counts per second"
"""What ``attrs['intensity_unit']`` says of a spectrum that its file calls a rate."""
_LISTED = 12
_NAMED = 6
_LONGEST_TITLE = 24


@dataclass(frozen=True)
class Reason:
    """Why a measurement is no survey: its `kind` in two words for a list, and the `detail` for a message."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Scan:
    """One measurement of a file, surveys and others alike.

    `place` says where it is in the file (``block 3``) and `title` how the file calls it; `name` is the spectrum's.
    `energy` and `counts` have shape (channel,), energy in eV in the file's order. `reason` tells why it is no survey
    whatever its range.
    """

    place: str
    title: str
    name: str
    energy: Floats
    counts: Floats
    attrs: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None


def no_survey(energy: Floats) -> Reason | None:
    """Return why energies (channel,) in eV are not those of a survey; None if they are."""
    if energy.size < 2:
        return Reason("without spectrum", "no spectrum")
    if not np.isfinite(energy).all():
        return Reason("without energies", "energies are not finite")
    span, step = float(np.ptp(energy)), float(np.median(np.abs(np.diff(energy))))
    if span < SHORTEST_SURVEY:
        return Reason("narrow", f"spans {span:g} eV, less than {SHORTEST_SURVEY:g}")
    if step > WIDEST_STEP * (1 + 1e-6):
        return Reason("coarse", f"steps of {step:g} eV, wider than {WIDEST_STEP:g}")
    return None


def picked(scans: Sequence[Scan], path: Path) -> list[RawSpectrum]:
    """Return the surveys among the scans of a file, each under a name of its own.

    The first has in ``attrs['left_out']`` what of the file was left out, and why; a survey without any count is left
    out as long as there is another.

    Raises
    ------
    ReadError
        If none is a survey, naming each scan and why it is none.
    """
    reasons = [scan.reason or no_survey(scan.energy) for scan in scans]
    if any(reason is None and scan.counts.any() for scan, reason in zip(scans, reasons, strict=True)):
        empty = Reason("without counts", "all counts are zero")
        reasons = [
            reason or (None if scan.counts.any() else empty) for scan, reason in zip(scans, reasons, strict=True)
        ]
    out = [(scan, reason) for scan, reason in zip(scans, reasons, strict=True) if reason is not None]
    surveys = [scan for scan, reason in zip(scans, reasons, strict=True) if reason is None]
    if not surveys:
        raise _none_is(out, path)
    spectra = [
        RawSpectrum(name, _own(scan.energy), _own(scan.counts), scan.attrs)
        for name, scan in zip(_names(surveys, path), surveys, strict=True)
    ]
    return with_left_out(spectra, left_out(out, len(scans)))


def with_left_out(spectra: Sequence[RawSpectrum], told: str) -> list[RawSpectrum]:
    """Return the spectra, the first of which tells what of its file was left out; no words, nothing is told."""
    if not told or not spectra:
        return list(spectra)
    first, *others = spectra
    earlier = str(first.attrs.get("left_out", ""))
    attrs = {**first.attrs, "left_out": "; ".join(filter(None, (earlier, told)))}
    return [RawSpectrum(first.name, first.energy, first.counts, attrs), *others]


def left_out(out: Sequence[tuple[Scan, Reason]], total: int) -> str:
    """Say in one line what was left out: how many of how many, and their titles by kind of reason."""
    if not out:
        return ""
    kinds: dict[str, list[str]] = {}
    for scan, reason in out:
        kinds.setdefault(reason.kind, []).append(_short(scan.title) or scan.place)
    parts = [f"{kind}: {_listed(titles)}" for kind, titles in kinds.items()]
    return f"{len(out)} of {total} scans ({'; '.join(parts)})"


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 2]}.."


def _listed(titles: Sequence[str]) -> str:
    counted = Counter(titles)
    shown = [title if times == 1 else f"{title} ({times})" for title, times in list(counted.items())[:_NAMED]]
    more = f" and {len(counted) - _NAMED} more" if len(counted) > _NAMED else ""
    return ", ".join(shown) + more


def _none_is(out: Sequence[tuple[Scan, Reason]], path: Path) -> ReadError:
    told = [f"{scan.place} {scan.title[:80]!r}: {reason.detail}" for scan, reason in out[:_LISTED]]
    more = f"; and {len(out) - _LISTED} more" if len(out) > _LISTED else ""
    return ReadError(
        "holds no survey",
        where=path,
        found=("; ".join(told) + more) or "no spectrum",
        wanted=f"a spectrum over at least {SHORTEST_SURVEY:g} eV in steps of at most {WIDEST_STEP:g} eV",
        todo="Give a file with a survey.",
    )


def _names(surveys: Sequence[Scan], path: Path) -> Iterator[str]:
    plain = [scan.name or path.stem for scan in surveys]
    times = Counter(plain)
    for scan, name in zip(surveys, plain, strict=True):
        yield name if times[name] == 1 else f"{name} [{scan.place}]"


def _own(values: Floats) -> Floats:
    """Return a copy, so that a kept spectrum does not keep its whole file."""
    return np.array(values, dtype=np.float64)
