"""The components of some families, ready to be added up where their lines lie."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.families import Family
from specquant.fits.model.moving import Reader, Splines
from specquant.fits.model.point import Point
from specquant.mixing import narrowed_law
from specquant.technique import Floats

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from specquant.fits.model.physics import Physics

_FARTHEST = 25.0
"""eV by which lines can be moved, far beyond any chemical shift; those that are to move further stop there."""


class Basis:
    """The components of some families, ready to be added up.

    Parameters
    ----------
    physics
        The physics of all components.
    families
        Each a row of `weights`.

    Attributes
    ----------
    components
        Indices of the components that any family has, (used,).
    element
        Index of the element of each, -1 for none, (used,).
    weights
        How much of each component is in each family, (family, used).
    """

    def __init__(self, physics: "Physics", families: Sequence[Family]) -> None:
        self.families = families
        weights = np.stack([family.weights for family in families])
        self.components = np.flatnonzero(weights.any(axis=0))
        self.element = physics.element[self.components]
        self.weights = np.ascontiguousarray(weights[:, self.components])
        self._family = self.weights.argmax(axis=0)
        self.law = narrowed_law(physics.law, self.components)
        self.foreign = np.ones(physics.element_count, dtype=bool)
        """Which elements (element,) the families are not of."""
        self.foreign[self.element[self.element >= 0]] = False
        self._physics = physics
        self._moved: tuple[Floats, Floats, NDArray[np.float32]] | None = None

    def sums(self, weights: Floats, point: Point) -> Floats:
        """Return sums (row, energy) of `lines` by weights (row, used), in the precision of the weights."""
        if point.chemical.size:
            return np.asarray(weights @ self.lines(point).astype(weights.dtype))
        return np.ascontiguousarray((self._narrow[weights.dtype.name] @ weights.T).T)

    @cached_property
    def _narrow(self) -> "dict[str, csc_array]":
        """Return the rows where they are, (energy, used), by the name of a precision: most of each is empty."""
        wide = self._physics.narrow[self.components].T
        return {"float64": wide, "float32": wide.astype(np.float32)}

    @cached_property
    def _in_place(self) -> Floats:
        return self._physics.rows[self.components].astype(np.float64)

    def lines(self, point: Point) -> NDArray[np.float32]:
        """Return the rows (used, energy), each where its element and its family are at a point, and its second state.

        They are read by cubic splines, so that they change smoothly with the shift.
        """
        shifts, last = self._shifts(point), self._moved
        if last is None or not (np.array_equal(last[0], shifts) and np.array_equal(last[1], point.second)):
            self._moved = last = shifts, point.second, self._read(self._splines.moved, shifts, point.second)
        return last[2]

    def slopes(self, point: Point) -> NDArray[np.float32]:
        """Return the derivatives of `lines` by how far each is moved, 1/eV; 0 where nothing moves."""
        steep = self._read(self._splines.slopes, self._shifts(point), point.second) / np.float32(self._physics.step)
        moves = (self.element[:, None] >= 0) & (self.lines(point) > 0.0)
        return np.where(moves, steep, np.float32(0.0)).astype(np.float32, copy=False)

    def split(self, point: Point, element: int, weights: Floats, further: Floats) -> Floats:
        """Return how the sum of the lines of an element changes if all are moved further by some eV, (distance,).

        Shape (distance, energy); `weights` (used,) are those of the sum.
        """
        rows, step = np.flatnonzero(self.element == element), self._physics.step
        shifts = self._shifts(point)[rows]
        away = np.concatenate([[0.0], further])[:, None]
        moved = self._splines.moved(((shifts + away) / step).ravel(), np.tile(rows, len(away)))
        sums = weights[rows] @ moved.reshape(len(away), rows.size, -1)
        return np.asarray(sums[1:] - sums[0])

    def steep(self, point: Point, element: int, weights: Floats, further: float) -> Floats:
        """Return the derivative (energy,) by its place, 1/eV, of the sum of an element's lines, moved by some eV."""
        rows, step = np.flatnonzero(self.element == element), self._physics.step
        return np.asarray(
            weights[rows] @ self._splines.slopes((self._shifts(point)[rows] + further) / step, rows) / step
        )

    def _read(self, read: Reader, shifts: Floats, second: Floats) -> NDArray[np.float32]:
        """Return what is read of the rows at these shifts (used,), and by its share at those of second states."""
        rows = read(shifts / self._physics.step)
        if not second.size:
            return rows
        share, further = np.vstack([second, np.zeros(2)])[self.element].T  # -1, no element, finds the last
        split = np.flatnonzero(share > 0.0)
        others = read((shifts[split] + further[split]) / self._physics.step, split)
        rows[split] += share[split, None].astype(np.float32) * (others - rows[split])
        return rows

    def _shifts(self, point: Point) -> Floats:
        """Return how far each of the rows is moved, eV, (used,)."""
        shifts = np.append(point.places, 0.0)[self.element]
        return np.asarray(shifts + point.displaced[self._family] if point.displaced.size else shifts)

    @cached_property
    def _splines(self) -> Splines:
        return Splines(self._in_place, int(np.ceil(_FARTHEST / self._physics.step)))
