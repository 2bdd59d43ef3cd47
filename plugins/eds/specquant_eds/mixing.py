"""The mixing law of EDS: from composition to line and continuum intensities, by matrix correction.

Generated intensity: ionisations in the pure element (integral of cross section over stopping power) times R/S of the
sample over that of the pure element; absorption by XPP with FFAST coefficients; secondary fluorescence; absorption in a
coating. Everything is vectorised over samples.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Array, Constants, Floats, doubles, indices, like, module_of
from specquant_eds import continuum
from specquant_eds.coating import COATINGS
from specquant_eds.depth import matter, xpp
from specquant_eds.elements import INDEX
from specquant_eds.linegroups import LineGroup, line_groups
from specquant_eds.matrixtables import BEAM_GRID, Tables, tables_of

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

    lines: Array
    background: Array
    layers: Array


class MatrixModel:
    """Intensities of every line group and continuum node, in photons per electron into all directions.

    Parameters
    ----------
    groups
        Line groups.
    nodes
        Continuum nodes, eV, (node,).
    tables
        What is looked up of both.
    """

    def __init__(self, groups: tuple[LineGroup, ...], nodes: Floats, tables: Tables) -> None:
        self.groups, self.nodes = groups, nodes
        self.element = tables.element
        """Index of the element of every group."""
        self._tables = tables

    def narrowed(self, elements: frozenset[int]) -> "MatrixModel":
        """Return the model of samples that hold no other elements than these and those of coatings.

        It has the line groups of these elements only, in their order.
        """
        wanted = list(elements | {INDEX[coating.element] for coating in COATINGS})
        kept = np.flatnonzero(np.isin(self._tables.element, wanted))
        return MatrixModel(tuple(self.groups[line] for line in kept), self.nodes, self._tables.narrowed(kept))

    def intensities(self, fraction: Array, values: Mapping[str, Array]) -> Intensities:
        """Return emerging photons per electron over all directions.

        Parameters
        ----------
        fraction
            Atomic fractions, shape (sample, element).
        values
            ``beam_energy`` (eV), ``take_off_angle`` (degrees), ``continuum_scale``, ``continuum_exponent``,
            ``continuum_bend``, ``carbon_coat`` and ``oxide_skin`` (nm), shape (sample,) each.
        """
        settings = [doubles(values[name])[:, None] for name in _READ]
        return Intensities(*_emerging(self._tables.beside(fraction), doubles(fraction), settings))


def _emerging(tables: Tables, fraction: Array, settings: Sequence[Array]) -> tuple[Array, Array, Array]:
    """Return the parts of `Intensities` for atomic fractions (sample, element) and settings `_READ`, (sample, 1)."""
    of, lines, shells = module_of(fraction), len(tables.element), len(tables.pure)
    column = dict(zip(_READ, settings, strict=True))
    total = fraction @ tables.weight
    mass = fraction * tables.weight / total[:, None]
    beam = column["beam_energy"] * 1e-3
    depth = xpp(beam, tables.edge, tables.exponent, matter(mass, tables.z, tables.weight, tables.potential))
    absorption = mass @ tables.absorption
    sine = of.sin(of.deg2rad(column["take_off_angle"]))
    chi = absorption / sine
    escaping = depth.of(tables.owner).emerging(chi)
    vacancies = _interpolated(tables.pure, column["beam_energy"]) * depth.generated[:, :shells]
    vacancies = vacancies * (beam > tables.edge[:shells])
    generated = vacancies[:, tables.subshell] * tables.share
    bremsstrahlung = _bremsstrahlung(tables, (mass @ tables.z)[:, None], beam, column)
    photons = of.concatenate([generated * mass[:, tables.element], bremsstrahlung], 1)
    line_out = _with_fluorescence(tables, generated * escaping[:, :lines], photons, absorption, chi)
    thickness = of.concatenate([column[coating.name] for coating in COATINGS], 1)
    passed = of.exp(-(thickness @ tables.coat_absorption) / sine)
    per_atom = (tables.weight / total[:, None])[:, tables.element]
    coats = _interpolated(tables.coat_vacancies, column["beam_energy"]) * depth.surface[:, tables.coat_shell]
    return (
        line_out * passed[:, :lines] * per_atom,
        bremsstrahlung * escaping[:, lines:] * passed[:, lines:],
        thickness * coats * tables.share[tables.coat_line],
    )


def _bremsstrahlung(tables: Tables, mean_z: Array, beam: Array, column: Mapping[str, Array]) -> Array:
    """Return what is generated of the continuum at every node, (sample, node)."""
    nodes, exponent, bend = tables.edge[len(tables.pure) :], column["continuum_exponent"], column["continuum_bend"]
    density = continuum.generated(nodes, beam, mean_z, exponent, bend)
    return density * tables.node_width * column["continuum_scale"]


def _with_fluorescence(tables: Tables, line_out: Array, photons: Array, absorption: Array, chi: Array) -> Array:
    """Return photons (sample, group) with those that other photons of the sample add (in place)."""
    vacancies = tables.field.vacancies(photons, absorption, chi[:, tables.target_line])
    line_out[:, tables.fluorescing] += vacancies[:, tables.target] * tables.share[tables.fluorescing]
    return line_out


def _interpolated(table: Array, beam_energy: Array) -> Array:
    """Return rows of a table over the beam-energy grid at energies (sample, 1): (sample, row)."""
    step = float(BEAM_GRID[1] - BEAM_GRID[0])
    position = ((beam_energy[:, 0] - float(BEAM_GRID[0])) / step).clip(0, len(BEAM_GRID) - 1 - _LAST)
    low = indices(position)
    share = (position - low)[:, None]
    return table[:, low].T * (1 - share) + table[:, low + 1].T * share


@cache
def matrix_model() -> MatrixModel:
    """Return the model, built once."""
    groups, nodes = line_groups(), continuum.nodes()
    return MatrixModel(groups, nodes, tables_of(groups, nodes))


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

    arrays = "both"

    def __init__(self, weights: Floats) -> None:
        chosen, single = weights.argmax(axis=1), (weights > 0).sum(axis=1) == 1
        self._take(matrix_model(), chosen, weights.max(axis=1), single, weights[~single])

    def narrowed(self, components: NDArray[np.intp]) -> "MatrixMixing":
        """Return the law of some of the components, in samples that hold no other elements than theirs."""
        whole, constants = matrix_model(), self._constants.beside(self._single)
        count, chosen, single = len(whole.groups), constants["chosen"][components], self._single[components]
        sums = constants["weights"].T[np.isin(constants["sums"], components)]
        lines = np.append(chosen[single], np.flatnonzero(sums.any(axis=0)))
        model = _narrowed(frozenset(whole.element[lines[lines < count]].tolist()))
        kept = np.append(np.isin(whole.element, model.element), np.ones(sums.shape[1] - count, dtype=bool))
        narrow, number = copy(self), np.cumsum(kept) - 1
        narrow._take(model, number[chosen], constants["factor"][components], single, sums[:, kept])
        return narrow

    def _take(
        self, model: MatrixModel, chosen: NDArray[np.intp], factor: Floats, single: NDArray[np.bool_], sums: Floats
    ) -> None:
        """Have components that are one part of the model each, by its index, or `sums` (sum, part) of them."""
        self._model, self._single, self._sums_up = model, single, not single.all()
        self._constants = Constants(
            chosen=chosen, factor=factor, sums=np.flatnonzero(~single), weights=np.ascontiguousarray(sums.T)
        )

    def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:
        """Return (sample, component) photons per electron, per unit atomic fraction where there is an element."""
        intensities = self._model.intensities(fraction, values)
        parts = [intensities.lines, intensities.background, intensities.layers]
        joined, constants = module_of(fraction).concatenate(parts, 1), self._constants.beside(fraction)
        yields = joined[:, constants["chosen"]] * constants["factor"]
        if self._sums_up:
            yields[:, constants["sums"]] = joined @ constants["weights"]
        return like(yields, fraction)


def node_label(energy: float) -> str:
    """Return the name of a continuum node."""
    return f"continuum {energy:.0f} eV"
