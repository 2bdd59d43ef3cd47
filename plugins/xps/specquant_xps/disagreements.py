"""Facts of a file that exclude each other: a note has both, and says which of them is used."""

from collections.abc import Iterator

from specquant.plugin import Note, NoteKind, RawSpectrum
from specquant_xps.header_hints import SAME_PHOTON, lamp_of, photon_energies_of

_LONGEST = 80
"""Characters of a line of a header that are named."""


def disagreements(raw: RawSpectrum, photon: float | None) -> Iterator[Note]:
    """Yield a warning where the file names photon energies that differ, or a lamp; `photon` (eV) is what is used.

    Anodes count as their energies. What names two sources, such as a dual anode, names none. Where the user states it,
    what the file says does not matter.
    """
    if raw.facts.user_states("photon_energy"):
        return
    lamp = lamp_of(raw)
    if lamp:
        text = f"the file names an ultraviolet lamp ({lamp[:_LONGEST]}), which excites no line of a survey: not used"
        yield Note(NoteKind.WARNING, text, "photon_energy")
    named = photon_energies_of(raw)
    energies = [energy for _, energy in named]
    if photon is None or not energies or max(energies) - min(energies) < SAME_PHOTON:
        return
    listed = " and ".join(f"{words} {energy:g} eV" for words, energy in named)
    yield Note(NoteKind.WARNING, f"the file contradicts itself: {listed}; used is {photon:g} eV", "photon_energy")
