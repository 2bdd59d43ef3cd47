"""The unknowns of a fit of chosen elements: what they are, how they are scaled, how far a step may move them.

A step is a vector, of which every kind of unknown has a part (`Layout`). Its entries are

- amounts: changes of the logarithm of the amount of each chosen element;
- factors: changes of the logarithm of the factor of each family that has one of its own: what a factor gains and an
  amount loses changes nothing, however far a step goes;
- parameters, chemical shifts, displaced families, shares and places of second states, and the shift of the axis:
  changes in standard deviations of their priors, of parameters with a scale (`FitPriors.scales`) along that;
- background: changes of each hat, in counts of the highest channel.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.layout import Layout
from specquant.fits.model.linearised import Linearised
from specquant.fits.model.point import Point
from specquant.fits.model.scales import Scales
from specquant.technique import Floats

_FROZEN = 1e-6
"""Share of its standard deviation that the thickness of a layer keeps while its element is fitted in the bulk: as good
as fixed, without dividing by zero."""


class Unknowns:
    """What is free in a fit of chosen elements.

    Parameters
    ----------
    model
        The physics.
    chosen
        Indices of the elements, ascending, (chosen,).
    top
        Counts of the highest channel.
    split
        Which of them have a second chemical state, (chosen,); None: none has.

    Attributes
    ----------
    families
        Families of the model, in the order of `Point.factors`.
    members
        Indices of the families of each chosen element.
    scaled
        Indices of the families that have a factor of their own. An element's only family has none: a fit cannot
        separate it from the amount, and its prior goes into the covariance instead. Nor has one that does not scatter.
    displaced
        Indices of the families that have a place of their own beside the shift of their element.
    places
        Standard deviation of the place of each of them, eV.
    top
        Counts of the highest channel.
    frozen
        Parameters that are thicknesses of layers of chosen elements: they keep their stated values.
    deviations
        Standard deviation of every free parameter, (parameter,).
    split
        Indices of the chosen elements that have a second chemical state, (split,).
    second
        What is usual of a second state, and its standard deviation, (2, 2): of its share, of how far above the first
        it is, eV.
    usual
        Usual chemical shift of every chosen element, eV, (chosen,); empty where there are none.
    spread
        Its standard deviation, eV, (chosen,); empty where there are none.
    lowest
        Low ends of the ranges of those shifts, eV, (chosen,), which no step leaves; empty where there are none.
    highest
        Their high ends, eV, (chosen,); empty where there are none.
    """

    def __init__(
        self, model: ForwardModel, chosen: NDArray[np.intp], top: float, split: NDArray[np.bool_] | None = None
    ) -> None:
        self.model, self.chosen, self.top = model, chosen, top
        self._at: tuple[Point, Floats] | None = None
        self._strong: tuple[Point, Floats] | None = None
        self.families = model.families(chosen)
        self.members = [
            [index for index, family in enumerate(self.families) if family.element == element] for element in chosen
        ]
        single = {indices[0] for indices in self.members if len(indices) == 1}
        scatters = [model.prior(family) > 0.0 for family in self.families]
        self.scaled = [index for index, one in enumerate(scatters) if one and index not in single]
        places = np.array([model.place(family) for family in self.families])
        self.displaced = np.flatnonzero(places)
        self.places = places[self.displaced]
        self.split = np.zeros(0, dtype=np.intp) if split is None else np.flatnonzero(split)
        self.second = np.array(model.priors.second_state[1:]) if model.priors.second_state else np.zeros((2, 2))
        layers = model.decisions.layers
        symbols = [model.technique.elements[element] for element in chosen]
        self.frozen = {layers[symbol] for symbol in symbols if symbol in layers}
        priors = model.priors.parameters
        self.deviations = np.array(
            [priors[p.name] * (_FROZEN if p.name in self.frozen else 1.0) for p in model.parameters]
        )
        self.usual, self.spread = model.chemical[chosen].T if model.chemical.size else np.zeros((2, 0))
        self.lowest, self.highest = model.technique.shift_ranges[chosen].T if self.usual.size else np.zeros((2, 0))
        self.layout = Layout.of(
            [
                len(chosen),
                len(self.scaled),
                len(model.parameters),
                self.usual.size,
                self.displaced.size,
                self.split.size,
                self.split.size,
                1,
                len(model.hats),
            ]
        )

    def strengths(self, point: Point) -> Floats:
        """Return how strong each family is, but for the mixing law: atoms, or the dose, times its factor."""
        if self._strong is None or self._strong[0] is not point:
            amounts = np.append(point.atoms, point.actual.sum())[self._owner]
            self._strong = point, np.maximum(amounts * point.factors, 1e-300)
        return self._strong[1]

    def parameters(self, point: Point) -> Floats:
        """Return the values of the free parameters."""
        return np.array([point.values[name] for name in self._names])

    def slopes(self, point: Point) -> Floats:
        """Return how steep the scales of the free parameters are at their values, (parameter,)."""
        if self._at is None or self._at[0] is not point:
            self._at = point, self.scales.slopes(self.parameters(point))
        return self._at[1]

    def in_range(self, shifts: Floats) -> Floats:
        """Return chemical shifts (chosen,) at the nearest end of their ranges where they lie beyond."""
        return np.clip(shifts, self.lowest, self.highest)

    def with_shifts_in_range(self, point: Point) -> Point:
        """Return a point with the chemical shifts of the chosen elements in their ranges; the same one if they are."""
        if not self.usual.size:
            return point
        chemical = point.chemical.copy()
        chemical[self.chosen] = self.in_range(chemical[self.chosen])
        return point if np.array_equal(chemical, point.chemical) else replace(point, chemical=chemical)

    def chemical_away(self, point: Point) -> Floats:
        """Return how far chemical shifts of the chosen elements are from the usual ones, in deviations."""
        chemical = point.chemical[self.chosen] if self.usual.size else self.usual
        return np.asarray((chemical - self.usual) / self.spread)

    def displaced_away(self, point: Point) -> Floats:
        """Return how far families with places of their own are from the usual ones, in deviations."""
        return np.asarray(point.displaced[self.displaced] / self.places)

    def second_away(self, point: Point) -> Floats:
        """Return how far shares and places of second states are from the usual ones, in deviations, (2, split)."""
        if not self.split.size:
            return np.zeros((2, 0))
        usual, deviation = self.second.T[:, :, None]
        return np.asarray((point.second[self.chosen[self.split]].T - usual) / deviation)

    def columns(self, point: Point, linear: Linearised, seen: slice | NDArray[np.intp]) -> Floats:
        """Return the derivatives of the counts at a point by the entries of a step, (unknown, channel seen)."""
        as_they_are = np.ones(len(self.families)), np.ones(len(self._names))
        return np.asarray(self.mixture(point, *as_they_are) @ self.rows(linear, seen))

    def rows(self, linear: Linearised, seen: slice | NDArray[np.intp]) -> Floats:
        """Return what `columns` are made of, (row, channel seen).

        They are derivatives by the strength of each family, by the place of each (if lines move), by each parameter, by
        the shift of the axis, by each hat, by share and place of each second state, and by the amount that the mixing
        law takes of each element.
        """
        others = (linear.parameters, linear.shift[None], linear.background, linear.second, linear.mixing)
        return np.asarray(np.vstack([linear.families, linear.places, *others])[:, seen])

    def rows_of(self, kept: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the indices of `rows` without families (family,) that are not kept."""
        others = np.ones(len(self.model.parameters) + 1 + len(self.model.hats), dtype=bool)
        elements = np.array([kept[of[0]] for of in self.members], dtype=bool)
        second = elements[self.split]
        return np.flatnonzero(np.concatenate([*[kept] * self.parts, others, second, second, elements[: self.mixed]]))

    def mixture(self, point: Point, grown: Floats, steeper: Floats) -> Floats:
        """Return how much of each of the `rows` is in each of the `columns` at a point, (unknown, row).

        Families (family,) have grown by these factors since the rows were taken, and scales of parameters (parameter,)
        are as much steeper. The mixing law stays as it is.
        """
        mixture = self.of_lines(grown, steeper)
        if self._of_none.size:
            mixture[self.layout.amounts, self._of_none] += np.outer(point.doses[self.chosen], grown[self._of_none])
        return mixture

    def of_lines(self, grown: Floats, steeper: Floats) -> Floats:
        """Return the `mixture` in which amounts change nothing but lines of their elements, (unknown, row)."""
        others = np.ones(1 + len(self.model.hats))
        second = np.array([grown[self.members[index][0]] for index in self.split])
        scale = np.concatenate([*[grown] * self.parts, steeper, others, second, second, np.ones(self.mixed)])
        return np.asarray(self._mixture * scale)

    @property
    def mixed(self) -> int:
        """Number of the last of the `rows`: elements of which the mixing law takes the amount; 0 where it is linear."""
        return 0 if self.model.mixes_linearly else len(self.chosen)

    @property
    def parts(self) -> int:
        """Rows of every family: its strength, and its place if lines move."""
        return 2 if self.usual.size else 1

    @cached_property
    def _owner(self) -> NDArray[np.intp]:
        """Index of the element of every family, -1 for those of none, (family,)."""
        return np.array([family.element for family in self.families], dtype=np.intp)

    @cached_property
    def _of_none(self) -> NDArray[np.intp]:
        return np.flatnonzero(self._owner < 0)

    @cached_property
    def _names(self) -> list[str]:
        return [parameter.name for parameter in self.model.parameters]

    @cached_property
    def scales(self) -> Scales:
        """The scales on which parameters are moved."""
        return Scales(self._names, self.model.priors.scales)

    @cached_property
    def ranges(self) -> Floats:
        """Low and high ends of the ranges of the free parameters, (2, parameter)."""
        ends = [(parameter.low, parameter.high) for parameter in self.model.parameters]
        return np.array(ends, dtype=np.float64).reshape(-1, 2).T

    @cached_property
    def _mixture(self) -> Floats:
        layout, count, parameters = self.layout, len(self.families), len(self.model.parameters)
        first = self.parts * count
        of_background = slice(first + parameters + 1, first + parameters + 1 + len(self.model.hats))
        of_second = slice(of_background.stop, of_background.stop + 2 * self.split.size)
        mixture = np.zeros((layout.size, of_second.stop + self.mixed))
        for index, members in enumerate(self.members):
            mixture[layout.amounts.start + index, members] = 1.0
            if self.usual.size:
                mixture[layout.chemical.start + index, count + np.array(members)] = self.spread[index]
        mixture[np.arange(layout.factors.start, layout.factors.stop), self.scaled] = 1.0
        mixture[np.arange(layout.displaced.start, layout.displaced.stop), count + self.displaced] = self.places
        mixture[layout.second, of_second] = np.diag(self.second[:, 1].repeat(self.split.size))
        mixture[layout.parameters, first : first + parameters] = np.diag(self.deviations)
        mixture[layout.shift, first + parameters] = self.model.priors.axis_shift
        mixture[layout.background, of_background] = self.top * np.eye(len(self.model.hats))
        return mixture

    def after(self, point: Point, step: Floats) -> Point:
        """Return the point that a step leads to."""
        layout = self.layout
        atoms, factors, chemical = point.atoms.copy(), point.factors.copy(), point.chemical.copy()
        atoms[self.chosen] *= np.exp(step[layout.amounts])
        factors[self.scaled] *= np.exp(step[layout.factors])
        if self.usual.size:
            chemical[self.chosen] = self.in_range(chemical[self.chosen] + step[layout.chemical] * self.spread)
        displaced = point.displaced.copy()
        displaced[self.displaced] += step[layout.displaced] * self.places
        second = point.second
        if self.split.size:
            second, changed = second.copy(), step[layout.second].reshape(2, -1)
            second[self.chosen[self.split]] += (changed * self.second[:, 1:]).T
        far = step[layout.parameters] * self.deviations * self.slopes(point)
        moved = self.scales.back(self.scales.of(self.parameters(point)) + far)
        values = dict(zip(self._names, np.clip(moved, *self.ranges).tolist(), strict=True))
        return replace(
            point,
            atoms=np.maximum(atoms, 0.0),
            factors=factors,
            values={**point.values, **values},
            shift=point.shift + float(step[layout.shift][0]) * self.model.priors.axis_shift,
            background=point.background + self.top * step[layout.background],
            chemical=chemical,
            displaced=displaced,
            second=second,
        )
