"""Reading text that Bruker's Esprit exports: a header ``key: value``, and rows of energy in keV and counts."""

import re
from pathlib import Path

from specquant.plugin import COUNTS, Facts, RawSpectrum, ReadError, lines_in, table_in
from specquant_eds.header_hints import facts_in
from specquant_eds.headers import (
    NM_PER_UM,
    S_PER_MS,
    beam_and_angle,
    believed,
    nominal_layer,
    number,
    scale_in_ev,
    scaled,
)

_BEGIN = re.compile(rb"\s*(?:Bruker|Esprit)\b[^\r\n]*[\r\n]", re.IGNORECASE)
_KEYS = (b"calibration, lin", b"primary energy", b"si dead layer", b"window type")
"""Keys of which two at least stand in the header, in any case of letters."""

_NUMBERS = {
    "beam": "Primary energy",
    "angle": "Take off angle",
    "live": "Life time",
    "real": "Real time",
    "dead_layer": "Si dead layer",
    "channels": "Channels",
}
_TEXTS = {"detector": "Detector type", "window": "Window type", "date": "Date", "sample": "Sample"}


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such a text."""
    return _BEGIN.match(head) is not None and sum(key in head.lower() for key in _KEYS) > 1


def read(path: Path) -> list[RawSpectrum]:
    """Read the spectrum; its energies are in eV.

    The file states ``beam_energy`` (eV) and ``take_off_angle`` (degrees); the header holds ``live_time``,
    ``real_time`` (s), ``detector``, ``window`` (its type in words), ``date`` and ``sample``.

    Raises
    ------
    ReadError
        If it holds no table, or fewer channels than it states.
    """
    lines = lines_in(path.read_bytes())
    table = table_in(lines, path)
    said = facts_in(table.header, _NUMBERS)
    values = table.values
    claimed = number(said.get("channels"))
    if claimed not in (None, len(values)):
        size = f"{len(values)} channels"
        raise ReadError("is cut short", where=path, found=size, wanted=f"{claimed:g}", todo="Export it again.")
    unit = next((title for title in table.titles if "ev" in title.lower()), "keV")
    width = abs(float(values[-1, 0] - values[0, 0])) / max(len(values) - 1, 1)
    factor, notes = scale_in_ev(width, unit, path)
    stated, beam_notes = beam_and_angle(said.get("beam"), "Primary energy", said.get("angle"))
    times, time_notes = believed(
        {"live_time": said.get("live"), "real_time": said.get("real")}, live_time=S_PER_MS, real_time=S_PER_MS
    )
    notes += beam_notes + time_notes + nominal_layer(scaled(number(said.get("dead_layer")), NM_PER_UM))
    texts = facts_in(table.header, _TEXTS)
    units = {"axis_unit": "eV", "intensity_unit": COUNTS}
    header = {"format": "Bruker Esprit text", **times, **texts, **units, "header": table.header}
    return [
        RawSpectrum(
            path.stem, values[:, 0] * factor, values[:, 1].copy(), stated, Facts(header, (*table.notes, *notes))
        )
    ]
