"""Relative sensitivity factors of lines in narrow scans."""

from collections.abc import Sequence

import numpy as np

from specquant.plugin import Floats, NarrowScan
from specquant_xps.effects import KINETIC_C1S
from specquant_xps.narrow.identity import Target, area_between
from specquant_xps.photolines import photolines

_CARBON = 6
"""Atomic number of the reference, C 1s = 1."""

MEAN_FREE_PATH = 0.75
"""Exponent of the kinetic energy in the inelastic mean free path between 200 and 1500 eV: S. Tanuma, C. J. Powell,
D. R. Penn, Surf. Interface Anal. 21 (1994) 165."""


def own_factor(target: Target, low: float, high: float, photon: float, exponent: float) -> float:
    """Return the cross section of an element's lines between two energies times kinetic energy to a power, C 1s = 1.

    J. H. Scofield, J. Electron Spectrosc. Relat. Phenom. 8 (1976) 129.
    """
    kinetic = photon - 0.5 * sum(target.energies)
    carbon = sum(line.area for line in photolines(_CARBON, photon) if line.orbital == "1s")
    return float(area_between(target.element, low, high, photon) / carbon * (kinetic / KINETIC_C1S) ** exponent)


def transmissions(scans: Sequence[NarrowScan]) -> list[Floats] | None:
    """Return the analyser's transmission (channel,) of every scan; None where not all have one, or it is constant."""
    stored = [np.asarray(scan.header.get("transmission", ()), dtype=np.float64) for scan in scans]
    if not scans or any(one.size != len(scan.counts) for one, scan in zip(stored, scans, strict=True)):
        return None
    joined = np.concatenate(stored)
    return stored if np.isfinite(joined).all() and 0 < joined.min() < joined.max() else None
