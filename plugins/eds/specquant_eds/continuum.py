"""Bremsstrahlung of a bulk sample, before absorption.

``g(E) = k Z ((E0 - E) / E)^p`` photons per electron and keV into all directions, Z the mass-fraction mean of the atomic
number, ``p = a - b ln Z``. k, a and b were fitted to 195 spectra of known composition at 15 and 20 keV
(docs/explanation/physics-eds.md); the linear growth with Z and the size of k agree with Green and Cosslett, Proc. Phys.
Soc. 78 (1961) 1206. Kramers' law is p = 1.
"""

import numpy as np

from specquant.plugin import Array, Floats, at_least, module_of

STRENGTH = 2.6e-6
"""k: photons per electron and keV, over all directions, fitted; over spectra it scatters by 10 %
(docs/explanation/physics-eds.md)."""

_EXPONENT, _PER_KEV, _PER_LOG_Z = 1.493, 0.0064, -0.1465
"""p at 15 keV and ln Z = 0, and its change per keV of beam energy and per unit of ln Z, from the same fit: p scatters
by 0.02 to 0.03 about it."""

_REFERENCE_BEAM = 15.0
"""keV: the lower of the two beam energies of that fit."""

_BENT_BELOW = 1.5
"""keV below which the law is least known, and a spectrum may bend away from it: where the fit of it had little."""

_LOW, _HIGH = 60.0, 20_000.0
"""eV: the first node, well below the first channel that is read, and the end of the axis."""

_FINEST, _RELATIVE = 40.0, 0.03
"""Distance of nodes at low energies, eV, where edges bend the continuum, and relative to the energy above, where it is
nearly straight: 125 nodes in all; chosen."""


def exponent(beam_energy: Array, mean_z: Array) -> Array:
    """Return p for beam energies in keV and mean atomic numbers."""
    return _EXPONENT + _PER_KEV * (beam_energy - _REFERENCE_BEAM) + _PER_LOG_Z * module_of(mean_z).log(mean_z)


def generated(energy: Array, beam_energy: Array, mean_z: Array, more: Array, bend: Array) -> Array:
    """Return g(E) in photons per electron and keV.

    Parameters
    ----------
    energy
        Of the photons, keV, shape (node,).
    beam_energy
        Beam energy, keV, shape (sample, 1).
    mean_z
        Mean atomic number, shape (sample, 1).
    more
        What is added to the exponent, shape (sample, 1).
    bend
        Power of the energy over 1.5 keV that the continuum is multiplied by below 1.5 keV, shape (sample, 1).
    """
    left = at_least((beam_energy - energy) / energy, 0.0)
    of = module_of(energy)
    bent = of.exp(-bend * at_least(of.log(_BENT_BELOW / energy), 0.0))
    return STRENGTH * mean_z * left ** (exponent(beam_energy, mean_z) + more) * bent


def nodes() -> Floats:
    """Return photon energies (eV) between which the continuum is straight: every 40 eV, then every 3 %."""
    energies = [_LOW]
    while energies[-1] < _HIGH:
        energies.append(energies[-1] + max(_FINEST, _RELATIVE * energies[-1]))
    return np.array(energies)


def widths(energy: Floats) -> Floats:
    """Return the width in eV that the hat on each node stands for, shape (node,)."""
    return np.asarray(np.gradient(energy))
