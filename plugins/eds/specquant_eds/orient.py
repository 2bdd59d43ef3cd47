"""Putting a spectrum on the photon-energy scale: what lies below the first usable channel is left out."""

from dataclasses import replace

import numpy as np

from specquant.errors import SpectrumError
from specquant.technique import RawSpectrum

LOWEST = 150.0
"""Channels below this energy (eV) hold the noise peak of the electronics, or lie under its threshold."""

_LOW, _HIGH = 150.0, 1_000_000.0


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum above LOWEST.

    Raises
    ------
    SpectrumError
        If the energies can only be keV, channel numbers or the like.
    """
    top = float(np.max(raw.energy))
    if not _LOW < top < _HIGH:
        raise SpectrumError(
            "energies are no photon energies in eV",
            where=f"spectrum {raw.name!r}",
            found=f"up to {top:g}",
            wanted="up to 5 keV at least",
            todo="Give the energy axis in eV (keV x 1000).",
        )
    kept = np.asarray(raw.energy) >= LOWEST
    return replace(raw, energy=np.asarray(raw.energy)[kept], counts=np.asarray(raw.counts)[kept])
