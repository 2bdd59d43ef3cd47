"""A model linearised where a fit stands, with the products of all its derivatives: steps near there need no others."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.fits.cost import Cost
from specquant.fits.forward import Linearised
from specquant.fits.point import Point
from specquant.fits.unknowns import Unknowns
from specquant.technique import Floats


@dataclass(frozen=True)
class Tangent:
    """What a model does where a fit stands, or stood some steps before.

    Parameters
    ----------
    unknowns
        What is free.
    strengths
        How strong each family was, see `Unknowns.strengths`, (family,).
    rows
        Derivatives of the counts, see `Unknowns.rows`, (row, channel seen).
    weight
        Inverse variances, (channel seen,).
    """

    unknowns: Unknowns
    strengths: Floats
    rows: Floats
    weight: Floats

    @staticmethod
    def of(
        unknowns: Unknowns, cost: Cost, point: Point, linear: Linearised, seen: slice | NDArray[np.intp]
    ) -> "Tangent":
        """Return it at a point, at which the model is linearised, for the channels that are seen."""
        return Tangent(unknowns, unknowns.strengths(point), unknowns.rows(linear, seen), cost.weight(linear))

    @cached_property
    def products(self) -> Floats:
        """Products of all rows in errors of the counts, (row, row)."""
        return np.asarray((self.rows * self.weight) @ self.rows.T)

    def columns(self, point: Point) -> Floats:
        """Return the derivatives of the counts by the entries of a step from a point, (unknown, channel seen)."""
        return np.asarray(self._mixture(point) @ self.rows)

    def lines(self, point: Point) -> Floats:
        """Return the same, (unknown, channel seen), but that an amount changes nothing beside lines of its element."""
        return np.asarray(self.unknowns.of_lines(self._grown(point)) @ self.rows)

    def normal(self, point: Point, left_over: Floats) -> tuple[Floats, Floats]:
        """Return the normal matrix (unknown, unknown) and the gradient (unknown,) at a point, without priors.

        `left_over` (channel seen,) are the counts that the model leaves over there.
        """
        mixture = self._mixture(point)
        return mixture @ self.products @ mixture.T, mixture @ (self.rows @ (self.weight * left_over))

    def among(self, unknowns: Unknowns, kept: NDArray[np.bool_]) -> "Tangent":
        """Return it for fewer elements: of its families (family,) those that are kept."""
        rows = self.unknowns.rows_of(kept)
        narrowed = replace(self, unknowns=unknowns, strengths=self.strengths[kept], rows=self.rows[rows])
        narrowed.__dict__["products"] = self.products[np.ix_(rows, rows)]
        return narrowed

    def _mixture(self, point: Point) -> Floats:
        return self.unknowns.mixture(point, self._grown(point))

    def _grown(self, point: Point) -> Floats:
        return np.asarray(self.unknowns.strengths(point) / self.strengths)
