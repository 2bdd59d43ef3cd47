"""The mixing law of EDS: from composition to line and continuum intensities, by matrix correction.

Generated intensity: ionisations in the pure element (integral of cross section over stopping power) times R/S of the
sample over that of the pure element; absorption by XPP with FFAST coefficients; secondary fluorescence; absorption in a
coating. Everything is vectorised over samples in torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import torch
from torch import Tensor

from specquant.technique import Floats
from specquant_eds import continuum
from specquant_eds.absorption import absorption_matrix
from specquant_eds.coating import AVOGADRO, COATINGS, absorption_per_nm, vacancies_per_nm
from specquant_eds.depth import DepthDistribution, Matter, matter, overvoltage_exponent, stopping_factor, xpp
from specquant_eds.elements import ELEMENTS, NUMBERS, PLACE, atomic_weights
from specquant_eds.fluorescence import PhotonField, excitable
from specquant_eds.ionisation import ionisations, mean_ionisation_potential
from specquant_eds.linegroups import LineGroup, line_groups, places
from specquant_eds.lines import ELECTRONS, Subshell, edge_energy

_BEAM_GRID = np.arange(4_000.0, 30_500.0, 500.0)
"""Beam energies (eV) at which the pure elements are integrated; between them the correction is interpolated."""


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
        self.element = torch.from_numpy(places(self.groups))
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
        self._build()

    def _build(self) -> None:
        z = np.array(NUMBERS, dtype=np.float64)
        weights = atomic_weights()
        self._z, self._weight = torch.from_numpy(z), torch.from_numpy(weights)
        self._potential = torch.from_numpy(mean_ionisation_potential(z))
        energy = np.array([group.energy for group in self.groups])
        photons = np.concatenate([energy, self.nodes])
        self._absorption = torch.from_numpy(absorption_matrix(photons))
        edges = np.array([subshell.edge for _, subshell in self._subshells])
        self._edge = torch.from_numpy(edges * 1e-3)
        exponents = [overvoltage_exponent(subshell.shell, subshell.z) for _, subshell in self._subshells]
        self._exponent = torch.tensor(exponents, dtype=torch.float64)
        self._node_energy = torch.from_numpy(self.nodes * 1e-3)
        self._node_width = torch.from_numpy(continuum.widths(self.nodes) * 1e-3)
        node_exponent = overvoltage_exponent("K", 30)
        self._all_edges = torch.cat([self._edge, self._node_energy])
        self._all_exponents = torch.cat([self._exponent, torch.full_like(self._node_energy, node_exponent)])
        continuum_of = len(self._subshells) + torch.arange(len(self.nodes))
        self._owner = torch.cat([self._subshell_of, continuum_of])
        self._share = torch.tensor([group.share for group in self.groups], dtype=torch.float64)
        self._pure = torch.from_numpy(self._vacancy_table())
        excited = [number for number, (_, subshell) in enumerate(self._subshells) if excitable(subshell)]
        slot = {number: place for place, number in enumerate(excited)}
        fluorescing = [place for place, number in enumerate(self._subshell_of.tolist()) if number in slot]
        self._fluorescing = torch.tensor(fluorescing)
        self._target = torch.tensor([slot[int(self._subshell_of[place])] for place in fluorescing])
        main = [self._subshell_of.tolist().index(number) for number in excited]
        self._target_line = torch.tensor(main)
        self._field = PhotonField(photons, [self._subshells[number] for number in excited])
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
            place, number = PLACE[symbol], subshell.z
            beam = np.maximum(_BEAM_GRID, subshell.edge * 1.02)
            weight = float(self._weight[place])
            integral = np.zeros_like(beam)
            for name, reach in subshell.vacancies:
                edge = edge_energy(number, name)
                integral += reach * ionisations(beam, edge, ELECTRONS[name], number, weight)
            energy = torch.from_numpy(beam * 1e-3)[:, None]
            pure = self._pure_matter(place, len(beam))
            edge_kev = self._edge[row : row + 1]
            overvoltage = (energy / edge_kev).clamp_min(1.01)
            factor = stopping_factor(overvoltage, energy / pure.potential, self._exponent[row : row + 1], pure)
            table[row] = AVOGADRO / weight * integral / factor[:, 0].numpy()
        return table

    def _pure_matter(self, place: int, count: int) -> Matter:
        fraction = torch.zeros((count, len(ELEMENTS)), dtype=torch.float64)
        fraction[:, place] = 1.0
        return matter(fraction, self._z, self._weight, self._potential)

    def intensities(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Intensities:
        """Return emerging photons per electron over all directions.

        Parameters
        ----------
        fraction
            Atomic fractions, shape (sample, element).
        values
            ``beam_energy`` (eV), ``take_off_angle`` (degrees), ``continuum_scale``, ``continuum_exponent``,
            ``carbon_coat`` and ``oxide_skin`` (nm), shape (sample,) each.
        """
        self._to(fraction.device)
        x = fraction.double()
        column = {name: value.double()[:, None] for name, value in values.items()}
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
        made = vacancies[:, self._subshell_of] * self._share
        mean_z = (mass @ self._z)[:, None]
        bremsstrahlung = (
            continuum.generated(self._node_energy, beam, mean_z, column["continuum_exponent"])
            * self._node_width
            * column["continuum_scale"]
        )
        photons = torch.cat([made * mass[:, self.element], bremsstrahlung], dim=1)
        line_out = made * emerging[:, :lines]
        line_out = self._with_fluorescence(line_out, photons, absorption, chi)
        crossed = sum(column[name] * per_nm for name, per_nm in self._coat_absorption.items())
        passed = torch.exp(-crossed / sine)
        per_atom = (self._weight / total[:, None])[:, self.element]
        layers = [
            column[name]
            * _interpolated(self._coat_vacancies[name][None], column["beam_energy"])
            * depth.surface[:, [shell]]
            * self._share[[line]]
            for name, (shell, line) in self._coat_line.items()
        ]
        return Intensities(
            line_out * passed[:, :lines] * per_atom,
            bremsstrahlung * emerging[:, lines:] * passed[:, lines:],
            torch.cat(layers, dim=1),
        )

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
            elif isinstance(value, dict) and all(isinstance(held, Tensor) for held in value.values()):
                setattr(self, name, {key: held.to(device) for key, held in value.items()})
        self._field.to(device)


def _picked(depth: DepthDistribution, owner: Tensor) -> DepthDistribution:
    """Return the distributions of the subshells that `owner` names, one per line."""
    return DepthDistribution(*(getattr(depth, entry.name)[:, owner] for entry in fields(depth)))


def _interpolated(table: Tensor, beam_energy: Tensor) -> Tensor:
    """Return rows of a table over the beam-energy grid at energies (sample, 1): (sample, row)."""
    step = float(_BEAM_GRID[1] - _BEAM_GRID[0])
    place = ((beam_energy[:, 0] - float(_BEAM_GRID[0])) / step).clamp(0, len(_BEAM_GRID) - 1.000001)
    low = place.long()
    share = (place - low)[:, None]
    return table[:, low].T * (1 - share) + table[:, low + 1].T * share


@cache
def matrix_model() -> MatrixModel:
    """Return the model, built once."""
    return MatrixModel()


class MatrixMixing:
    """The law between composition and components, each a weighted sum of line groups, continuum nodes and coatings.

    Parameters
    ----------
    weights
        Shape (component, line group + node + coating): how much of each one unit of a component stands for.
    """

    def __init__(self, weights: Floats) -> None:
        self._model = matrix_model()
        single = (weights > 0).sum(axis=1) == 1
        self._chosen = torch.from_numpy(weights.argmax(axis=1))
        self._factor = torch.from_numpy(weights.max(axis=1))
        self._sums = torch.from_numpy(np.flatnonzero(~single))
        self._weights = torch.from_numpy(weights[~single])

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return (sample, component) photons per electron, per unit atomic fraction where there is an element."""
        found = self._model.intensities(fraction, values)
        joined = torch.cat([found.lines, found.background, found.layers], dim=1)
        device = fraction.device
        yields = joined[:, self._chosen.to(device)] * self._factor.to(device)
        if len(self._sums):
            yields[:, self._sums.to(device)] = joined @ self._weights.T.to(device)
        return yields.to(fraction.dtype)


def node_label(energy: float) -> str:
    """Return the name of a continuum node."""
    return f"continuum {energy:.0f} eV"
