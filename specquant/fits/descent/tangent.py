"""A model linearised where a fit stands, with the products of all its derivatives: steps near there need no others."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.cost import Cost
from specquant.fits.model.linearised import Linearised
from specquant.fits.model.point import Point
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats

_SAME = 1e-6
"""Logarithm of a growth below which a family has not grown."""


@dataclass(frozen=True)
class Tangent:
    """What a model does where a fit stands, or stood some steps before.

    Parameters
    ----------
    unknowns
        What is free.
    strengths
        How strong each family was, see `Unknowns.strengths`, (family,).
    slopes
        How steep the scales of free parameters were, see `Unknowns.slopes`, (parameter,).
    amounts
        How much there was of each chosen element, (chosen,).
    rows
        Derivatives of the counts, see `Unknowns.rows`, (row, channel seen).
    weight
        Inverse variances, (channel seen,).
    """

    unknowns: Unknowns
    strengths: Floats
    slopes: Floats
    amounts: Floats
    rows: Floats
    weight: Floats

    @staticmethod
    def of(
        unknowns: Unknowns, cost: Cost, point: Point, linear: Linearised, seen: slice | NDArray[np.intp]
    ) -> "Tangent":
        """Return it at a point, at which the model is linearised, for the channels that are seen."""
        strengths, slopes, amounts = unknowns.strengths(point), unknowns.slopes(point), point.atoms[unknowns.chosen]
        return Tangent(unknowns, strengths, slopes, amounts, unknowns.rows(linear, seen), cost.weight(linear))

    @cached_property
    def products(self) -> Floats:
        """Products of all rows in errors of the counts, (row, row)."""
        in_errors = self.rows * np.sqrt(self.weight)
        return np.asarray(in_errors @ in_errors.T)

    def columns(self, point: Point) -> Floats:
        """Return the derivatives of the counts by the entries of a step from a point, (unknown, channel seen)."""
        return np.asarray(self._mixture(point)[0] @ self.rows)

    def lines(self, point: Point) -> Floats:
        """Return the same, (unknown, channel seen), but that an amount changes nothing beside lines of its element."""
        return np.asarray(self.unknowns.of_lines(self._grown(point), self._steeper(point)) @ self.rows)

    def normal(self, point: Point, left_over: Floats) -> tuple[Floats, Floats]:
        """Return the normal matrix (unknown, unknown) and the gradient (unknown,) at a point, without priors.

        `left_over` (channel seen,) are the counts that the model leaves over there.
        """
        mixture, weighed = self._mixture(point)
        return weighed @ mixture.T, mixture @ (self.rows @ (self.weight * left_over))

    def coupling(self, point: Point) -> Floats:
        """Return by how much the gradient falls as the mixing law takes other amounts, (unknown, chosen).

        Amounts are in logarithms. There are no columns where the law is linear.
        """
        if not self.unknowns.mixed:
            return np.zeros((self.unknowns.layout.size, 0))
        return np.asarray(self._mixture(point)[1][:, -self.unknowns.mixed :] * self._more(point))

    def change(self, before: Point, after: Point, step: Floats) -> tuple[Floats, Floats]:
        """Return by how much counts change from a point to where a step leads, (channel seen,) each.

        First by the step, the mixing law staying at the composition before it, and then by the law.
        """
        before_grown, after_grown = self._grown(before), self._grown(after)
        grown = _logarithmic_mean(before_grown, after_grown)
        mixture = self.unknowns.mixture(before, grown, self._steeper(before))
        by_step = (step @ mixture) @ self.rows
        if not self.unknowns.mixed:
            return by_step, np.zeros(by_step.size)
        changed = self._more(before) * step[self.unknowns.layout.amounts]
        return by_step, changed @ self.rows[-self.unknowns.mixed :]

    def strays(self, point: Point, spectrum: Floats) -> float:
        """Return by how much families, as they have grown, miss the counts of a point, `spectrum` (channel seen,).

        It is a share of these counts, both in errors of the counts.
        """
        model, grown = self.unknowns.model, self._grown(point)
        hats = self.rows[grown.size * self.unknowns.parts + len(model.parameters) + 1 :][: len(model.hats)]
        missed = spectrum - grown @ self.rows[: grown.size] - point.background @ hats
        return float(np.sqrt(np.square(missed) @ self.weight / (np.square(spectrum) @ self.weight)))

    def among(self, unknowns: Unknowns, kept: NDArray[np.bool_]) -> "Tangent":
        """Return it for fewer elements: of its families (family,) those that are kept."""
        rows, stay = self.unknowns.rows_of(kept), np.isin(self.unknowns.chosen, unknowns.chosen)
        narrowed = replace(
            self,
            unknowns=unknowns,
            strengths=self.strengths[kept],
            amounts=self.amounts[stay],
            rows=self.rows[rows],
        )
        narrowed.__dict__["products"] = self.products[np.ix_(rows, rows)]
        return narrowed

    def _mixture(self, point: Point) -> tuple[Floats, Floats]:
        """Return how much of each row is in each column at a point, and that times `products`, (unknown, row) each."""
        kept = self._kept
        if not kept or kept[0][0] is not point:
            mixture = self.unknowns.mixture(point, self._grown(point), self._steeper(point))
            kept[:] = [(point, mixture, mixture @ self.products)]
        return kept[0][1:]

    @cached_property
    def _kept(self) -> list[tuple[Point, Floats, Floats]]:
        """The last point at which the mixture was asked for, with that; none before."""
        return []

    def _grown(self, point: Point) -> Floats:
        return np.asarray(self.unknowns.strengths(point) / self.strengths)

    def _steeper(self, point: Point) -> Floats:
        """Return how many times as steep scales of free parameters are as they were, (parameter,)."""
        return np.asarray(self.unknowns.slopes(point) / self.slopes)

    def _more(self, point: Point) -> Floats:
        """Return how many times as much there is of each chosen element as there was."""
        return np.asarray(point.atoms[self.unknowns.chosen] / np.maximum(self.amounts, 1e-300))


def _logarithmic_mean(one: Floats, other: Floats) -> Floats:
    """Return the mean slope over what grows exponentially from one strength to another."""
    ratio = np.log(other / one)
    small = np.abs(ratio) < _SAME
    return np.where(small, one, (other - one) / np.where(small, 1.0, ratio))
