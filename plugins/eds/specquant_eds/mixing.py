"""The mixing law of EDS: from composition to line and continuum intensities, by matrix correction.

Generated intensity: ionisations in the pure element (integral of cross section over stopping power) times R/S of the
sample over that of the pure element; absorption by XPP with FFAST coefficients; secondary fluorescence; absorption in a
coating. Everything is vectorised over samples in torch.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, fields
from functools import cache, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.plugin import Floats
from specquant_eds import continuum
from specquant_eds.absorption import absorption_matrix
from specquant_eds.coating import AVOGADRO, COATINGS, absorption_per_nm, vacancies_per_nm
from specquant_eds.depth import (
    LEAST_OVERVOLTAGE,
    DepthDistribution,
    Matter,
    matter,
    overvoltage_exponent,
    stopping_factor,
    xpp,
)
from specquant_eds.elements import ELEMENTS, INDEX, NUMBERS, atomic_weights
from specquant_eds.fluorescence import PhotonField, excitable
from specquant_eds.ionisation import ionisations, mean_ionisation_potential
from specquant_eds.linegroups import LineGroup, element_indices, line_groups
from specquant_eds.lines import ELECTRONS, Subshell, edge_energy

_BEAM_GRID = np.arange(4_000.0, 30_500.0, 500.0)
"""Beam energies (eV) at which the pure elements are integrated; between them the correction is interpolated."""

_LEAST_BEAM = 1.02
"""Beam energy over edge that the table is given at least, so that its rows are smooth where an edge lies between two
beam energies; what is not ionised is left out afterwards."""

_CONTINUUM_SHELL, _CONTINUUM_Z = "K", 30
"""Subshell with the cross section that the continuum's depth distribution takes: exponents of K shells are 0.86 from Z
of 15 on."""

_READ = (
    *("beam_energy", "take_off_angle", "continuum_scale", "continuum_exponent", "continuum_bend"),
    *(each.name for each in COATINGS),
)
"""The instrument parameters that intensities depend on."""

_NARROWED = 64
"""Sets of elements with a model that is kept: chosen, more than the search for the elements of one spectrum tries; each
takes about 100 kB."""

_LAST = 1e-6
"""Grid steps before the last point at which an interpolation ends, so that its upper neighbour exists."""


@dataclass(frozen=True)
class Intensities:
    """Emerging photons per electron, over all directions.

    `lines` are per unit atomic fraction of the group's element, shape (sample, group); `background` belongs to the
    continuum nodes, shape (sample, node); `layers` to the COATINGS, shape (sample, coating).
    """

    lines: Tensor
    background: Tensor
    layers: Tensor


class MatrixModel:
    """Intensities of every line group and continuum node, in photons per electron into all directions."""

    def __init__(self) -> None:
        self.groups: tuple[LineGroup, ...] = line_groups()
        self.element = torch.from_numpy(element_indices(self.groups))
        kinds: dict[tuple[str, str], int] = {}
        subshell_of = []
        for group in self.groups:
            subshell_of.append(kinds.setdefault((group.element, group.subshell.name), len(kinds)))
        self._subshell_of = torch.tensor(subshell_of)
        firsts = [subshell_of.index(number) for number in range(len(kinds))]
        self._subshells: list[tuple[str, Subshell]] = [
            (self.groups[first].element, self.groups[first].subshell) for first in firsts
        ]
        self.nodes = continuum.nodes()
        photons = np.concatenate([[group.energy for group in self.groups], self.nodes])
        self._build_ionisation(photons)
        self._build_fluorescence(photons)
        self._build_coatings(photons)

    def _build_ionisation(self, photons: Floats) -> None:
        z = np.array(NUMBERS, dtype=np.float64)
        weights = atomic_weights()
        self._z, self._weight = torch.from_numpy(z), torch.from_numpy(weights)
        self._potential = torch.from_numpy(mean_ionisation_potential(z))
        self._absorption = torch.from_numpy(absorption_matrix(photons))
        edges = np.array([subshell.edge for _, subshell in self._subshells])
        self._edge = torch.from_numpy(edges * 1e-3)
        exponents = [overvoltage_exponent(subshell.shell, subshell.z) for _, subshell in self._subshells]
        self._exponent = torch.tensor(exponents, dtype=torch.float64)
        self._node_energy = torch.from_numpy(self.nodes * 1e-3)
        self._node_width = torch.from_numpy(continuum.widths(self.nodes) * 1e-3)
        node_exponent = overvoltage_exponent(_CONTINUUM_SHELL, _CONTINUUM_Z)
        self._all_edges = torch.cat([self._edge, self._node_energy])
        self._all_exponents = torch.cat([self._exponent, torch.full_like(self._node_energy, node_exponent)])
        continuum_of = len(self._subshells) + torch.arange(len(self.nodes))
        self._owner = torch.cat([self._subshell_of, continuum_of])
        self._share = torch.tensor([group.share for group in self.groups], dtype=torch.float64)
        self._pure = torch.from_numpy(self._vacancy_table())

    def _build_fluorescence(self, photons: Floats) -> None:
        subshell_of = self._subshell_of.tolist()
        excited = [number for number, (_, subshell) in enumerate(self._subshells) if excitable(subshell)]
        target = {number: index for index, number in enumerate(excited)}
        fluorescing = [line for line, number in enumerate(subshell_of) if number in target]
        self._fluorescing = torch.tensor(fluorescing)
        self._target = torch.tensor([target[subshell_of[line]] for line in fluorescing])
        self._target_line = torch.tensor([subshell_of.index(number) for number in excited], dtype=torch.long)
        self._field = PhotonField(photons, [self._subshells[number] for number in excited])

    def _build_coatings(self, photons: Floats) -> None:
        names = [(group.element, group.label) for group in self.groups]
        self._coat_absorption, self._coat_vacancies, self._coat_line = {}, {}, {}
        for coating in COATINGS:
            line = names.index((coating.element, "Ka"))
            self._coat_absorption[coating.name] = torch.from_numpy(absorption_per_nm(coating, photons))
            self._coat_vacancies[coating.name] = torch.from_numpy(vacancies_per_nm(coating, _BEAM_GRID))
            self._coat_line[coating.name] = (int(self._subshell_of[line]), line)

    def _vacancy_table(self) -> Floats:
        """Return vacancies per electron and unit of R/S, shape (subshell, beam energy), without backscattering."""
        table = np.zeros((len(self._subshells), _BEAM_GRID.size))
        for row, (symbol, subshell) in enumerate(self._subshells):
            index, number = INDEX[symbol], subshell.z
            beam = np.maximum(_BEAM_GRID, subshell.edge * _LEAST_BEAM)
            weight = float(self._weight[index])
            integral = np.zeros_like(beam)
            for name, reach in subshell.vacancies:
                edge = edge_energy(number, name)
                integral += reach * ionisations(beam, edge, ELECTRONS[name], number, weight)
            energy = torch.from_numpy(beam * 1e-3)[:, None]
            pure = self._pure_matter(index, len(beam))
            edge_kev = self._edge[row : row + 1]
            overvoltage = (energy / edge_kev).clamp_min(LEAST_OVERVOLTAGE)
            factor = stopping_factor(overvoltage, energy / pure.potential, self._exponent[row : row + 1], pure)
            table[row] = AVOGADRO / weight * integral / factor[:, 0].numpy()
        return table

    def _pure_matter(self, index: int, count: int) -> Matter:
        fraction = torch.zeros((count, len(ELEMENTS)), dtype=torch.float64)
        fraction[:, index] = 1.0
        return matter(fraction, self._z, self._weight, self._potential)

    def narrowed(self, elements: frozenset[int]) -> "MatrixModel":
        """Return the model of samples that hold no other elements than these and those of coatings.

        It has the line groups of these elements only, in their order, on the processor.
        """
        wanted = list(elements | {INDEX[coating.element] for coating in COATINGS})
        lines = np.flatnonzero(np.isin(self.element.cpu().numpy(), wanted))
        shells, subshell_of = np.unique(self._subshell_of.cpu().numpy()[lines], return_inverse=True)
        photons = np.concatenate([lines, len(self.groups) + np.arange(len(self.nodes))])
        narrow = copy(self)
        narrow._to(torch.device("cpu"))
        narrow.groups = tuple(self.groups[line] for line in lines)
        narrow._subshells = [self._subshells[shell] for shell in shells]
        narrow.element, narrow._share = narrow.element[lines], narrow._share[lines]
        narrow._absorption = narrow._absorption[:, photons].contiguous()
        narrow._edge, narrow._exponent, narrow._pure = (
            table[shells] for table in (narrow._edge, narrow._exponent, narrow._pure)
        )
        narrow._subshell_of = torch.from_numpy(subshell_of)
        narrow._owner = torch.cat([narrow._subshell_of, len(shells) + torch.arange(len(self.nodes))])
        owners = np.concatenate([shells, len(self._edge) + np.arange(len(self.nodes))])
        narrow._all_edges, narrow._all_exponents = narrow._all_edges[owners], narrow._all_exponents[owners]
        narrow._narrow_fluorescence(lines, photons)
        narrow._coat_absorption = {name: table[photons] for name, table in narrow._coat_absorption.items()}
        narrow._coat_line = {
            name: (int(np.searchsorted(shells, shell)), int(np.searchsorted(lines, line)))
            for name, (shell, line) in self._coat_line.items()
        }
        return narrow

    def _narrow_fluorescence(self, lines: NDArray[np.intp], photons: NDArray[np.intp]) -> None:
        """Keep the fluorescence of some lines only (in place)."""
        targets = np.flatnonzero(np.isin(self._target_line.numpy(), lines))
        fluorescing = np.isin(self._fluorescing.numpy(), lines)
        self._field = self._field.narrowed(photons, targets)
        self._target_line = torch.from_numpy(np.searchsorted(lines, self._target_line.numpy()[targets]))
        self._target = torch.from_numpy(np.searchsorted(targets, self._target.numpy()[fluorescing]))
        self._fluorescing = torch.from_numpy(np.searchsorted(lines, self._fluorescing.numpy()[fluorescing]))

    def intensities(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Intensities:
        """Return emerging photons per electron over all directions.

        Parameters
        ----------
        fraction
            Atomic fractions, shape (sample, element).
        values
            ``beam_energy`` (eV), ``take_off_angle`` (degrees), ``continuum_scale``, ``continuum_exponent``,
            ``continuum_bend``, ``carbon_coat`` and ``oxide_skin`` (nm), shape (sample,) each.
        """
        self._to(fraction.device)
        x = fraction.double()
        column = {name: values[name].double()[:, None] for name in _READ}
        total = x @ self._weight
        mass = x * self._weight / total[:, None]
        sample = matter(mass, self._z, self._weight, self._potential)
        beam = column["beam_energy"] * 1e-3
        depth = xpp(beam, self._all_edges, self._all_exponents, sample)
        absorption = mass @ self._absorption
        sine = torch.sin(torch.deg2rad(column["take_off_angle"]))
        chi = absorption / sine
        shells, lines = len(self._subshells), len(self.groups)
        emerging = _picked(depth, self._owner).emerging(chi)
        vacancies = _interpolated(self._pure, column["beam_energy"]) * depth.generated[:, :shells]
        vacancies = vacancies * (beam > self._edge)
        generated = vacancies[:, self._subshell_of] * self._share
        mean_z = (mass @ self._z)[:, None]
        bremsstrahlung = (
            continuum.generated(self._node_energy, beam, mean_z, column["continuum_exponent"], column["continuum_bend"])
            * self._node_width
            * column["continuum_scale"]
        )
        photons = torch.cat([generated * mass[:, self.element], bremsstrahlung], dim=1)
        line_out = generated * emerging[:, :lines]
        line_out = self._with_fluorescence(line_out, photons, absorption, chi)
        crossed = sum(column[name] * per_nm for name, per_nm in self._coat_absorption.items())
        passed = torch.exp(-crossed / sine)
        per_atom = (self._weight / total[:, None])[:, self.element]
        return Intensities(
            line_out * passed[:, :lines] * per_atom,
            bremsstrahlung * emerging[:, lines:] * passed[:, lines:],
            self._layers(column, depth),
        )

    def _layers(self, column: Mapping[str, Tensor], depth: DepthDistribution) -> Tensor:
        """Return the photons of the coatings themselves, shape (sample, coating)."""
        layers = [
            column[name]
            * _interpolated(self._coat_vacancies[name][None], column["beam_energy"])
            * depth.surface[:, [shell]]
            * self._share[[line]]
            for name, (shell, line) in self._coat_line.items()
        ]
        return torch.cat(layers, dim=1)

    def _with_fluorescence(self, line_out: Tensor, photons: Tensor, absorption: Tensor, chi: Tensor) -> Tensor:
        vacancies = self._field.vacancies(photons, absorption, chi[:, self._target_line])
        extra = vacancies[:, self._target] * self._share[self._fluorescing]
        return line_out.index_add(1, self._fluorescing, extra)

    def _to(self, device: torch.device) -> None:
        if self._pure.device == device:
            return
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(self, name, value.to(device))
            elif isinstance(value, dict) and all(isinstance(table, Tensor) for table in value.values()):
                setattr(self, name, {key: table.to(device) for key, table in value.items()})
        self._field.to(device)


def _picked(depth: DepthDistribution, owner: Tensor) -> DepthDistribution:
    """Return the distributions of the subshells that `owner` names, one per line."""
    return DepthDistribution(*(getattr(depth, entry.name)[:, owner] for entry in fields(depth)))


def _interpolated(table: Tensor, beam_energy: Tensor) -> Tensor:
    """Return rows of a table over the beam-energy grid at energies (sample, 1): (sample, row)."""
    step = float(_BEAM_GRID[1] - _BEAM_GRID[0])
    position = ((beam_energy[:, 0] - float(_BEAM_GRID[0])) / step).clamp(0, len(_BEAM_GRID) - 1 - _LAST)
    low = position.long()
    share = (position - low)[:, None]
    return table[:, low].T * (1 - share) + table[:, low + 1].T * share


@cache
def matrix_model() -> MatrixModel:
    """Return the model, built once."""
    return MatrixModel()


@lru_cache(maxsize=_NARROWED)
def _narrowed(elements: frozenset[int]) -> MatrixModel:
    return matrix_model().narrowed(elements)


class MatrixMixing:
    """The law between composition and components, each a weighted sum of line groups, continuum nodes and coatings.

    Parameters
    ----------
    weights
        Shape (component, line group + node + coating): how much of each one unit of a component stands for.
    """

    def __init__(self, weights: Floats) -> None:
        self._take(matrix_model(), weights)

    def narrowed(self, components: NDArray[np.intp]) -> "MatrixMixing":
        """Return the law of some of the components, in samples that hold no other elements than theirs."""
        whole = matrix_model()
        weights = self._all_weights[components]
        count = len(whole.groups)
        elements = whole.element.cpu().numpy()
        model = _narrowed(frozenset(elements[(weights[:, :count] > 0).any(axis=0)].tolist()))
        kept = np.isin(elements, model.element.numpy())
        narrow = copy(self)
        narrow._take(model, np.concatenate([weights[:, :count][:, kept], weights[:, count:]], axis=1))
        return narrow

    def _take(self, model: MatrixModel, weights: Floats) -> None:
        self._model, self._all_weights = model, weights
        single = (weights > 0).sum(axis=1) == 1
        self._chosen = torch.from_numpy(weights.argmax(axis=1))
        self._factor = torch.from_numpy(weights.max(axis=1))
        self._sums = torch.from_numpy(np.flatnonzero(~single))
        self._weights = torch.from_numpy(weights[~single])

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return (sample, component) photons per electron, per unit atomic fraction where there is an element."""
        intensities = self._model.intensities(fraction, values)
        joined = torch.cat([intensities.lines, intensities.background, intensities.layers], dim=1)
        device = fraction.device
        yields = joined[:, self._chosen.to(device)] * self._factor.to(device)
        if len(self._sums):
            yields[:, self._sums.to(device)] = joined @ self._weights.T.to(device)
        return yields.to(fraction.dtype)


def node_label(energy: float) -> str:
    """Return the name of a continuum node."""
    return f"continuum {energy:.0f} eV"
