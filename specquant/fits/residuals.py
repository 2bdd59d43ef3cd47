"""What a fit leaves over of a spectrum, and what that says of the elements that are not in the fit.

An element is looked for, or bounded from above, by a score test: the residuals of the fit against the lines that it
would have. No fit with the element in it is needed.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.beside import Beside
from specquant.fits.cost import LEAST_COUNTS
from specquant.fits.evidence import peaks
from specquant.fits.fitting import Fit
from specquant.technique import Floats

_TRIED = (-1.5, 0.0, 1.5, 3.0)
"""Chemical shifts, eV, at which an element is looked for that is not in the fit: chosen, over the usual range, in steps
below the width of a line."""


class Residuals:
    """What one fit of one spectrum leaves over."""

    def __init__(self, fit: Fit) -> None:
        self._model, self._fit, self._seen = fit.model, fit, fit.target.seen
        self._rest = fit.left_over
        expected = np.maximum(fit.spectrum[self._seen], LEAST_COUNTS)
        self._weight = 1.0 / self._model.variance(expected) / fit.target.doubt_seen

    def highest_peak(self, channels: float) -> float:
        """Return the height of the largest peak that is left over, in standard errors.

        `channels` is the standard deviation of a peak.
        """
        heights = gaussian_filter1d(self._weight * self._rest, channels)
        narrow = smoothed_variance(self._weight, channels)
        return float(np.max(heights / np.sqrt(np.maximum(narrow, 1e-300))))

    def evidence(self, elements: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return by how many standard errors each element is missed in the fit, and the fraction that it would have.

        All that is in the fit stays where it is.
        """
        score, amount = np.full(len(elements), -np.inf), np.zeros(len(elements))
        for away in _TRIED if self._model.priors.chemical_shifts else (0.0,):
            lines = self._model.lines(self._fit.point, elements, away)[:, self._seen]
            information = np.maximum((lines**2) @ self._weight, 1e-300)
            amount_here = (lines * self._weight) @ self._rest / information
            score_here = amount_here * np.sqrt(information)
            better = score_here > score
            amount = np.where(better, amount_here, amount)
            score = np.where(better, score_here, score)
        return score, amount

    def most(self, elements: NDArray[np.intp], deviations: float) -> tuple[Floats, Floats]:
        """Return the atomic fraction that each of the elements has at most, and what the spectrum says for it.

        The latter is twice the logarithm of a likelihood ratio, at least 0. The former is what the residuals have of
        the element, at least nothing, and `deviations` standard errors more. All that is free in the fit, such as
        overlapping lines of other elements, gives way to the element as far as that fits better. Only peaks count, in
        residuals and lines alike: what varies slowly is how the model errs, not an element. Elements are looked for
        where they would usually be.
        """
        fit = self._fit
        lines, columns = peaks(fit.lines_of(elements)), peaks(fit.by_lines)
        rest = fit.weight * peaks(self._rest)
        beside = Beside.of(lines, columns, fit.weight, fit.priors)
        amount = np.maximum((lines @ rest - beside.given @ (columns @ rest)) / beside.information, 0.0)
        most = beside.fractions(amount + deviations / np.sqrt(beside.information))
        return most, np.where(beside.known, amount**2 * beside.information, 0.0)


def smoothed_variance(variance: Floats, width: float) -> Floats:
    """Return the variance of independent channels after a Gaussian mean of that width, channels."""
    return np.asarray(gaussian_filter1d(variance, width / np.sqrt(2.0)) / (2.0 * np.sqrt(np.pi) * width))
