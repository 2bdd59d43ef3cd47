"""Facts of a file that say that its spectrum is not one of a thick sample under an electron beam of a microscope (SEM).

The model does not hold for them: the reason is a note, and whoever answers decides what to do with it.
"""

import re
from collections.abc import Iterator

from specquant.plugin import Note, NoteKind, RawSpectrum
from specquant_eds.headers import EV_PER_KEV

_HIGHEST_BEAM = 30_000.0
"""eV: the highest beam energy of scanning electron microscopes, and of the technique; what is above is a TEM's."""

_BULK = 10_000.0
"""nm: a sample of this thickness or more stops the electrons of a scanning microscope; 30 keV go 7 um into carbon
(Kanaya and Okayama, J. Phys. D 5 (1972) 43)."""

_LONGEST = 120
"""Characters of a line of a header that are looked at, and named: chosen."""

_TRANSMISSION = re.compile(r"(?<![A-Za-z])[SC]?TEM(?![A-Za-z])|transmission|diffr", re.IGNORECASE)
"""Modes and signals of transmission microscopes: TEM, STEM, CTEM, EDS_TEM; diffraction."""

_OTHER_EXCITATION = {
    "PXE": "protons (PIXE)",
    "PIXE": "protons (PIXE)",
    "XRF": "X-rays (XRF)",
    "TXRF": "X-rays (XRF)",
    "GAM": "radioactive decay",
}
"""Signals that an energy-dispersive detector gives too, and what excited them."""

_BY_WORDS = (
    (re.compile(r"\b(?:x-?ray|Rh|Mo|Cr|Ag|Pd)[ _-]tube\b|(?:micro|\u00b5|\u03bc)-?XRF", re.IGNORECASE), "X-rays (XRF)"),
    (re.compile(r"\bPIXE\b|\bproton beam\b|\bMeV protons\b", re.IGNORECASE), "protons (PIXE)"),
)
"""What words of a header say of the excitation."""

_KILOVOLTS = re.compile(r"\b(\d{2,4})(?:\.\d+)? ?kV\b", re.IGNORECASE)

_FILM = (
    "an electron microscope in transmission: a thin film needs the Cliff-Lorimer or zeta-factor method, and this "
    "program is for samples that stop the beam; quantify it with the microscope's program"
)
BERYLLIUM = (
    "a beryllium window absorbs the lines of B, C, N, O, F and most of Na; this program is for windows that pass them, "
    "so its fractions would lack these elements"
)
"""Why the model does not hold for a detector with such a window."""

_OTHER_WAY = "the lines have other strengths than under an electron beam, for which this program is made"


def contradictions(raw: RawSpectrum) -> Iterator[Note]:
    """Yield a note for every reason why the model does not hold for a spectrum, by what its file states."""
    reasons = list(_transmission(raw))
    if reasons:
        about = "beam_energy" if _beam(raw) > _HIGHEST_BEAM else "mode"
        yield Note(NoteKind.CONTRADICTION, f"{', '.join(reasons)}: {_FILM}", about)
    excitation = _OTHER_EXCITATION.get(str(raw.header.get("signal", "")).upper())
    words = f"excited by {excitation}" if excitation else next(_excited_by_words(raw), "")
    if words:
        yield Note(NoteKind.CONTRADICTION, f"{words}: {_OTHER_WAY}", "signal")
    if raw.header.get("window") == "beryllium":
        yield Note(NoteKind.CONTRADICTION, BERYLLIUM, "window")


def _transmission(raw: RawSpectrum) -> Iterator[str]:
    """Yield what a file states that only a transmission microscope has."""
    if _beam(raw) > _HIGHEST_BEAM:
        yield f"beam energy {_beam(raw) / 1000:g} keV"
    for key in ("mode", "signal", "instrument"):
        word = str(raw.header.get(key, ""))
        if _TRANSMISSION.search(word):
            yield f"{key} {word}"
    for line in _lines(raw):
        volts = _KILOVOLTS.search(line)
        if volts and _TRANSMISSION.search(line) and float(volts[1]) * EV_PER_KEV > _HIGHEST_BEAM:
            yield f"the header says {line!r}"
    thickness = raw.header.get("thickness")
    if isinstance(thickness, float | int) and 0 < thickness < _BULK:
        yield f"thickness {thickness:g} nm"


def _excited_by_words(raw: RawSpectrum) -> Iterator[str]:
    """Yield what lines of a header say excited the spectrum, if that was no electron beam."""
    for line in _lines(raw):
        for words, excitation in _BY_WORDS:
            if words.search(line):
                yield f"excited by {excitation}, as the header says ({line})"


def _lines(raw: RawSpectrum) -> list[str]:
    """Return the beginnings of the lines of a header, with the title."""
    lines = raw.header.get("header")
    listed = [*lines] if isinstance(lines, list | tuple) else []
    return [str(line).strip()[:_LONGEST] for line in (raw.header.get("title", ""), *listed)]


def _beam(raw: RawSpectrum) -> float:
    return float(raw.stated.get("beam_energy", 0.0))
