"""Facts of a file that say that its spectrum is not a survey excited by Al or Mg K-alpha, as the model has it."""

from collections.abc import Iterator

from specquant.plugin import Note, NoteKind, RawSpectrum
from specquant_xps.header_hints import electron_gun_of, other_technique_of

LOWEST_PHOTON, HIGHEST_PHOTON = 1250.0, 1490.0
"""Photon energies, eV, for which the technique has lines and sensitivity factors: Mg and Al K-alpha, with room."""

_KNOWN = "the lines and sensitivity factors of this program are those of Al and Mg K-alpha (1486.6 and 1253.6 eV)"
_ADVICE = "quantify it with cross sections for its own source"


def contradictions(raw: RawSpectrum, photon: float | None) -> Iterator[Note]:
    """Yield a note for every reason why the model does not hold; `photon` (eV) is the photon energy as it was read."""
    gun, technique = electron_gun_of(raw), other_technique_of(raw)
    if gun:
        text = (
            f"excited by electrons, as the header says ({gun[:80]}): Auger spectra need factors of their own; {_KNOWN}"
        )
        yield Note(NoteKind.CONTRADICTION, text, "technique")
    elif technique:
        yield Note(NoteKind.CONTRADICTION, f"the header names {technique}; {_KNOWN}", "technique")
    if photon is not None and not LOWEST_PHOTON <= photon <= HIGHEST_PHOTON:
        text = f"photon energy {photon:g} eV by the file; {_KNOWN}; {_ADVICE}"
        yield Note(NoteKind.CONTRADICTION, text, "photon_energy")


def another_source(highest: float) -> str:
    """Return what has to be said of kinetic energies up to `highest`, eV, that neither of both sources explains."""
    return (
        f"kinetic energies up to {highest:g} eV: neither Al nor Mg K-alpha gives a survey that ends there, but another "
        f"source such as a synchrotron; {_KNOWN}; {_ADVICE}, or state the photon energy if it is known"
    )
