"""What the words of a file say about its energy scale and its X-ray source."""

import re
from collections.abc import Iterator
from typing import Literal

from specquant.plugin import Note, NoteKind, RawSpectrum

Kind = Literal["kinetic", "binding"]

AL_K_ALPHA, MG_K_ALPHA = 1486.6, 1253.6
"""Photon energies of the two usual X-ray sources, eV: Moulder, Stickle, Sobol, Bomben, Handbook of X-ray Photoelectron
Spectroscopy (Perkin-Elmer 1992)."""

_ANODES = {"al": AL_K_ALPHA, "mg": MG_K_ALPHA}

_LOWEST_PHOTON, _HIGHEST_PHOTON = 200.0, 12000.0
"""Photon energies, eV, that a file may mean: from soft X-rays at synchrotrons to hard ones (Ga K-alpha is 9252 eV). A
header has 0, 1 or 1E37 where nobody filled it in, and 21.2 eV is an ultraviolet lamp."""

_SAYS_NOTHING, _NO_NUMBER = 1.0, 1e30
"""Photon energies up to the first, or from the second on, are what stands where nobody filled one in."""

EV_PER_KEV = 1000.0
"""Some headers state photon energies in keV."""

SAME_PHOTON = 2.0
"""eV by which photon energies in one header may differ and still be of one source: some are rounded to 1486 or 1487."""

# in titles the bare letters BE and KE count; in running text they do not, as 'be' is a word
_TITLE_WORDS: dict[Kind, re.Pattern[str]] = {
    "kinetic": re.compile(
        r"(?i:kineti|cin[eé]ti|кинет|運動|动能|動能|운동|k\.\s?e\.)|(?<![A-Za-z])(KE|Ek|E_?kin)(?![A-Za-z])"
    ),
    "binding": re.compile(
        r"(?i:binding|bindung|liaison|enlace|legame|ligaç|wiązan|связи|結合|结合|결합|b\.\s?e\.)|(?<![A-Za-z])(BE|Eb|E_?bin)(?![A-Za-z])"
    ),
}
_TEXT_WORDS: dict[Kind, re.Pattern[str]] = {
    "kinetic": re.compile(r"(?i:kinetic|(?<![a-z])k\.\s?e\.)"),
    "binding": re.compile(r"(?i:binding|(?<![a-z])b\.\s?e\.)"),
}
_ENERGY = r"(\d{3,6}(?:[.,]\d+)?|\d{1,2}(?:[.,]\d+)? ?keV)"
_AFTER_KEY = rf"(?:photon|excitation|characteristic|x-?ray|source)[ _]?energy[^0-9\n]{{0,20}}{_ENERGY}"
_NUMBER_AFTER_KEY = re.compile(
    rf"{_AFTER_KEY}"
    rf"|\bh[v\u03bd][^0-9a-z\n]{{1,6}}{_ENERGY}"
    r"|\bsource[^0-9\n]{1,30}(\d{3,5}(?:[.,]\d+)?) ?eV",
    re.IGNORECASE,
)
_PHOTON_ENERGY = re.compile(_AFTER_KEY, re.IGNORECASE)
"""The most certain of these: other words stand before other numbers too, such as HV."""

_BARE_NUMBER = re.compile(r"(?<![\d.])(148[67]\.\d+|1253\.\d+)(?!\d)")
_ANODE = re.compile(
    r"\b(Al|Mg)(?:[ _-]?mono\w*)?[ _-]?K(?:[ _-]?(?:alpha|a|\u03b1))?(?![A-Za-z])"
    r"|\banode\W+(Al|Mg)\b|\b(Al|Mg) anode\b|^source: (?:mono\w*[ _-]*)?(Al|Mg)(?:[ _-]*mono\w*)?$",
    re.IGNORECASE | re.MULTILINE,
)


