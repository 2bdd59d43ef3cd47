"""What headers of EDS files say of the instrument, in the units of the technique's parameters; nonsense is noted."""

import math
import re
from collections.abc import Mapping

from specquant.plugin import Note, NoteKind, ReadError

NARROWEST, WIDEST = 0.5, 200.0
"""Channel widths (eV) that an EDS spectrum may have; both in eV and in keV no width can be meant otherwise."""

NM_PER_UM = 1000.0
"""Makers state layers in um."""

S_PER_MS = 1e-3
"""Bruker states times in ms."""

EV_PER_KEV = 1000.0
"""Makers state beam energies in keV."""

VOLTS_FROM = 1000.0
"""A beam energy without a unit is in V from here on, in kV below: no electron microscope for EDS reaches 1000 kV, and
none has a kilovolt or less."""

_FURTHEST = 5000.0
"""eV from 0 that the first channel of a spectrum may lie: analysers begin 1 keV below at most, and a spectrum that
begins above 5 keV lacks the lines of most elements. Chosen."""

_USUAL = 500.0
"""eV from 0 at which first channels usually lie, many at -480 or -200 eV: an offset in keV that gives no more is not
doubted, and no other unit is thought of that would give more. Chosen."""

_TITLES = {
    "beam_energy": ("beam energy", "eV", 1e6),
    "take_off_angle": ("take-off angle", "deg", 90.0),
    "live_time": ("live time", "s", 1e9),
    "real_time": ("real time", "s", 1e9),
    "probe_current": ("probe current", "nA", 1e6),
}
"""What a value is called, its unit, and the largest that is not a slip of the pen (thirty years, a milliampere); the
largest ones are chosen."""

_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[A-Za-z\u00b5\u03bc\u00b0%]*")
"""A number, and a unit that no blank parts from it."""

_SHOWN = 20
"""Characters of a header's value that a note shows."""


def believed(texts: Mapping[str, object], **factors: float) -> tuple[dict[str, float], tuple[Note, ...]]:
    """Return what can be true of a header's values, and notes on what stands there and cannot.

    Nothing is said of what vendors write where they do not know: 0, -1, a word or nothing.

    Parameters
    ----------
    texts
        What the file has for ``beam_energy`` (eV), ``take_off_angle`` (degrees), ``live_time``, ``real_time`` (s) and
        ``probe_current`` (nA), texts or numbers; None: nothing.
    **factors
        What to multiply a value with for that unit, where the file has another.
    """
    values: dict[str, float] = {}
    notes = []
    for name, text in texts.items():
        title, unit, highest = _TITLES[name]
        value = number(text)
        if value is None:
            if text is not None and any(character.isdigit() for character in str(text)):
                shown = f"{title} {str(text)[:_SHOWN]!r} by the file: not used, as it is not a number"
                notes.append(Note(NoteKind.REMARK, shown, name))
            continue
        in_unit = value * factors.get(name, 1.0)
        if 0.0 < in_unit <= highest:
            values[name] = in_unit
        elif not -1.0 <= value <= 0.0:
            shown = f"{title} {in_unit:g} {unit} by the file: not used, as it cannot be"
            notes.append(Note(NoteKind.REMARK, shown, name))
    return values, tuple(notes)


def beam_and_angle(beam: object, keyword: str, angle: object) -> tuple[dict[str, float], tuple[Note, ...]]:
    """Return ``beam_energy`` in eV and ``take_off_angle`` in degrees as far as a header states them, and notes.

    A note also says where the file gives the beam energy in V and not in kV.

    Parameters
    ----------
    beam
        The energy as it stands in the file; None: nowhere.
    keyword
        What it stands behind.
    angle
        The angle as it stands in the file; None: nowhere.
    """
    value = number(beam)
    in_volts = value is not None and value >= VOLTS_FROM
    stated, notes = believed(
        {"beam_energy": beam, "take_off_angle": angle}, beam_energy=1.0 if in_volts else EV_PER_KEV
    )
    if in_volts and "beam_energy" in stated:
        text = f"beam energy {value:g} eV, which {keyword} gives in V"
        notes = (Note(NoteKind.CORRECTION, text, "beam_energy"), *notes)
    return stated, notes


