"""Facts of a file that say that its spectrum is not one of a thick sample under an electron beam of a microscope (SEM).

The model does not hold for them: the reason is a note, and whoever answers decides what to do with it.
"""

import re
from collections.abc import Iterator

from specquant.plugin import Note, NoteKind, RawSpectrum

_HIGHEST_BEAM = 30_000.0
"""eV: the highest beam energy of scanning electron microscopes, and of the technique; what is above is a TEM's."""

_BULK = 10_000.0
"""nm: a sample of this thickness or more stops the electrons of a scanning microscope; 30 keV go 7 um into carbon
(Kanaya and Okayama, J. Phys. D 5 (1972) 43)."""

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
    if excitation:
        yield Note(NoteKind.CONTRADICTION, f"excited by {excitation}: {_OTHER_WAY}", "signal")
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
    thickness = raw.header.get("thickness")
    if isinstance(thickness, float | int) and 0 < thickness < _BULK:
        yield f"thickness {thickness:g} nm"


def _beam(raw: RawSpectrum) -> float:
    return float(raw.stated.get("beam_energy", 0.0))