_OTHER_LINES = {
    ("Zr", "L"): 2042.4,
    ("Ag", "L"): 2984.3,
    ("Ti", "K"): 4510.8,
    ("Cr", "K"): 5414.9,
    ("Cu", "K"): 8047.8,
    ("Ga", "K"): 9251.7,
    ("Si", "K"): 1740.0,
    ("Mo", "L"): 2293.2,
    ("Au", "M"): 2122.9,
}
"""Energies of the alpha lines of other X-ray sources, eV: J. A. Bearden, Rev. Mod. Phys. 39 (1967) 78."""

_OTHER_ANODE = re.compile(
    r"\b(Zr|Ag|Ti|Cr|Cu|Ga|Si|Mo|Au)[ _-]?(?:mono\w*[ _-]?)?([KLM])[ _-]?(?:alpha|a|\u03b1)(?![A-Za-z])"
)
_LAMP = re.compile(r"\b(?:He|Ne|Ar|Kr|Xe)[ _-]?(?:II?|1|2)(?:[ _-]?(?:alpha|a|\u03b1))?\b|(?i:ultraviolet|\bUV\b)")
"""Lines of gas discharge lamps, 8 to 49 eV: what excites UPS."""

_WEAKEST_LAMP, _STRONGEST_LAMP = 8.0, 50.0
"""Photon energies of such lamps, eV: Xe I has 8.4, He II up to 48.4."""

_SOURCE_LINE = re.compile(r"source|anode|x-?ray|excitation|radiation|photon|\bh[v\u03bd]\b", re.IGNORECASE)

_GUN = re.compile(r"electron[ _-]*(?:gun|beam|source)|\be-?(?:gun|beam)\b|(?:primary|beam) electrons", re.IGNORECASE)
_NEUTRALISER = re.compile(r"flood|neutrali|compensat|charge|\boff\b|:\s*no\b|none", re.IGNORECASE)
"""Words of lines on electron guns that light nothing: those that take charge off the sample, or are off."""

_KILOVOLTS = re.compile(r"(\d+(?:\.\d+)?) ?ke?V\b", re.IGNORECASE)

_NAMES = "AES|Auger|UPS|ISS|LEIS|REELS|EELS|SIMS|XAS|NEXAFS|XANES|XES|IPES"
"""Other techniques, as headers name them."""

_OTHER_TECHNIQUE = re.compile(
    r"(?:technique|method|mode|analysis|acquisition|experiment)\b[^:=\t]{0,20}[:=\t]\s*.{0,20}?\b"
    rf"({_NAMES})\b",
    re.IGNORECASE,
)


def energy_kind_of(raw: RawSpectrum) -> Kind | None:
    """Return the energy scale that the header names: as ``energy_kind``, in the first column's title, or its lines."""
    if raw.header.get("energy_kind") in ("kinetic", "binding"):
        return "kinetic" if raw.header["energy_kind"] == "kinetic" else "binding"
    titles = _lines(raw, "columns")[:1]
    header = _lines(raw, "header")
    axis_lines = [line for line in header if "axis" in line.lower() or "scale" in line.lower()]
    for lines, words in ((titles, _TITLE_WORDS), (axis_lines, _TEXT_WORDS), (header, _TEXT_WORDS)):
        named = [kind for kind, pattern in words.items() if any(pattern.search(line) for line in lines)]
        if len(named) == 1:
            return named[0]
    return None


def photon_energies_of(raw: RawSpectrum) -> list[tuple[str, float]]:
    """Return the photon energies that the file names, eV, each after its words, the most certain first.

    First is what the reader took as stated; then numbers with a word before them, bare numbers, and anodes. What is
    nonsense is left out, and what names two sources names none.
    """
    text = "\n".join(_texts(raw))
    stated = raw.stated.get("photon_energy")
    sources = {
        "photon energy": [] if stated is None else [float(stated)],
        "a line of the header with": _numbers(text, _NUMBER_AFTER_KEY),
        "the number": _numbers(text, _BARE_NUMBER),
        "the anode with": _anodes(text),
        "the source with": _other_anodes(raw),
    }
    named = []
    for words, numbers in sources.items():
        energies = [number for number in numbers if _LOWEST_PHOTON <= number <= _HIGHEST_PHOTON]
        if energies and max(energies) - min(energies) < SAME_PHOTON:
            named.append((words, energies[0]))
    return named


