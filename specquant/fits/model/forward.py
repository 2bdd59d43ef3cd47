"""A technique's own physics as a function of composition and nuisances, linearised where a fit stands.

The spectrum of a sample is ``response(sum_c g_c y_c(f, p) f_e(c) row_c)`` times a dose: `y` are the yields of the
technique's mixing law, `p` its instrument parameters, `g` factors near one for every family of components. What belongs
to no element and consists of many components (a continuum) gets a smooth factor over energy instead.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.fits.model.backgrounds import ramps, smooth_hats
from specquant.fits.model.basis import Basis
from specquant.fits.model.chemicalshifts import usual_shifts
from specquant.fits.model.families import Families, Family
from specquant.fits.model.linearised import Linearised
from specquant.fits.model.moving import moved
from specquant.fits.model.physics import SETS, Physics, usual_lines
from specquant.fits.model.point import Point
from specquant.library import PureLibrary
from specquant.technique import Floats, InstrumentParameter, Role, Technique

_NUDGE = 1e-3
"""Share of its prior's standard deviation by which a parameter is moved for a derivative: chosen, so that what bends is
a thousandth of a derivative at most, and far above the rounding of double precision; a tenth makes fits stand still."""

_MORE = 0.02
"""Relative growth of an amount for a derivative by the composition at which the mixing law is taken: chosen, small
against what changes the absorption in a sample."""


class ForwardModel:
    """The physics of one technique with one library.

    Parameters
    ----------
    technique
        It gives the law and the response.
    library
        It gives the components; those that contain a response already go through the technique's `distortion`.

    Raises
    ------
    SettingError
        If the technique gives no `fit` settings.
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        if technique.fit is None:
            raise SettingError("technique states no settings of a fit", where=technique.name, wanted="Technique.fit")
        self.technique, self.priors, self.decisions = technique, technique.fit.priors, technique.fit.decisions
        self._physics = Physics(technique, library)
        self._element = self._physics.element
        self.elements = np.unique(self._element[self._element >= 0])
        """Indices of the elements that the library holds."""
        self._of_element = [np.flatnonzero(self._element == element) for element in self.elements]
        nominal = usual_lines(technique, library, bare=False)
        self._nominal = [nominal[components] for components in self._of_element]
        self._families = Families(
            library.components,
            self._element,
            _mean_energy(self._physics.rows.astype(np.float64), technique.axis.centres),
            self.priors.separate,
        )
        self._sorted: dict[bytes, list[Family]] = {}
        self._last: tuple[Point, Sequence[Family], Linearised] | None = None
        self._in_place: tuple[Point, Floats] | None = None
        self._modelled: tuple[Point, Sequence[Family], Floats] | None = None
        self.hats, self.hat_deviation = self._background()
        """Background below all components, (hat, energy), and the standard deviation that each has beforehand, over the
        highest channel: smooth and of any size, or a pedestal where the library has components of no element."""
        self.chemical = usual_shifts(technique) if self.priors.chemical_shifts else np.zeros((0, 2))
        """Usual chemical shift of every element and its standard deviation, eV, (element, 2); empty: there are none."""
        self.parameters: tuple[InstrumentParameter, ...] = tuple(
            parameter for parameter in technique.parameters if parameter.name in self.priors.parameters
        )
        """The instrument parameters that are free."""

    def _background(self) -> tuple[Floats, float]:
        """Return hats (hat, energy) and their standard deviation over the highest channel."""
        size, pedestal = self.technique.axis.size, self.priors.pedestal
        if not self._families.free:
            return smooth_hats(size), np.inf
        return (ramps(size), pedestal) if pedestal else (np.zeros((0, size)), np.inf)

    @property
    def of_sample(self) -> frozenset[str]:
        """Parameters that can differ between samples on one instrument.

        They are those that the technique gives that role (`Role.SAMPLE`), those that the mixing law depends on, and
        thicknesses of layers.
        """
        of_role = {parameter.name for parameter in self.technique.parameters if Role.SAMPLE in parameter.role}
        return self._physics.mixing | frozenset(self.decisions.layers.values()) | of_role

    @property
    def mixes_linearly(self) -> bool:
        """Whether lines of an element do not depend on the others."""
        return self._physics.is_linear

    def families(self, chosen: NDArray[np.intp]) -> list[Family]:
        """Return the families of the chosen elements, in their order, and then of what belongs to none.

        The same elements get the same list, which a model finds its components by.
        """
        key = np.asarray(chosen, dtype=np.intp).tobytes()
        if key not in self._sorted:
            if len(self._sorted) >= SETS:
                self._sorted.clear()
            self._sorted[key] = self._families.of(chosen)
        return self._sorted[key]

    def readable(self, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which channels (energy,) a fit of these elements reads, see `FitDecisions.only_if_listed`."""
        names = {self.technique.elements[element] for element in chosen}
        absent = [energy for symbol, energy in self.decisions.only_if_listed.items() if symbol not in names]
        return np.asarray(self.technique.axis.centres >= max(absent, default=-np.inf))

    def variance(self, counts: Floats) -> Floats:
        """Return the variance of expected counts: that of Poisson's law, and of the model's relative error."""
        return counts + (self.priors.model_error * counts) ** 2

    def prior(self, family: Family) -> float:
        """Return the relative standard deviation of a family's factor."""
        return self.priors.groups.get(family.group, self.priors.other_groups)

    def place(self, family: Family) -> float:
        """Return the standard deviation of a family's place beside its element, eV; 0 where lines do not move."""
        return self.priors.places.get(family.group, (0.0, 0.0))[1] if self.chemical.size else 0.0

    def spectrum(self, point: Point, families: Sequence[Family]) -> Floats:
        """Return the modelled counts (energy,) at a point."""
        if self._modelled is None or self._modelled[0] is not point or self._modelled[1] is not families:
            self._modelled = point, families, self.spectrum_in(point.fraction, point, families)
        return self._modelled[2]

    def spectrum_in(self, matrix: Floats, point: Point, families: Sequence[Family]) -> Floats:
        """Return the counts (energy,) at a point with the mixing law at the composition `matrix`, (element,)."""
        step, (basis, weights) = self.technique.axis.step, self._weights(matrix, point, families)
        seen = moved(self._physics.through(basis.sums(weights, point), [point.values]) * step, point.of_axis / step)
        return np.asarray(seen[0] + point.background @ self.hats)

    def _weights(self, matrix: Floats, point: Point, families: Sequence[Family]) -> tuple[Basis, Floats]:
        """Return the components of families, and how much there is of each, (1, used), the law at `matrix`."""
        basis = self._physics.basis(families)
        photons = self._physics.photons(basis, point.atoms, point.actual.sum(), matrix[None], [point.values])
        return basis, photons * (point.factors @ basis.weights)

    def _changed(self, point: Point, basis: Basis, weights: Floats, changes: Floats) -> Floats:
        """Return what changes (row, energy) of bare lines, of which there is so much (1, used), do to counts."""
        (bare,), step = basis.sums(weights, point), self.technique.axis.step
        rows = self._physics.linearised(bare, changes, point.values, {})[1]
        return moved(rows * step, point.of_axis / step)

    def lines(self, point: Point, elements: NDArray[np.intp], further: float = 0.0) -> Floats:
        """Return the counts (element, energy) of elements as they would be at a fraction of one, in this matrix.

        They are those of the nominal instrument, moved `further` eV beyond the axis's shift: good enough to look for
        them, and quick.
        """
        if self._in_place is None or self._in_place[0] is not point:
            self._in_place = point, self._lines_in_place(point)
        rows = self._in_place[1][np.searchsorted(self.elements, elements)]
        return moved(rows, (point.shift + further) / self.technique.axis.step)

    def _lines_in_place(self, point: Point) -> Floats:
        """Return the counts (element, energy) of all elements of the library at a fraction of one, without any shift.

        By the linear law they are in proportion to the dose, whatever the composition.
        """
        dose = point.actual.sum() * self.technique.axis.step
        lines = self._linear_lines if self.mixes_linearly else self._lines_of_one(point.fraction, point.values)
        return np.asarray(dose * lines)

    @cached_property
    def _linear_lines(self) -> Floats:
        return self._lines_of_one(np.zeros(len(self.technique.elements)), self.technique.defaults())

    def _lines_of_one(self, fraction: Floats, values: Mapping[str, float]) -> Floats:
        """Return the lines (element, energy) of one atom of each element in samples of a composition (element,)."""
        photons = self._physics.yields(fraction, values).astype(np.float32)
        pairs = zip(self._of_element, self._nominal, strict=True)
        return np.array([photons[components] @ lines for components, lines in pairs], dtype=np.float64)

    def at(self, point: Point, families: Sequence[Family]) -> Linearised:
        """Return the model at a point, with its derivatives."""
        if self._last is None or self._last[0] is not point or self._last[1] is not families:
            self._last = point, families, self._linearised(point, families)
        return self._last[2]

    def by_element(self, point: Point, families: Sequence[Family], elements: NDArray[np.intp]) -> Floats:
        """Return the counts (element, energy) of some elements at a point, all lines of each together."""
        basis, weights = self._weights(point.fraction, point, families)
        of_each = np.asarray(weights * (basis.element == elements[:, None]), dtype=self._physics.precision)
        return self._changed(point, basis, weights, basis.sums(of_each, point))

    def _linearised(self, point: Point, families: Sequence[Family]) -> Linearised:
        """Return the model at a point, with its derivatives.

        What families, places, and parameters and amounts of the mixing law do to bare lines goes through the response
        together; what parameters do to the response is added.
        """
        physics, step, values = self._physics, self.technique.axis.step, point.values
        basis, nudges, nearby = physics.basis(families), self._nudges(values), self._nearby(point, families)
        of_mixing = [name for name in nudges if name in physics.mixing]
        of_response = {name: nudge for name, nudge in nudges.items() if name not in physics.mixing - physics.responding}
        more = np.array([_MORE] * len(nearby) + [nudges[name] - values[name] for name in of_mixing])
        settings = [values] * (1 + len(nearby)) + [{**values, name: nudges[name]} for name in of_mixing]
        matrices = np.vstack([point.fraction, nearby, np.repeat(point.fraction[None], len(of_mixing), axis=0)])
        photons = physics.photons(basis, point.atoms, point.actual.sum(), matrices, settings)
        scaled = basis.weights * point.factors[:, None]
        strengths, of_families = scaled.sum(axis=0), scaled * photons[0]
        grown = strengths * (photons[1:] - photons[0]) / more[:, None]
        (bare,) = basis.sums(strengths * photons[:1], point)
        weights = np.asarray(np.concatenate([of_families, grown]), dtype=physics.precision)
        changes, steep = basis.sums(weights, point), self._slopes(point, basis, of_families)
        states = self._states(point, basis, strengths * photons[0])
        changes = np.concatenate([changes, steep, states])
        spectrum, rows, slopes = physics.linearised(bare, changes, values, of_response)
        kinds = np.cumsum([len(families), len(nearby), len(of_mixing), len(steep)])
        alone, mixing, parameters, places, second = np.split(rows, kinds)
        by_name = dict.fromkeys(nudges, np.zeros(bare.size))
        for names, derivatives in ((of_mixing, parameters), (of_response, slopes)):
            by_name |= {name: by_name[name] + row for name, row in zip(names, derivatives, strict=True)}
        rows = np.vstack([alone, spectrum, mixing, *by_name.values()]) * step
        shifted, count = moved(rows, point.of_axis / step), len(families)
        return Linearised(
            spectrum=shifted[count] + point.background @ self.hats,
            families=shifted[:count],
            places=places * step,
            parameters=shifted[count + 1 + len(mixing) :],
            shift=places.sum(axis=0) * step if len(places) else _slopes_of(shifted[count], step),
            background=self.hats,
            second=second * step,
            mixing=shifted[count + 1 : count + 1 + len(mixing)],
        )

    def _slopes(self, point: Point, basis: Basis, weights: Floats) -> Floats:
        """Return the derivatives (family, energy) of bare lines by the place of each family, 1/eV; none if none moves.

        `weights` (family, used) is how much of each component there is in each.
        """
        if not point.chemical.size:
            return np.zeros((0, self.technique.axis.size), dtype=np.float32)
        return np.asarray(weights, dtype=self._physics.precision) @ basis.slopes(point)

    def _states(self, point: Point, basis: Basis, weights: Floats) -> Floats:
        """Return the derivatives of bare lines by the share of each second state, and then by the place of each, 1/eV.

        Shape (2 x split, energy); `weights` (used,) is how much there is of each component.
        """
        there = np.unique(basis.element[basis.element >= 0])
        split = [(int(element), *point.second[element]) for element in there[point.split(there)]]
        by_share = [basis.split(point, element, weights, np.array([further]))[0] for element, _, further in split]
        by_place = [share * basis.steep(point, element, weights, further) for element, share, further in split]
        rows = np.array([*by_share, *by_place], dtype=self._physics.precision)
        return np.asarray(rows.reshape(-1, self.technique.axis.size))

    def split(self, point: Point, families: Sequence[Family], elements: NDArray[np.intp], further: Floats) -> Floats:
        """Return how counts change if all lines of one of some elements are moved by some eV, (distance,).

        None of them has a second state. Shape (element, distance, energy).
        """
        basis, weights = self._weights(point.fraction, point, families)
        changes = [basis.split(point, element, weights[0], further) for element in elements.tolist()]
        return self._changed(point, basis, weights, np.concatenate(changes)).reshape(len(changes), further.size, -1)

    def _nearby(self, point: Point, families: Sequence[Family]) -> Floats:
        """Return compositions (matrix, element) with more of each element that has families; none by a linear law."""
        chosen = [] if self.mixes_linearly else list(dict.fromkeys(f.element for f in families if f.element >= 0))
        atoms = np.repeat(point.atoms[None], len(chosen), axis=0)
        atoms[np.arange(len(chosen)), chosen] *= 1.0 + _MORE
        if point.fixed is not None:
            atoms = np.array([point.fixed.actual(each) for each in atoms]).reshape(atoms.shape)
        return np.asarray(atoms / np.maximum(atoms.sum(axis=1, keepdims=True), 1e-300))

    def _nudges(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return each free parameter moved by a share of its prior, inside its range.

        It is a share of its value, where that is less, and the range has no 0: small values matter by their ratios.
        """
        nudges = {}
        for parameter in self.parameters:
            value, deviation = values[parameter.name], self.priors.parameters[parameter.name]
            step = _NUDGE * (min(deviation, value) if parameter.low > 0.0 else deviation)
            nudges[parameter.name] = value + step if value + step <= parameter.high else value - step
        return nudges


def _slopes_of(row: Floats, step: float) -> Floats:
    """Return the derivative of a spectrum (energy,) by how far it is moved up, eV, by five-point differences."""
    wide = np.pad(row, 2, mode="edge")
    return np.asarray((8.0 * (wide[1:-3] - wide[3:-1]) - (wide[:-4] - wide[4:])) / (12.0 * step))


def _mean_energy(rows: NDArray[np.float32], energy: Floats) -> Floats:
    return np.asarray((rows @ energy) / np.maximum(rows.sum(axis=1), 1e-30))
