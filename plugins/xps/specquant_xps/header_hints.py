"""What the words of a file say about its energy scale and its X-ray source."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

Kind = Literal["kinetic", "binding"]

AL_K_ALPHA = 1486.6
MG_K_ALPHA = 1253.6
_ANODES = {"al": AL_K_ALPHA, "mg": MG_K_ALPHA}
_LOWEST_PHOTON, _HIGHEST_PHOTON = 200.0, 12000.0

# in titles the bare letters BE and KE count; in running text they do not, as 'be' is a word
_TITLE_WORDS: dict[Kind, re.Pattern[str]] = {
    "kinetic": re.compile(r"(?i:kinetic|k\.\s?e\.)|(?<![A-Za-z])(KE|Ek|E_?kin)(?![A-Za-z])"),
    "binding": re.compile(r"(?i:binding|b\.\s?e\.)|(?<![A-Za-z])(BE|Eb|E_?bin)(?![A-Za-z])"),
}
_TEXT_WORDS: dict[Kind, re.Pattern[str]] = {
    "kinetic": re.compile(r"(?i:kinetic|(?<![a-z])k\.\s?e\.)"),
    "binding": re.compile(r"(?i:binding|(?<![a-z])b\.\s?e\.)"),
}
_NUMBER_AFTER_KEY = re.compile(
    r"(?:photon|excitation|characteristic|x-?ray|source)[ _]?energy[^0-9\n]{0,20}(\d{3,5}(?:\.\d+)?)"
    r"|\bh[v\u03bd][^0-9a-z\n]{1,6}(\d{3,5}(?:\.\d+)?)",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"(?<![\d.])(148[67]\.\d+|1253\.\d+)(?!\d)")
_ANODE = re.compile(
    r"\b(Al|Mg)(?:[ _-]?mono\w*)?[ _-]?K(?:[ _-]?(?:alpha|a|\u03b1))?(?![A-Za-z])"
    r"|\banode\W+(Al|Mg)\b|\b(Al|Mg) anode\b",
    re.IGNORECASE,
)


def energy_kind_of(attrs: Mapping[str, Any]) -> Kind | None:
    """Return the energy scale that the attrs, the first column's title or else the header lines name, if any."""
    if attrs.get("energy_kind") in ("kinetic", "binding"):
        return "kinetic" if attrs["energy_kind"] == "kinetic" else "binding"
    titles = _lines(attrs, "columns")[:1]
    header = _lines(attrs, "header")
    axis_lines = [line for line in header if "axis" in line.lower() or "scale" in line.lower()]
    for lines, words in ((titles, _TITLE_WORDS), (axis_lines, _TEXT_WORDS), (header, _TEXT_WORDS)):
        named = [kind for kind, pattern in words.items() if any(pattern.search(line) for line in lines)]
        if len(named) == 1:
            return named[0]
    return None


def photon_energy_of(attrs: Mapping[str, Any]) -> float | None:
    """Return the photon energy in eV that the attrs or the header lines give, None if they give none or nonsense."""
    try:
        number = float(attrs.get("photon_energy", math.nan))
    except (TypeError, ValueError):
        number = math.nan
    if _LOWEST_PHOTON <= number <= _HIGHEST_PHOTON:
        return number
    text = "\n".join([*_lines(attrs, "header"), *_lines(attrs, "columns"), str(attrs.get("source", ""))])
    for candidates in (_numbers(text, _NUMBER_AFTER_KEY), _numbers(text, _BARE_NUMBER), _anodes(text)):
        found = {candidate for candidate in candidates if _LOWEST_PHOTON <= candidate <= _HIGHEST_PHOTON}
        if found and max(found) - min(found) < 2:
            return min(found)
    return None


def _lines(attrs: Mapping[str, Any], key: str) -> list[str]:
    value = attrs.get(key, ())
    return [str(line) for line in value] if isinstance(value, list | tuple) else []


def _numbers(text: str, pattern: re.Pattern[str]) -> Iterator[float]:
    for match in pattern.finditer(text):
        yield float(next(group for group in match.groups() if group))


def _anodes(text: str) -> Iterator[float]:
    for match in _ANODE.finditer(text):
        yield _ANODES[next(group for group in match.groups() if group).lower()]