def refused_photon_energies(raw: RawSpectrum) -> tuple[Note, ...]:
    """Return notes on photon energies that the file states and that no source of XPS or UPS has."""
    stated = raw.stated.get("photon_energy")
    numbers = [*([] if stated is None else [float(stated)]), *_numbers("\n".join(_texts(raw)), _PHOTON_ENERGY)]
    wrong = dict.fromkeys(
        number
        for number in numbers
        if _SAYS_NOTHING < abs(number) < _NO_NUMBER
        and not _LOWEST_PHOTON <= number <= _HIGHEST_PHOTON
        and not _WEAKEST_LAMP <= number <= _STRONGEST_LAMP
    )
    texts = (f"photon energy {number:g} eV by the file: not used, as it cannot be" for number in wrong)
    return tuple(Note(NoteKind.REMARK, text, "photon_energy") for text in texts)


def photon_energy_of(raw: RawSpectrum) -> float | None:
    """Return the photon energy in eV that is stated, or that the header's words give; None for neither, or nonsense."""
    return next((energy for _, energy in photon_energies_of(raw)), None)


def electron_gun_of(raw: RawSpectrum) -> str:
    """Return the line of the header that says that electrons excite the spectrum, or nothing.

    That is a gun of kilovolts, or any gun where no X-ray source is named; guns that take charge off do not count.
    """
    lines = [line for line in _texts(raw) if not _NEUTRALISER.search(line)]
    guns = [line.strip() for line in lines if _GUN.search(line)]
    if not guns:
        return ""
    beams = [match[0] for line in lines if not _SOURCE_LINE.search(line) for match in _KILOVOLTS.finditer(line)]
    if photon_energy_of(raw) is not None and not beams:
        return ""
    return ", ".join([guns[0], *beams[:1]])


def lamp_of(raw: RawSpectrum) -> str:
    """Return how the file names an ultraviolet lamp as the source, where nothing names X-rays; or ""."""
    if photon_energy_of(raw) is not None:
        return ""
    stated = float(raw.stated.get("photon_energy", 0.0))
    if _WEAKEST_LAMP <= stated <= _STRONGEST_LAMP:
        return f"{stated:g} eV"
    lines = [line.strip() for line in _texts(raw) if _SOURCE_LINE.search(line)]
    return next((line for line in lines if _LAMP.search(line)), "")


def other_technique_of(raw: RawSpectrum) -> str:
    """Return the technique other than XPS that a line of the header names, or nothing."""
    lines = [line for line in _texts(raw) if "XPS" not in line.upper()]
    return next((match[1] for line in lines if (match := _OTHER_TECHNIQUE.search(line))), "")


def _texts(raw: RawSpectrum) -> list[str]:
    """Return the lines of the header, of comments and of titles, and what it says of the source."""
    words = [str(raw.header[key]) for key in ("source", "comment") if raw.header.get(key)]
    lines = [*_lines(raw, "header"), *_lines(raw, "comments"), *_lines(raw, "columns")]
    return [*lines, *("source: " + word for word in words)]


def _other_anodes(raw: RawSpectrum) -> Iterator[float]:
    for line in _texts(raw):
        if _SOURCE_LINE.search(line):
            for match in _OTHER_ANODE.finditer(line):
                energy = _OTHER_LINES.get((match[1], match[2]))
                if energy is not None:
                    yield energy


def _lines(raw: RawSpectrum, key: str) -> list[str]:
    value = raw.header.get(key, ())
    return [str(line) for line in value] if isinstance(value, list | tuple) else []


def _numbers(text: str, pattern: re.Pattern[str]) -> Iterator[float]:
    """Yield the numbers that a pattern finds, of which some name keV, in eV."""
    for match in pattern.finditer(text):
        number, _, kilo = next(group for group in match.groups() if group).lower().partition("k")
        yield float(number.replace(",", ".")) * (EV_PER_KEV if kilo else 1.0)


def _anodes(text: str) -> Iterator[float]:
    for match in _ANODE.finditer(text):
        yield _ANODES[next(group for group in match.groups() if group).lower()]
