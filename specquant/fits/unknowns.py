"""The unknowns of a fit of chosen elements: what they are, how they are scaled, how far a step may move them.

A step is a vector, of which every kind of unknown has a part (`Layout`). Its entries are

- amounts: relative changes of the amount of each chosen element;
- factors: relative changes of the factor of each family that has one of its own;
- parameters, chemical shifts and the shift of the axis: changes in standard deviations of their priors;
- background: changes of each hat, in counts of the highest channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.forward import ForwardModel, Linearised, Point
from specquant.technique import Floats

_LOWEST_FACTOR, _HIGHEST_FACTOR = 0.1, 5.0
"""Range of a family's factor: chosen, wider than any error of a line's strength that a technique states."""

_LEAST_FACTOR_STEP, _MOST_FACTOR_STEP = -0.5, 1.0
"""Relative change of a factor in one step, to half or to twice: chosen, as far as a linearised model can be trusted."""

_LEAST_AMOUNT_STEP = -0.9
"""Relative change of an amount in one step: it falls to no less than a tenth, so that it may come back."""

_LONGEST_STEP = 3.0
"""Every other change in one step, in its own unit: chosen, no further than a prior makes likely at all."""

_FARTHEST = 1.5
"""Change of a chemical shift in one step, eV: chosen, below the width of a line, beyond which a slope says nothing."""

_BEYOND = 2.0
"""Standard deviations from what is usual up to which steps carry a chemical shift; a start may lie beyond."""

_FROZEN = 1e-6
"""Share of its standard deviation that the thickness of a layer keeps while its element is fitted in the bulk: as good
as fixed, without dividing by zero."""


@dataclass(frozen=True)
class Layout:
    """Where in a step every kind of unknown stands, in this order."""

    amounts: slice
    factors: slice
    parameters: slice
    chemical: slice
    shift: slice
    background: slice

    @staticmethod
    def of(sizes: Sequence[int]) -> "Layout":
        """Return the layout of these many unknowns of each kind."""
        ends = np.cumsum(sizes).tolist()
        return Layout(*(slice(end - size, end) for size, end in zip(sizes, ends, strict=True)))

    @property
    def size(self) -> int:
        """Number of all unknowns."""
        return int(self.background.stop)


class Unknowns:
    """What is free in a fit of chosen elements.

    Parameters
    ----------
    model
        The physics.
    chosen
        Indices of the elements, ascending.
    top
        Counts of the highest channel.

    Attributes
    ----------
    families
        Families of the model, in the order of `Point.factors`.
    members
        Indices of the families of each chosen element.
    scaled
        Indices of the families that have a factor of their own. An element's only family has none: a fit cannot
        separate it from the amount, and its prior goes into the covariance instead.
    frozen
        Parameters that are thicknesses of layers of chosen elements: they keep their stated values.
    deviations
        Standard deviation of every free parameter, (parameter,).
    usual, spread
        Usual chemical shift of every chosen element and its standard deviation, eV; empty where there are none.
    """

    def __init__(self, model: ForwardModel, chosen: NDArray[np.intp], top: float) -> None:
        self.model, self.chosen, self._top = model, chosen, top
        self.families = model.families(chosen)
        self.members = [
            [index for index, family in enumerate(self.families) if family.element == element] for element in chosen
        ]
        single = {indices[0] for indices in self.members if len(indices) == 1}
        self.scaled = [index for index in range(len(self.families)) if index not in single]
        layers = model.decisions.layers
        symbols = [model.technique.elements[element] for element in chosen]
        self.frozen = {layers[symbol] for symbol in symbols if symbol in layers}
        priors = model.priors.parameters
        self.deviations = np.array(
            [priors[p.name] * (_FROZEN if p.name in self.frozen else 1.0) for p in model.parameters]
        )
        self.usual, self.spread = model.chemical[chosen].T if model.chemical.size else np.zeros((2, 0))
        self.layout = Layout.of(
            [len(chosen), len(self.scaled), len(model.parameters), self.usual.size, 1, len(model.hats)]
        )

    def strengths(self, point: Point) -> Floats:
        """Return how strong each family is, but for the mixing law: atoms, or the dose, times its factor."""
        amounts = np.append(point.atoms, point.actual.sum())[[family.element for family in self.families]]
        return np.asarray(np.maximum(amounts * point.factors, 1e-300))

    def parameters(self, point: Point) -> Floats:
        """Return the values of the free parameters."""
        return np.array([point.values[parameter.name] for parameter in self.model.parameters])

    def columns(self, point: Point, linear: Linearised, seen: NDArray[np.intp]) -> Floats:
        """Return the derivatives of the counts at a point by the entries of a step, (unknown, channel seen)."""
        of_none = linear.families[[family.element < 0 for family in self.families]].sum(axis=0)
        rows = np.vstack(
            [
                self.lines(linear) + np.outer(point.doses[self.chosen], of_none),
                linear.families[self.scaled],
                linear.parameters * self.deviations[:, None],
                self._chemical_columns(linear),
                linear.shift[None] * self.model.priors.axis_shift,
                self._top * linear.background,
            ]
        )
        return rows[:, seen[0] : seen[-1] + 1] if seen.size and np.ptp(seen) < seen.size else rows[:, seen]

    def lines(self, linear: Linearised) -> Floats:
        """Return the counts of the lines of every chosen element, (chosen, energy)."""
        return np.array([linear.families[indices].sum(axis=0) for indices in self.members])

    def _chemical_columns(self, linear: Linearised) -> Floats:
        if not self.usual.size:
            return np.zeros((0, linear.spectrum.size))
        lines = self.lines(linear)
        return np.asarray(-np.gradient(lines, self.model.technique.axis.step, axis=1) * self.spread[:, None])

    def bounds(self, point: Point) -> tuple[Floats, Floats]:
        """Return the least and the most of every entry of a step from a point."""
        layout = self.layout
        low, high = np.full(layout.size, -_LONGEST_STEP), np.full(layout.size, _LONGEST_STEP)
        low[layout.amounts] = _LEAST_AMOUNT_STEP
        factors = point.factors[self.scaled]
        low[layout.factors] = np.maximum(_LOWEST_FACTOR / factors - 1.0, _LEAST_FACTOR_STEP)
        high[layout.factors] = np.minimum(_HIGHEST_FACTOR / factors - 1.0, _MOST_FACTOR_STEP)
        values, ranges = self.parameters(point), np.array([(p.low, p.high) for p in self.model.parameters])
        lowest, highest = ranges.reshape(-1, 2).T
        low[layout.parameters] = np.maximum((lowest - values) / self.deviations, -_LONGEST_STEP)
        high[layout.parameters] = np.minimum((highest - values) / self.deviations, _LONGEST_STEP)
        if self.usual.size:
            away = (point.chemical[self.chosen] - self.usual) / self.spread
            low[layout.chemical] = np.maximum(-_FARTHEST / self.spread, np.minimum(-_BEYOND - away, 0.0))
            high[layout.chemical] = np.minimum(_FARTHEST / self.spread, np.maximum(_BEYOND - away, 0.0))
        low[layout.background] = -point.background / self._top
        return low, np.maximum(high, low + 1e-9)

    def after(self, point: Point, step: Floats) -> Point:
        """Return the point that a step leads to."""
        layout = self.layout
        atoms, factors, chemical = point.atoms.copy(), point.factors.copy(), point.chemical.copy()
        atoms[self.chosen] *= 1.0 + step[layout.amounts]
        factors[self.scaled] *= 1.0 + step[layout.factors]
        if self.usual.size:
            chemical[self.chosen] += step[layout.chemical] * self.spread
        moved = self.parameters(point) + step[layout.parameters] * self.deviations
        pairs = zip(self.model.parameters, moved.tolist(), strict=True)
        values = {parameter.name: min(max(value, parameter.low), parameter.high) for parameter, value in pairs}
        return replace(
            point,
            atoms=np.maximum(atoms, 0.0),
            factors=factors,
            values={**point.values, **values},
            shift=point.shift + float(step[layout.shift][0]) * self.model.priors.axis_shift,
            background=point.background + self._top * step[layout.background],
            chemical=chemical,
        )
