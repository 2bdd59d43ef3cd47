"""Fractions of elements that are fixed in a fit.

A fit has an apparent amount of every element: what its lines say by the law. Where a fraction is fixed, the lines of
that element say nothing of the composition: it is that of the other elements, with as much of the fixed ones as is
stated. The mixing law is taken at that composition.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specquant.constraints import Constraints
from specquant.technique import Floats

_LEAST = 1e-3
"""Share of a fixed fraction that is left of it where it is moved by more than itself: chosen, above 0."""


@dataclass(frozen=True)
class FixedShares:
    """What is fixed of one sample.

    Parameters
    ----------
    atoms
        Atoms (element, element) that come with an apparent atom of each element, see `Constraints.atoms`.
    elements
        Indices of the elements that are fixed, (fixed,).
    moved
        `atoms` with each of the fixed fractions moved by its standard deviation, (fixed, element, element).
    """

    atoms: Floats
    elements: NDArray[np.intp]
    moved: Floats

    @staticmethod
    def of(constraints: Constraints, row: int, elements: Sequence[str]) -> "FixedShares | None":
        """Return what is fixed of one sample under constraints; None: nothing."""
        one = constraints.take([row])
        columns = np.flatnonzero(one.fixed[0])
        if not columns.size:
            return None
        moved = np.stack([_moved(one, int(column)).atoms(elements) for column in columns])
        return FixedShares(one.atoms(elements), columns, moved)

    def actual(self, apparent: Floats) -> Floats:
        """Return the amounts (element,) that there are, of apparent ones."""
        return np.asarray(apparent @ self.atoms)

    def slopes(self, apparent: Floats) -> Floats:
        """Return the derivatives of fractions by apparent amounts, (element, element)."""
        amounts = self.actual(apparent)
        total = max(float(amounts.sum()), 1e-300)
        return np.asarray((self.atoms.T - np.outer(amounts / total, self.atoms.sum(axis=1))) / total)

    def shares(self, apparent: Floats, covariance: Floats, chosen: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return fractions and standard errors (chosen,) of apparent amounts (element,).

        `covariance` (chosen, chosen) is that of the chosen amounts; the others are 0.
        """
        fraction = _normalised(self.actual(apparent))
        slopes = self.slopes(apparent)[np.ix_(chosen, chosen)]
        stated = np.array([_normalised(apparent @ atoms) - fraction for atoms in self.moved])[:, chosen]
        variance = np.diag(slopes @ covariance @ slopes.T) + np.square(stated).sum(axis=0)
        return fraction[chosen], np.sqrt(np.maximum(variance, 0.0))


def _moved(constraints: Constraints, column: int) -> Constraints:
    """Return constraints of one sample with a fixed fraction moved by its deviation: down, as far as it goes."""
    fraction, weight = constraints.fraction.copy(), constraints.weight_fraction.copy()
    for values in (fraction, weight):
        values[0, column] = max(values[0, column] - constraints.deviation[0, column], values[0, column] * _LEAST)
    return replace(constraints, fraction=fraction, weight_fraction=weight)


def _normalised(amounts: Floats) -> Floats:
    return np.asarray(amounts / max(float(amounts.sum()), 1e-300))