def scaled(value: float | None, factor: float) -> float | None:
    """Return a value in another unit, None where there is none."""
    return None if value is None else value * factor


def nominal_layer(thickness: float | None) -> tuple[Note, ...]:
    """Return a note on the dead layer, nm, that a file states; it is not used.

    It is the maker's figure for the silicon. That of the model also stands for the contact and for charge that is lost:
    with the 29 nm of its file, albite has 56 at% O, with the usual 100 nm 60, and 61.5 by its formula.
    """
    if thickness is None or not math.isfinite(thickness) or thickness <= 0:
        return ()
    text = f"dead layer {thickness:g} nm by the file: not used, as the model's is an effective one"
    return (Note(NoteKind.REMARK, text, "dead_layer"),)


def number(text: object) -> float | None:
    """Return the number a text begins with (decimal comma allowed, a unit may follow), or None."""
    first = str(text).strip().split()[:1]
    match = _NUMBER.fullmatch(first[0].rstrip(",;").replace(",", ".")) if first else None
    value = float(match[1]) if match else math.inf
    return value if math.isfinite(value) else None


def unit_in_ev(unit: str) -> float | None:
    """Return how many eV the unit named in a text has, or None if it names none."""
    lowered = unit.lower()
    if "kev" in lowered or "kilo" in lowered:
        return 1000.0
    return 1.0 if "ev" in lowered or "electron" in lowered else None


def scale_in_ev(width: float, unit: str, where: object) -> tuple[float, tuple[Note, ...]]:
    """Return eV per unit of the file's energies, and a note if that is not what the file says.

    Parameters
    ----------
    width
        Channel width in the file's unit.
    unit
        What the file says the unit is, maybe nothing.
    where
        The file, for the message.

    Raises
    ------
    ReadError
        If the width cannot be that of an EDS spectrum, neither in eV nor in keV.
    """
    named = unit_in_ev(unit)
    if named is not None and NARROWEST <= width * named <= WIDEST:
        return named, ()
    fitting = [factor for factor in (1.0, 1000.0) if NARROWEST <= width * factor <= WIDEST]
    if not fitting:
        raise ReadError(
            "channel width cannot be that of an EDS spectrum",
            where=where,
            found=f"{width:g} {unit.strip() or '(no unit)'}",
            wanted=f"{NARROWEST:g} to {WIDEST:g} eV",
            todo="Correct the channel width (#XPERCHAN in an MSA file) or its unit (#XUNITS).",
        )
    right = "eV" if fitting[0] == 1.0 else "keV"
    if named is None:
        return fitting[0], (Note(NoteKind.ASSUMED, f"energies in {right}, as the file names no unit", "axis"),)
    text = f"energies read as {right}: channels of {width:g} {unit.strip()} cannot be"
    return fitting[0], (Note(NoteKind.CORRECTION, text, "axis"),)


def offset_in_ev(offset: float, factor: float, step: float) -> tuple[float, tuple[Note, ...]]:
    """Return eV per unit of the energy of the first channel, and what has to be said of it.

    Where the unit of the file cannot be, and the other can, that is taken; a hint tells of another that would be usual.

    Parameters
    ----------
    offset
        Energy of the first channel in the file's unit.
    factor
        EV per unit, as the file says: 1 or 1000.
    step
        Width of a channel, eV.
    """
    other = EV_PER_KEV / factor
    names = {1.0: "eV", EV_PER_KEV: "keV"}
    here, there = offset * factor, offset * other
    if abs(here) > _FURTHEST >= abs(there):
        text = f"first channel at {there:g} eV: {offset:g} {names[factor]}, as the file says, cannot be"
        return other, (Note(NoteKind.CORRECTION, text, "axis"),)
    usual = factor == EV_PER_KEV and abs(here) <= _USUAL
    if usual or abs(there) > _USUAL or abs(there - here) <= step:
        return factor, ()
    text = (
        f"first channel at {here:g} eV, from an offset of {offset:g} {names[factor]}; if it is in {names[other]}, that "
        f"channel lies at {there:g} eV: then write the offset in {names[factor]}"
    )
    return factor, (Note(NoteKind.HINT, text, "axis"),)
