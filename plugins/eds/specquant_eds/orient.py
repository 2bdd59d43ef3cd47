"""Putting a spectrum on the photon-energy scale: what lies below the first usable channel is left out."""

import numpy as np

from specquant.errors import SpectrumError
from specquant.technique import RawSpectrum

LOWEST = 150.0
"""Channels below this energy (eV) hold the noise peak of the electronics, or lie under its threshold."""

_LOW, _HIGH = 150.0, 1_000_000.0
"""The highest energy of a spectrum lies between these (eV): keV stay below the first, meV lie above the second."""


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum above LOWEST.

    The maker of a detector says nothing certain of its window (docs/decisions/0015-unstated.md).

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
    return raw.on(energy[seen], counts[seen])
