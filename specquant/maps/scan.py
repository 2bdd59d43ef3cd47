"""Elements that few pixels have: the lines that the pixels' fits leave over, tested over the whole map at once.

Each pixel gets a score for every element that its phase lacks: what its counts have of the element's lines beside all
that the fit explains. What all pixels of the phase leave over alike is an error of the model, and is taken off. Scores
of neighbours add up, so that small grains are seen at fewer counts. A score of few counts is skewed; its probability by
chance is that of a gamma distribution with the same mean, variance and skewness.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import gammaincc, ndtri
from torch import Tensor

from specquant.maps.basis import PhaseBasis
from specquant.maps.pixelfits import PixelFit
from specquant.quantifiers import Z90
from specquant.technique import Floats

SIDES = (1, 3, 5)
"""Pixels along the side of the squares that scores are added up over: chosen, grains of one to some twenty pixels."""

_LEAST_INFORMATION = 1e-3
"""Information that a line keeps beside all others, over what it has alone, below which it says nothing: chosen."""

_LEAST_SKEW = 1e-3
"""Skewness below which a score is as good as normal, and the gamma distribution's shape would grow without end."""


@dataclass(frozen=True)
class Candidates:
    """Elements that a phase lacks, as scores that its pixels get.

    Parameters
    ----------
    elements
        Their indices among the technique's, (candidate,).
    reading
        What counts are multiplied by, (channel, candidate), zero for lines that the others hide.
    information
        Score of one atom more, in the unit of the basis, (candidate,); 1 for hidden ones.
    usual
        Score per count that all pixels of the phase have, (candidate,).
    variances
        Second cumulant of the score per unit of the amount of each column, (column, candidate).
    skews
        Third cumulant of the same, (column, candidate).
    per_atom
        Variance of the amount per unit of the amount itself, (candidate,).
    hidden
        Which of them the others hide, (candidate,).
    """

    elements: NDArray[np.intp]
    reading: Floats
    information: Floats
    usual: Floats
    variances: Floats
    skews: Floats
    per_atom: Floats
    hidden: NDArray[np.bool_]

    @staticmethod
    def of(fit: PixelFit, elements: NDArray[np.intp], lines: Floats, spectrum: Floats) -> "Candidates":
        """Return the scores of elements with lines (candidate, channel) per atom; `spectrum` is the phase's own.

        Parameters
        ----------
        fit
            Of the pixels of the phase.
        elements
            Indices of the elements that are looked for, (candidate,).
        lines
            Their lines per atom, (candidate, channel).
        spectrum
            Counts of the whole phase, (channel,).
        """
        basis: PhaseBasis = fit.basis
        alone = (lines * fit.weight).T
        given = np.linalg.pinv(basis.columns @ fit.reading, hermitian=True) @ (basis.columns @ alone)
        reading = alone - fit.reading @ given
        information = (lines * reading.T).sum(axis=1)
        hidden = information < _LEAST_INFORMATION * (lines * alone.T).sum(axis=1)
        reading = np.where(hidden, 0.0, reading)
        information = np.where(hidden, 1.0, information)
        floor = basis.mean - basis.amounts @ basis.columns  # counts that a channel has at least
        columns = basis.columns + floor / basis.amounts.sum()
        return Candidates(
            elements,
            reading,
            information,
            spectrum @ reading / max(spectrum.sum(), 1.0),
            columns @ reading**2,
            columns @ reading**3,
            (lines * reading.T**2).sum(axis=1) / information**2,
            hidden,
        )

    def take(self, some: NDArray[np.intp]) -> "Candidates":
        """Return some of the candidates."""
        return Candidates(
            self.elements[some],
            self.reading[:, some],
            self.information[some],
            self.usual[some],
            self.variances[:, some],
            self.skews[:, some],
            self.per_atom[some],
            self.hidden[some],
        )

    def unseen(self, amounts: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
        """Return standard errors of the fractions of elements that are not fitted, and Currie's detection limits.

        Parameters
        ----------
        amounts
            Amounts of the fit, (pixel, column).
        total
            Sum of the amounts of its elements, (pixel,).

        Returns
        -------
            (pixel, candidate) each; 1 where nothing is known.
        """
        variance = (_like(self.variances.T, amounts) @ amounts.T).T.clamp_min(0.0)
        error = variance.sqrt() / _like(self.information, amounts)
        amount = Z90**2 * _like(self.per_atom, amounts) + 2.0 * Z90 * error
        known = torch.as_tensor(~self.hidden, device=amounts.device)
        error, limit = error / total[:, None], amount / (total[:, None] + amount)
        return torch.where(known, error.clamp(0.0, 1.0), 1.0), torch.where(known, limit, 1.0)


def _like(values: Floats, other: Tensor) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values), dtype=other.dtype, device=other.device)


@dataclass(frozen=True)
class Scores:
    """Scores of the cells of a block with their second and third cumulants, (row, column, candidate) each."""

    score: NDArray[np.float32]
    variance: NDArray[np.float32]
    skew: NDArray[np.float32]

    def chances(self, side: int, among: NDArray[np.bool_], limit: float) -> dict[str, NDArray[np.generic]]:
        """Return the squares of that many pixels with scores that chance gives with less than a probability.

        Only scores are looked at that a normal law, too, gives with less: of all gamma distributions of one mean and
        variance it is the least likely to go that far, unless less than 1e-5 counts are expected. Then a single one
        is 300 standard deviations off.

        Parameters
        ----------
        side
            Pixels along the side of the squares.
        among
            Which candidates are looked at, (candidate,).
        limit
            The probability, far below one.

        Returns
        -------
            ``row``, ``column`` (of the middle), ``candidate`` and ``chance``, (square,) each.
        """
        score, variance = _square_sums(self.score, side), _square_sums(self.variance, side)
        far = np.flatnonzero(score * np.abs(score) > float(ndtri(limit)) ** 2 * variance)
        score, variance = score.ravel()[far], variance.ravel()[far]
        row, column, candidate = np.unravel_index(far, self.score.shape)
        looked_at = (variance > 0) & among[candidate]
        row, column, candidate = (each[looked_at] for each in (row, column, candidate))
        score, deviation = score[looked_at], np.sqrt(variance[looked_at].astype(np.float64))
        skew = self._skews(row, column, candidate, side)
        shape = 4.0 / np.maximum(skew / deviation**3, _LEAST_SKEW) ** 2
        chance = gammaincc(shape, shape + score / deviation * np.sqrt(shape))
        kept = chance < limit
        return {"row": row[kept], "column": column[kept], "candidate": candidate[kept], "chance": chance[kept]}

    def _skews(self, row: NDArray[np.intp], column: NDArray[np.intp], candidate: NDArray[np.intp], side: int) -> Floats:
        """Return the third cumulants of some squares."""
        half, (rows, columns, _) = side // 2, self.skew.shape
        total = np.zeros(row.size)
        for down in range(-half, half + 1):
            for right in range(-half, half + 1):
                y, x = row + down, column + right
                inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
                total[inside] += self.skew[y[inside], x[inside], candidate[inside]]
        return total


def _square_sums(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return sums over squares about each pixel; beyond the edges there is nothing."""
    for axis in (0, 1):
        total = values.copy() if side > 1 else values
        for away in range(1, side // 2 + 1):
            here, there = [slice(None)] * values.ndim, [slice(None)] * values.ndim
            here[axis], there[axis] = slice(away, None), slice(None, -away)
            total[tuple(here)] += values[tuple(there)]
            total[tuple(there)] += values[tuple(here)]
        values = total
    return values
