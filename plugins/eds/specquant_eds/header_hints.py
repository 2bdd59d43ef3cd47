"""What the lines of a text's header say of the instrument, in the technique's parameters: ``Beam energy: 15 keV``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from specquant.plugin import RawSpectrum
from specquant_eds.headers import EV_PER_KEV, VOLTS_FROM, believed, number

_BEAM = re.compile(
    r"(?:beam|primary|electron|acc\w*)[ _-]*(?:energy|voltage|kv)|high[ _-]*(?:tension|voltage)|\bHV\b|\bEHT\b|\bE0\b"
    r"|^\W*kV(?=\s*[:=])"
    r"|beschleunigungsspannung|primärenergie|strahlenergie|hochspannung|tension d.acc\w+|tensi[oó]n de acel\w+"
    r"|加速電圧|加速电压|가속 ?전압",
    re.IGNORECASE,
)
"""Words before a beam energy, in English, German, French, Spanish, Japanese, Chinese and Korean."""
_ANGLE = re.compile(r"take[ _-]*off|elevation|abnahmewinkel|取出角", re.IGNORECASE)
_LIVE = re.compile(
    r"live?f?e?[ _-]*time|messzeit \(live\)|temps (?:vif|actif)|tiempo vivo|ライブタイム|活时间", re.IGNORECASE
)
_MODE = re.compile(r"mode|technique|signal|microscope|instrument", re.IGNORECASE)
_TRANSMISSION = re.compile(r"(?<![A-Za-z])[SC]?TEM(?![A-Za-z])|transmission electron", re.IGNORECASE)
_NUMBER = re.compile(r"[^0-9+-]{0,20}([+-]?[0-9]{1,7}(?:[.,][0-9]{1,6})?(?:[eE][+-]?[0-9]{1,2})?)\s*(kV|keV|V|eV)?")

_LONGEST_LINE = 300
"""Characters of a line that are looked at, so that long ones cost no time. Chosen."""

_LOWEST_BEAM = 1000.0
"""eV: a beam of less excites no line of a spectrum, so that a line of a header with less is about something else."""


def with_hints(raw: RawSpectrum) -> RawSpectrum:
    """Return a spectrum with what the lines of a text's header say, where nothing else does, stated and in its header.

    Readers of other formats have taken theirs in.
    """
    if raw.header.get("format") != "text":
        return raw
    lines = _lines(raw)
    beam = next((_in_volts(value, unit) for value, unit in _values(lines, _BEAM)), None)
    angle = next((value for value, _ in _values(lines, _ANGLE)), None)
    live = next((value for value, _ in _values(lines, _LIVE)), None)
    times, time_notes = believed({"live_time": live})
    header: dict[str, Any] = {**times}
    modes = [line for line in lines if _MODE.search(line) and _TRANSMISSION.search(line)]
    header |= {"mode": modes[0].lstrip("# ").strip()} if modes else {}
    stated, notes = believed({"beam_energy": beam, "take_off_angle": angle})
    said = replace(raw, stated={**stated, **raw.stated})
    return said.noted(*notes, *time_notes, header={**header, **raw.header})


def beams_in(raw: RawSpectrum) -> list[float]:
    """Return the beam energies, eV, that the lines of a header name in words."""
    energies = [_in_volts(value, unit) for value, unit in _values(_lines(raw), _BEAM)]
    return [energy for energy in energies if energy >= _LOWEST_BEAM and believed({"beam_energy": energy})[0]]


def _lines(raw: RawSpectrum) -> list[str]:
    lines = raw.header.get("header")
    return [str(line)[:_LONGEST_LINE] for line in lines] if isinstance(lines, list | tuple) else []


def _values(lines: Sequence[str], key: re.Pattern[str]) -> Iterator[tuple[float, str]]:
    """Yield the number after a word of each line, and its unit."""
    for line in lines:
        word = key.search(line)
        match = _NUMBER.match(line, word.end()) if word else None
        text = match[1] if match else ""
        if match and line[: match.start(1)].rstrip().endswith(","):  # a comma before it parts numbers
            text = text.partition(",")[0]
        value = number(text)
        if match and value is not None:
            yield value, match[2] or ""


def _in_volts(value: float, unit: str) -> float:
    kilo = unit.startswith("k") or (not unit and value < VOLTS_FROM)
    return value * EV_PER_KEV if kilo else value


def facts_in(lines: Sequence[str], keys: Mapping[str, str]) -> dict[str, str]:
    """Return the texts after ``key:`` in lines, by our names of the keys."""
    pairs = dict(line.partition(":")[::2] for line in lines if ":" in line)
    said = {key.strip().lower(): text.strip() for key, text in pairs.items()}
    return {name: said[key.lower()] for name, key in keys.items() if said.get(key.lower())}
