"""Bremsstrahlung of a bulk sample, before absorption.

``g(E) = k Z ((E0 - E) / E)^p`` photons per electron and keV into all directions, Z the mass-fraction mean of the atomic
number, ``p = a - b ln Z``. k, a and b were fitted to 195 spectra of known composition at 15 and 20 keV
(docs/physics-eds.md); the linear growth with Z and the size of k agree with Green and Cosslett, Proc. Phys. Soc. 78
(1961) 1206. Kramers' law is p = 1.
"""

import numpy as np
from torch import Tensor

from specquant.technique import Floats

STRENGTH = 2.6e-6
"""k: photons per electron and keV, over all directions."""

_LOW, _FINEST, _RELATIVE, _HIGH = 60.0, 40.0, 0.03, 20_000.0


def exponent(beam_energy: Tensor, mean_z: Tensor) -> Tensor:
    """Return p for beam energies in keV and mean atomic numbers."""
    return 1.493 + 0.0064 * (beam_energy - 15.0) - 0.1465 * mean_z.log()


def generated(energy: Tensor, beam_energy: Tensor, mean_z: Tensor, more: Tensor) -> Tensor:
    """Return g(E) in photons per electron and keV.

    Parameters
    ----------
    energy
        Of the photons, keV, shape (node,).
    beam_energy, mean_z, more
        Shape (sample, 1): beam energy in keV, mean atomic number, and what is added to the exponent.
    """
    left = ((beam_energy - energy) / energy).clamp_min(0.0)
    return STRENGTH * mean_z * left ** (exponent(beam_energy, mean_z) + more)


def nodes() -> Floats:
    """Return photon energies (eV) between which the continuum is straight: every 40 eV, then every 3 %."""
    energies = [_LOW]
    while energies[-1] < _HIGH:
        energies.append(energies[-1] + max(_FINEST, _RELATIVE * energies[-1]))
    return np.array(energies)


def widths(energy: Floats) -> Floats:
    """Return the width in eV that the hat on each node stands for, shape (node,)."""
    return np.asarray(np.gradient(energy))
