"""Sums of shifted pure spectra for one measured spectrum: the best amounts, and what such a sum misses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.bounded import bounded_minimum
from specquant.fits.descent.cost import LEAST_COUNTS
from specquant.fits.sums.shifted import ShiftedSpectra
from specquant.technique import Floats

_ALIKE = 1e-4
"""Share of a spectrum's weight that others cannot make up for, below which it is not looked for: chosen, well above
rounding in single precision."""

LEAST_NOISE = 1e-6
"""Least variance of counts over their mean: keeps quotients finite where counts have no noise at all."""


@dataclass(frozen=True)
class Sum:
    """A sum of columns: their indices and amounts (chosen,), the background's two amounts, and the cost."""

    columns: NDArray[np.intp]
    amounts: Floats
    background: Floats
    cost: float


class Weighed:
    """Sums of shifted spectra for one measured spectrum, its channels weighed by their variances.

    Parameters
    ----------
    shifted
        What sums consist of.
    counts
        Counts, (energy,); 0 where nothing was observed.
    weight
        Inverse variances by Poisson's law, (energy,); 0 where nothing was observed.
    noise
        Variance of the counts over their mean.
    needed
        What every element costs, (element,).
    """

    def __init__(self, shifted: ShiftedSpectra, counts: Floats, weight: Floats, noise: float, needed: Floats) -> None:
        self.shifted, self._counts, self.noise, self.needed = shifted, counts, noise, needed
        self._weight, self._root = weight, np.sqrt(weight)
        self._rest, self._background = counts * self._root, shifted.background * self._root
        self._norms = shifted.squares @ weight.astype(np.float32)

    def renewed(self, best: Sum) -> "Weighed":
        """Return the same with the variances that a sum expects, and the noise that it leaves."""
        shifted, observed = self.shifted, self._weight > 0
        expected = best.amounts @ shifted.spectra[best.columns] + best.background @ shifted.background
        weight = np.where(observed, 1.0 / np.maximum(expected, LEAST_COUNTS), 0.0)
        squares = float(np.sum(weight * (self._counts - expected) ** 2))
        free = int(np.count_nonzero(observed)) - 2 * best.columns.size - len(shifted.background)
        return Weighed(shifted, self._counts, weight, max(squares / max(free, 1), LEAST_NOISE), self.needed)

    def sum_of(self, columns: NDArray[np.intp]) -> Sum:
        """Return the best sum of these columns."""
        rows = np.vstack([self.shifted.spectra[columns] * self._root, self._background])
        unbounded = np.full(len(rows), np.inf)
        amounts = bounded_minimum(rows @ rows.T, rows @ self._rest, np.zeros(len(rows)), unbounded)
        squares = float(np.sum((self._rest - amounts @ rows) ** 2)) / self.noise
        priors = self.shifted.improbable[columns].sum() + self.needed[self.shifted.element[columns]].sum()
        return Sum(columns, amounts[: columns.size], amounts[columns.size :], squares + float(priors))

    def missed(self, columns: NDArray[np.intp], tried: slice, moving: bool) -> tuple[Floats, Floats]:
        """Return the amounts (tried,) that a sum misses of columns, and their standard errors.

        All in the sum gives way to them; `moving`: by its shifts too. Of a column that the sum can make up for, the
        error is infinite.
        """
        slopes = [self.shifted.slopes(columns) * self._root] if moving else []
        rows = np.vstack([self.shifted.spectra[columns] * self._root, self._background, *slopes])
        norms = np.linalg.norm(rows, axis=1)
        basis = np.linalg.qr((rows[norms > 0] / norms[norms > 0, None]).T)[0]
        left = self._rest - basis @ (basis.T @ self._rest)
        spectra, alone = self.shifted.spectra[tried], self._norms[tried]
        shared = spectra @ (self._root[:, None] * basis).astype(np.float32)
        information = (alone - np.square(shared).sum(axis=1)).astype(np.float64)
        known = information > _ALIKE * alone
        information = np.where(known, information, 1.0)
        amount = np.where(known, spectra @ (self._root * left).astype(np.float32) / information, 0.0)
        return amount, np.where(known, np.sqrt(self.noise / information), np.inf)

    def gains(self, columns: NDArray[np.intp], tried: slice, moving: bool) -> Floats:
        """Return by how much the residuals of a sum would cost less with one of the columns `tried`, (tried,)."""
        return gain(*self.missed(columns, tried, moving))

    def covariance(self, best: Sum) -> Floats:
        """Return the covariance of the amounts of a sum, (chosen, chosen), its shifts and background being unknown."""
        slopes = best.amounts[:, None] * self.shifted.slopes(best.columns)
        rows = np.vstack([self.shifted.spectra[best.columns], slopes, self.shifted.background]) * self._root
        normal = rows @ rows.T / self.noise
        count, spread = best.columns.size, self.shifted.spread[best.columns]
        normal[range(count, 2 * count), range(count, 2 * count)] += 1.0 / np.maximum(spread, 1e-3) ** 2
        return np.asarray(np.linalg.pinv(normal, hermitian=True)[:count, :count])


def gain(amount: Floats, error: Floats) -> Floats:
    """Return the squares of amounts in their standard errors, 0 for those below 0."""
    return np.asarray(np.maximum(amount / error, 0.0) ** 2)
