"""Reading EMSA/MAS spectral data files (.msa, .emsa): never an empty spectrum, never a scale that is not the file's.

Where the file contradicts itself, and only one reading makes an EDS spectrum, that reading is taken and a note tells
it; where several would, the file is refused.
"""

import re
from pathlib import Path

import numpy as np

from specquant.plugin import (
    ATOMIC_NUMBER,
    CHANNEL,
    COUNTS,
    NORMALISED,
    RATE,
    Facts,
    Floats,
    Note,
    NoteKind,
    RawSpectrum,
    ReadError,
)
from specquant_eds.disagreements import axis_disagreements, keyword_disagreements
from specquant_eds.emsa_instrument import Notes, instrument_of
from specquant_eds.emsa_layout import Block, blocks
from specquant_eds.headers import offset_in_ev, scale_in_ev, unit_in_ev

_SIGN = re.compile(rb"^[ \t]*#+[ \t]*(FORMAT|VERSION|SPECTRUM|NPOINTS|XPERCHAN)\b", re.IGNORECASE | re.MULTILINE)
_OTHER_SIGNALS = {"ELS", "EELS", "WDS", "AES", "PES", "XPS", "CLS", "CL"}
"""Signals that no energy-dispersive detector of X-rays gives: their axis is another one."""

_CHANNELS = re.compile(r"chan", re.IGNORECASE)
"""What #XUNITS says of an axis that is not calibrated."""

_NO_ENERGY = re.compile(r"(?<![a-z])([nmµu]m|\u00e5|a?ngstr\w*|m|mm|cm-1|1/cm|deg\w*|s|sec\w*)(?![a-z])", re.IGNORECASE)
"""Units of #XUNITS that are of no energy: wavelengths, wave numbers, angles, times."""

_COUNTS = re.compile(r"^$|count|cts|^ct|intens|norm|arb|a\.?u|^y$|none|n/a")
"""What #YUNITS says of counts, or of nothing that changes how they are read."""

_PART = re.compile(r"\(\s*([A-Z][a-z]?)\s*:\s*([\d.]+(?:[eE][+-]?\d+)?)\s*\)")
_EVENNESS = 0.05
"""Share of the mean step by which steps of energies may differ: energies are rounded in text, counts differ more."""

_SPARE_CHANNELS = 2
"""Channels by which a file may differ from its own #NPOINTS: some writers miscount by one or two at the end."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of an EMSA/MAS file."""
    start = head.lstrip()
    return start.startswith(b"#") and _SIGN.search(start) is not None


