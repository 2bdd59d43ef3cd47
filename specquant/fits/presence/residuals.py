"""What a fit leaves over of a spectrum, and what that says of the elements that are not in the fit.

An element is looked for, or bounded from above, by a score test: the residuals of the fit against the lines that it
would have. No fit with the element in it is needed.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.descent.beside import Beside, Free
from specquant.fits.descent.fitting import Fit
from specquant.fits.model.moving import moved
from specquant.fits.model.peaks import peaks
from specquant.fits.presence.evidence import peak_weight
from specquant.fits.presence.exchange import lines_beside
from specquant.technique import Floats

_TRIED = (-1.5, 0.0, 1.5, 3.0)
"""Chemical shifts, eV, at which an element is looked for that is not in the fit: chosen, over the usual range, in steps
below the width of a line."""


class Residuals:
    """What one fit of one spectrum leaves over."""

    def __init__(self, fit: Fit) -> None:
        self._model, self._fit = fit.model, fit
        self._rest = fit.left_over

    def missed(self, elements: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return what the spectrum says for each element, and the amount it would have beside all other atoms.

        The former is twice the logarithm of a likelihood ratio, of peaks, at the likeliest of a few places. All that is
        free in the fit gives way.
        """
        model, fit, step = self._model, self._fit, self._model.technique.axis.step
        places = _TRIED if model.priors.chemical_shifts else (0.0,)
        usual = peaks(model.lines(fit.point, elements, -fit.point.shift))
        rest = peaks(self._rest)
        free = Free(fit.peaks, peak_weight(fit, rest), fit.priors)
        left = free.weight * free.without(rest)
        amount, speaking = np.zeros((2, len(places), len(elements)))
        for row, away in enumerate(places):  # one by one: lines at all of them at once take memory that is slow
            lines = moved(usual, (fit.point.shift + away) / step)[:, fit.target.span]
            signal = lines @ left
            lacking = np.flatnonzero(signal > 0.0)
            beside = Beside.of(lines[lacking], free)
            amount[row, lacking] = np.where(beside.known, signal[lacking] / beside.information, 0.0)
            speaking[row, lacking] = amount[row, lacking] ** 2 * beside.information
        best = np.argmax(speaking, axis=0), np.arange(len(elements))
        return speaking[best], amount[best]

    def saved(self, elements: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return by how much the cost falls with each element, if all is linear, and the amount beside all other atoms.

        None of them is in the fit. All that is free in it gives way, and all counts that an element adds are seen, its
        background among them: where lines are weak, that says most.
        """
        fit = self._fit
        free = Free(fit.tangent.columns(fit.point), fit.weight, fit.priors)
        left = free.without(self._rest)
        alone = float(self._rest @ (free.weight * (self._rest - left)))
        lines = lines_beside(fit, elements)[:, fit.target.span]
        signal, beside = lines @ (free.weight * left), Beside.of(lines, free)
        amount = np.where(beside.known, np.maximum(signal / beside.information, 0.0), 0.0)
        return alone + amount**2 * beside.information, amount

    def most(self, elements: NDArray[np.intp], deviations: float) -> tuple[Floats, Floats]:
        """Return the atomic fraction that each of the elements has at most, and what the spectrum says for it.

        None of them is in the fit. The latter is twice the logarithm of a likelihood ratio, at least 0. The former is
        what the residuals have of the element, at least nothing, and `deviations` standard errors more. All that is
        free in the fit, such as overlapping lines of other elements, gives way to the element as far as that fits
        better. Only peaks count, in residuals and lines alike: what varies slowly is how the model errs, not an
        element. Elements are looked for where they would usually be.
        """
        fit, beside, rows = self._fit, self._fit.absent_beside, np.searchsorted(self._fit.absent, elements)
        signal = fit.absent_peaks @ (fit.weight * fit.free.without(peaks(self._rest)))
        amount = np.maximum(signal / beside.information, 0.0)
        most = beside.fractions(amount + deviations / np.sqrt(beside.information))
        speaking = np.where(beside.known, amount**2 * beside.information, 0.0)
        return most[rows], speaking[rows]


def smoothed_variance(variance: Floats, width: float) -> Floats:
    """Return the variance of independent channels after a Gaussian mean of that width, channels."""
    return np.asarray(gaussian_filter1d(variance, width / np.sqrt(2.0)) / (2.0 * np.sqrt(np.pi) * width))
