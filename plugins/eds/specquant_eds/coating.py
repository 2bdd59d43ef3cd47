"""Thin layers on a sample: the carbon that makes it conduct, and the oxide skin of a metal.

A layer is so thin that electrons cross it unslowed: its own photons are ``sigma(E0) phi(0) n`` with n the atoms per
area and phi(0) the surface ionisation of the sample below; it absorbs what comes from there.
"""

from dataclasses import dataclass

import numpy as np

from specquant.plugin import Floats
from specquant_eds.absorption import CM_PER_NM, mass_absorption
from specquant_eds.elements import INDEX, atomic_weights
from specquant_eds.ionisation import casnati
from specquant_eds.lines import ELECTRONS, edge_energy

AVOGADRO = 6.02214076e23
"""Atoms per mole (exact, SI)."""


@dataclass(frozen=True)
class Coating:
    """What a layer is made of: the instrument parameter that is its thickness in nm, its element, g/cm3 of it."""

    name: str
    element: str
    z: int
    density: float


COATINGS = (Coating("carbon_coat", "C", 6, 1.8), Coating("oxide_skin", "O", 8, 1.5))
"""Evaporated carbon at a usual density; oxygen as dense as in a metal's oxide."""


def absorption_per_nm(coating: Coating, energy: Floats) -> Floats:
    """Return the absorption of one nanometre of a layer for photons that cross it at right angles."""
    return mass_absorption(coating.element, energy) * coating.density * CM_PER_NM


def vacancies_per_nm(coating: Coating, beam_energy: Floats) -> Floats:
    """Return K vacancies per electron in one nanometre, for phi(0) = 1, at beam energies in eV."""
    atoms = AVOGADRO / atomic_weights()[INDEX[coating.element]] * coating.density * CM_PER_NM
    return np.asarray(casnati(beam_energy, edge_energy(coating.z, "K"), ELECTRONS["K"]) * atoms)
