"""Putting a spectrum on the photon-energy scale: what lies below the first usable channel is left out."""

import re
from dataclasses import replace

import numpy as np

from specquant.errors import SpectrumError
from specquant.notes import Note, NoteKind
from specquant.technique import RawSpectrum
from specquant_eds.detector import LAYERS
from specquant_eds.instrument import NITRIDE_WINDOW, POLYMER_WINDOW

LOWEST = 150.0
"""Channels below this energy (eV) hold the noise peak of the electronics, or lie under its threshold."""

_WINDOWS = (
    (re.compile(r"edax|octane", re.IGNORECASE), "silicon nitride", NITRIDE_WINDOW),
    (
        re.compile(r"xflash|bruker|oxford|x-?max|aztec|inca|thermo|noran|ultradry|jeol|jed-|pulsetor", re.IGNORECASE),
        "polymer",
        POLYMER_WINDOW,
    ),
)
"""Windows of detectors by words of a header: the usual ones of these makers."""

_LOW, _HIGH = 150.0, 1_000_000.0
"""The highest energy of a spectrum lies between these (eV): keV stay below the first, meV lie above the second."""


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum above LOWEST; where the header names the detector but not its window, with the usual one.

    Raises
    ------
    SpectrumError
        If the energies can only be keV, channel numbers or the like.
    """
    energy, counts = np.asarray(raw.energy), np.asarray(raw.counts)
    top = float(np.max(energy))
    if not _LOW < top < _HIGH:
        raise SpectrumError(
            "energies are no photon energies in eV",
            where=f"spectrum {raw.name!r}",
            found=f"up to {top:g}",
            wanted="up to 5 keV at least",
            todo="Give the energy axis in eV (keV x 1000).",
        )
    seen = energy >= LOWEST
    return _with_window(raw.on(energy[seen], counts[seen]))


def _with_window(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum with the window that the detector of its header usually has, and a note that tells so."""
    if any(name in raw.stated for name in NITRIDE_WINDOW):
        return raw
    detector = " ".join(str(raw.header.get(key, "")) for key in ("detector", "detector_type", "format"))
    for words, name, window in _WINDOWS:
        if words.search(detector):
            text = f"{name} window, as such detectors usually have (--instrument or --set say it better)"
            stated = {**raw.stated, **{layer: window[layer] for layer in LAYERS}}
            return replace(raw, stated=stated).noted(Note(NoteKind.ASSUMED, text, ", ".join(LAYERS)))
    return raw