def read(path: Path) -> list[RawSpectrum]:
    """Read every spectrum of an EMSA/MAS file, energies in eV.

    What the file states of the instrument is ``beam_energy`` (eV), ``take_off_angle`` (degrees), and layers of the
    detector (nm). The header holds ``format``, ``header`` (its lines), ``axis_unit``, ``intensity_unit``, and what
    `instrument_of` finds. A spectrum that cannot be read is left out, with a note on the first, if there is another.

    Raises
    ------
    ReadError
        If the file is damaged, cut short, says nothing of its energy scale, or holds something other than EDS.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    spectra: list[RawSpectrum] = []
    refused: list[tuple[str, ReadError]] = []
    for block in blocks(data):
        try:
            spectra.append(_spectrum(block, path))
        except ReadError as error:
            refused.append((block.values.get("TITLE", ""), error))
    if not spectra:
        raise refused[0][1]
    if not refused:
        return spectra
    texts = [f"{title!r}: {error.in_short}" if title else error.in_short for title, error in refused]
    text = f"{len(refused)} of {len(refused) + len(spectra)} spectra ({'; '.join(texts)})"
    return [spectra[0].noted(Note(NoteKind.LEFT_OUT, text, "file")), *spectra[1:]]


def _spectrum(block: Block, path: Path) -> RawSpectrum:
    kind = block.values.get("SIGNALTYPE", "").upper()
    if kind in _OTHER_SIGNALS:
        raise ReadError("holds no EDS spectrum", where=path, found=f"#SIGNALTYPE {kind}", wanted="EDS")
    values, widths = block.numbers(path)
    if not values.size:
        raise ReadError(
            "holds no data",
            where=path,
            found="no number after #SPECTRUM" if block.begun else "no line #SPECTRUM",
            wanted="a line #SPECTRUM with the counts in the lines after it",
            todo="Export the spectrum again.",
        )
    paired, notes = _pairing(block, values, widths)
    if paired and values.size % 2:
        raise ReadError("lacks the last number", where=path, found=f"{values.size} numbers", wanted="pairs of X and Y")
    points = values.size // 2 if paired else values.size
    notes += _checked_points(block, points, paired, path)
    if _NO_ENERGY.fullmatch(block.values.get("XUNITS", "").strip()):
        raise ReadError(
            "has an axis without energies", where=path, found=f"#XUNITS {block.values['XUNITS']}", wanted="eV or keV"
        )
    axis_unit = CHANNEL if _CHANNELS.search(block.values.get("XUNITS", "")) else "eV"
    if axis_unit == CHANNEL:
        energy = values[::2].copy() if paired else np.arange(points, dtype=np.float64)
    else:
        energy, scale_notes = _paired_scale(block, values, path) if paired else _scale(block, points, path)
        notes += scale_notes
    stated, header, instrument_notes = instrument_of(block)
    notes += tuple(keyword_disagreements(block))
    live = header.get("live_time")
    counts, unit, count_notes = _as_counts(block, values[1::2].copy() if paired else values, live, path)
    units = {"axis_unit": axis_unit, "intensity_unit": unit}
    facts = Facts(
        {"format": "EMSA", **header, **units, "header": block.lines},
        notes + instrument_notes + count_notes,
        _composition(block.values.get("D2STDCMP", "")),
    )
    return RawSpectrum(str(header.get("title", path.stem)), energy, counts, stated, facts)


def _pairing(block: Block, values: Floats, widths: set[int]) -> tuple[bool, Notes]:
    """Say whether the numbers are pairs of energy and counts, by the header unless the numbers refute it."""
    kind, points = block.values.get("DATATYPE", "").upper(), block.number("NPOINTS")
    if kind == "XY":
        if widths == {1} and values.size == points:
            return False, _corrected("data read as counts alone, though #DATATYPE says XY", "file")
        return True, ()
    if widths != {2} or values.size < 4:
        return False, ()
    if not np.isfinite(values).all():
        return False, ()
    steps = np.diff(values[::2])
    even = steps.min() > 0 and np.ptp(steps) <= _EVENNESS * steps.mean()
    if not even or (kind == "Y" and (points is None or values.size != 2 * points)):
        return False, ()
    if kind == "Y":
        return True, _corrected("data read as pairs of energy and counts, though #DATATYPE says Y", "file")
    return True, ()


def _checked_points(block: Block, points: int, paired: bool, path: Path) -> Notes:
    """Refuse a file with another number of channels than its header says; tell of one or two at the end."""
    stated = block.number("NPOINTS")
    if stated is None or stated == points:
        return ()
    if points < stated and not block.ended:
        raise ReadError(
            "is cut short",
            where=path,
            found=f"{points} channels and no #ENDOFDATA",
            wanted=f"{stated:g} channels, as #NPOINTS says",
            todo="Copy or export the file again.",
        )
    if not paired and abs(points - stated) > _SPARE_CHANNELS:
        raise ReadError(
            "has another number of channels than its header says",
            where=path,
            found=f"{points} channels",
            wanted=f"{stated:g}, as #NPOINTS says",
            todo="Export it again; or, if the counts are right, correct the number after #NPOINTS.",
        )
    return _corrected(f"{points} channels are there, though #NPOINTS says {stated:g}", "file")


def _scale(block: Block, points: int, path: Path) -> tuple[Floats, Notes]:
    """Return the energies of evenly wide channels.

    ``#OFFSET`` is the energy of the first channel. ``#CHOFFSET`` is the channel (the first is 0) at which the energy is
    0: the same said in channels, so it counts only where ``#OFFSET`` is missing.
    """
    width = block.number("XPERCHAN")
    if width is None or width <= 0:
        raise ReadError(
            "does not say how wide a channel is",
            where=path,
            found="no #XPERCHAN" if width is None else f"#XPERCHAN {width:g}",
            wanted="the channel width and its unit",
            todo="Add the lines '#XPERCHAN : 10.0' and '#XUNITS : eV', with the right width, before #SPECTRUM.",
        )
    unit = block.units.get("XPERCHAN") or block.values.get("XUNITS", "")
    factor, notes = scale_in_ev(width, unit, path)
    unit_is_wrong = any(note.kind is NoteKind.CORRECTION for note in notes)
    offset, zero = block.number("OFFSET"), block.number("CHOFFSET")
    if offset is None and zero is None:
        notes += _assumed("first channel at 0 eV, as the file gives no #OFFSET", "axis")
    offset_factor = None if unit_is_wrong else unit_in_ev(block.units.get("OFFSET", ""))
    offset_factor = offset_factor or factor
    first = -(zero or 0.0) * width * factor
    if offset is not None:
        offset_factor, offset_notes = offset_in_ev(offset, offset_factor, width * factor)
        first, notes = offset * offset_factor, notes + offset_notes
    energy = np.asarray(first + width * factor * np.arange(points, dtype=np.float64))
    return energy, (*notes, *axis_disagreements(block, energy, factor, offset_factor))


def _paired_scale(block: Block, values: Floats, path: Path) -> tuple[Floats, Notes]:
    energy = values[::2].copy()
    with np.errstate(invalid="ignore"):  # what is not finite is refused by its channel later
        width = float(np.median(np.abs(np.diff(energy)))) if energy.size > 1 else 0.0
    factor, notes = scale_in_ev(width, block.values.get("XUNITS", ""), path)
    return energy * factor, (*notes, *axis_disagreements(block, energy * factor, factor, factor))


def _as_counts(block: Block, counts: Floats, live_time: object, path: Path) -> tuple[Floats, str, Notes]:
    """Turn counts per second into counts, where the live time is known; return them with their unit."""
    unit = block.values.get("YUNITS", "").lower().replace(" ", "")
    if "log" in unit:
        todo = "Export the spectrum with a linear scale of intensities."
        raise ReadError("has logarithms of counts", where=path, found=f"#YUNITS {unit}", wanted="counts", todo=todo)
    if not ("cps" in unit or "/s" in unit or "persec" in unit):
        named = "norm" in unit or "arb" in unit
        strange = (
            () if _COUNTS.search(unit) else _assumed(f"intensities are counts, though #YUNITS says {unit}", "counts")
        )
        return counts, NORMALISED if named else COUNTS, strange
    if not isinstance(live_time, float) or not np.isfinite(counts).all():
        return counts, RATE, ()
    return np.asarray(counts * live_time), COUNTS, _corrected(f"counts per second times {live_time:g} s", "counts")


def _corrected(text: str, about: str) -> Notes:
    return (Note(NoteKind.CORRECTION, text, about),)


def _assumed(text: str, about: str) -> Notes:
    return (Note(NoteKind.ASSUMED, text, about),)


def _composition(text: str) -> dict[str, float]:
    """Return weight fractions of ``K411,(O:42.36),(Si:25.38)``: a name, then weight percents."""
    parts = {
        symbol: round(float(percent) / 100.0, 8) for symbol, percent in _PART.findall(text) if percent.count(".") < 2
    }
    known = all(symbol in ATOMIC_NUMBER for symbol in parts)
    return parts if known and sum(parts.values()) > 0 else {}
