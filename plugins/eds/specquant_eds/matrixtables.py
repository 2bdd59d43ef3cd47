"""What the mixing law of EDS looks up: everything about elements, subshells and photons that no sample changes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Array, Constants, Floats
from specquant_eds import continuum
from specquant_eds.absorption import absorption_matrix
from specquant_eds.coating import AVOGADRO, COATINGS, absorption_per_nm, vacancies_per_nm
from specquant_eds.depth import LEAST_OVERVOLTAGE, matter, overvoltage_exponent, stopping_factor
from specquant_eds.elements import ELEMENTS, INDEX, NUMBERS, atomic_weights
from specquant_eds.fluorescence import PhotonField, excitable
from specquant_eds.ionisation import ionisations, mean_ionisation_potential
from specquant_eds.linegroups import LineGroup, element_indices
from specquant_eds.lines import ELECTRONS, Subshell, edge_energy

BEAM_GRID = np.arange(4_000.0, 30_500.0, 500.0)
"""Beam energies (eV) at which the pure elements are integrated; between them the correction is interpolated."""

_LEAST_BEAM = 1.02
"""Beam energy over edge that the table is given at least, so that its rows are smooth where an edge lies between two
beam energies; what is not ionised is left out afterwards."""

_CONTINUUM_SHELL, _CONTINUUM_Z = "K", 30
"""Subshell with the cross section that the continuum's depth distribution takes: exponents of K shells are 0.86 from Z
of 15 on."""

_OF_FIELD = ("index", "used", "chance")
"""Arrays of a `PhotonField`, in its order."""


@dataclass(frozen=True)
class Tables:
    """The tables of some line groups, in arrays of numpy or of torch.

    Photons are those of the groups, then those of the continuum nodes; owners are the subshells, then the nodes.

    Parameters
    ----------
    z
        Atomic numbers, (element,).
    weight
        Atomic weights, g/mol, (element,).
    potential
        Mean ionisation potentials, keV, (element,).
    absorption
        Mass absorption, cm2/g, (element, photon).
    edge
        Ionisation energies, keV, (owner,).
    exponent
        Exponents of cross sections, (owner,).
    pure
        Vacancies per electron and unit of R/S in the pure element, (subshell, beam energy).
    element
        Index of the element of every line group, (group,).
    subshell
        Index of its subshell, (group,).
    share
        Its share of the vacancies, (group,).
    owner
        Index of the owner of every photon, (photon,).
    node_width
        Width of the hat on every node, keV, (node,).
    field
        What ionises by fluorescence.
    fluorescing
        Indices of the line groups with fluorescence, (fluorescing,).
    target
        Index among the targets of the subshell of each, (fluorescing,).
    target_line
        Index of a line group of every target, (target,).
    coat_absorption
        Absorption by a nanometre of every coating, (coating, photon).
    coat_vacancies
        K vacancies in a nanometre of every coating, (coating, beam energy).
    coat_shell
        Subshell of every coating, (coating,).
    coat_line
        Line group of every coating, (coating,).
    """

    z: Array
    weight: Array
    potential: Array
    absorption: Array
    edge: Array
    exponent: Array
    pure: Array
    element: Array
    subshell: Array
    share: Array
    owner: Array
    node_width: Array
    field: PhotonField
    fluorescing: Array
    target: Array
    target_line: Array
    coat_absorption: Array
    coat_vacancies: Array
    coat_shell: Array
    coat_line: Array

    def beside(self, array: Array) -> "Tables":
        """Return tables of numpy as the kind of an array, and on its device."""
        if isinstance(array, np.ndarray):
            return self
        moved = self._constants.beside(array)
        field = PhotonField(*(moved[name] for name in _OF_FIELD))
        return replace(self, field=field, **{name: table for name, table in moved.items() if name not in _OF_FIELD})

    @cached_property
    def _constants(self) -> Constants:
        kept = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "field"}
        return Constants(**kept, **{name: getattr(self.field, name) for name in _OF_FIELD})

    def narrowed(self, groups: NDArray[np.intp]) -> "Tables":
        """Return tables of numpy for some of the line groups, in their order."""
        shells, subshell = np.unique(self.subshell[groups], return_inverse=True)
        nodes = np.arange(len(self.node_width))
        photons = np.concatenate([groups, len(self.element) + nodes])
        owners = np.concatenate([shells, len(self.pure) + nodes])
        targets = np.flatnonzero(np.isin(self.target_line, groups))
        fluorescing = np.isin(self.fluorescing, groups)
        return replace(
            self,
            absorption=np.ascontiguousarray(self.absorption[:, photons]),
            edge=self.edge[owners],
            exponent=self.exponent[owners],
            pure=self.pure[shells],
            element=self.element[groups],
            subshell=subshell,
            share=self.share[groups],
            owner=np.concatenate([subshell, len(shells) + nodes]),
            field=self.field.narrowed(photons, targets),
            fluorescing=np.searchsorted(groups, self.fluorescing[fluorescing]),
            target=np.searchsorted(targets, self.target[fluorescing]),
            target_line=np.searchsorted(groups, self.target_line[targets]),
            coat_absorption=self.coat_absorption[:, photons],
            coat_shell=np.searchsorted(shells, self.coat_shell),
            coat_line=np.searchsorted(groups, self.coat_line),
        )


def tables_of(groups: Sequence[LineGroup], nodes: Floats) -> Tables:
    """Return the tables of all line groups and of continuum nodes, eV."""
    kinds: dict[tuple[str, str], int] = {}
    subshell = np.array([kinds.setdefault((group.element, group.subshell.name), len(kinds)) for group in groups])
    _, firsts = np.unique(subshell, return_index=True)
    subshells = [(groups[first].element, groups[first].subshell) for first in firsts]
    photons = np.concatenate([[group.energy for group in groups], nodes])
    z, weight = np.array(NUMBERS, dtype=np.float64), atomic_weights()
    node_exponent = overvoltage_exponent(_CONTINUUM_SHELL, _CONTINUUM_Z)
    exponents = [overvoltage_exponent(each.shell, each.z) for _, each in subshells]
    excited = np.flatnonzero([excitable(each) for _, each in subshells])
    fluorescing = np.flatnonzero(np.isin(subshell, excited))
    names = [(group.element, group.label) for group in groups]
    coat_line = np.array([names.index((coating.element, "Ka")) for coating in COATINGS])
    return Tables(
        z=z,
        weight=weight,
        potential=mean_ionisation_potential(z),
        absorption=absorption_matrix(photons),
        edge=1e-3 * np.concatenate([[each.edge for _, each in subshells], nodes]),
        exponent=np.append(exponents, np.full(nodes.size, node_exponent)),
        pure=_vacancies(subshells, weight),
        element=element_indices(groups),
        subshell=subshell,
        share=np.array([group.share for group in groups]),
        owner=np.append(subshell, len(subshells) + np.arange(nodes.size)),
        node_width=1e-3 * continuum.widths(nodes),
        field=PhotonField.of(photons, [subshells[number] for number in excited]),
        fluorescing=fluorescing,
        target=np.searchsorted(excited, subshell[fluorescing]),
        target_line=firsts[excited],
        coat_absorption=np.stack([absorption_per_nm(coating, photons) for coating in COATINGS]),
        coat_vacancies=np.stack([vacancies_per_nm(coating, BEAM_GRID) for coating in COATINGS]),
        coat_shell=subshell[coat_line],
        coat_line=coat_line,
    )


def _vacancies(subshells: Sequence[tuple[str, Subshell]], weights: Floats) -> Floats:
    """Return vacancies per electron and unit of R/S, shape (subshell, beam energy), without backscattering."""
    z = np.array(NUMBERS, dtype=np.float64)
    potential = mean_ionisation_potential(z)
    table = np.zeros((len(subshells), BEAM_GRID.size))
    for row, (symbol, subshell) in enumerate(subshells):
        index, number = INDEX[symbol], subshell.z
        beam = np.maximum(BEAM_GRID, subshell.edge * _LEAST_BEAM)
        weight = float(weights[index])
        integral = np.zeros_like(beam)
        for name, reach in subshell.vacancies:
            edge = edge_energy(number, name)
            integral += reach * ionisations(beam, edge, ELECTRONS[name], number, weight)
        energy = 1e-3 * beam[:, None]
        pure = matter(np.eye(len(ELEMENTS))[[index]], z, weights, potential)
        overvoltage = np.maximum(energy / (1e-3 * subshell.edge), LEAST_OVERVOLTAGE)
        exponent = overvoltage_exponent(subshell.shell, number)
        factor = stopping_factor(overvoltage, energy / pure.potential, exponent, pure)
        table[row] = AVOGADRO / weight * integral / factor[:, 0]
    return table
