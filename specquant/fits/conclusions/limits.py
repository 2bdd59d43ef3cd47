"""Detection limits of a fitted spectrum by Currie's definition (Anal. Chem. 40 (1968) 586).

The detection limit of an element is the fraction that is found with a probability of 95 %, where a spectrum without it
is said to have it with a probability of 5 %. In one channel with B counts of background that is
``2.71 + 3.29 sqrt(B)`` counts for a background that is known. Here the counts are those of the fit without the element,
over all channels at once: each channel counts by its signal and variance, and what other elements, instrument and
background can make up for counts for nothing.
"""

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.beside import Beside, Free
from specquant.fits.descent.fitting import Fit
from specquant.fits.model.peaks import peaks
from specquant.fits.presence.evidence import owners
from specquant.quantifiers import Z90
from specquant.technique import Floats

ERROR_QUANTILE = Z90
"""Standard deviations of a one-sided error of 5 %, of both kinds: Currie's, and those at either end of a 90 %
interval."""

_SAME = 1e-3
"""Relative change of a weight that counts as none: chosen, a limit changes by half of it at most."""


def detection_limits(fit: Fit, widening: float) -> Floats:
    """Return the detection limit of every element of the technique, atomic fraction (element,).

    It is NaN for elements that the library lacks, and 1 for those that other elements hide entirely.

    Parameters
    ----------
    fit
        The fit of one spectrum.
    widening
        Factor on all standard errors, see `FitDecisions.widening`.
    """
    limits = np.full(len(fit.model.technique.elements), np.nan)
    limits[fit.absent] = _limits(fit.lines_of(fit.absent), fit.absent_peaks, fit.free, fit.absent_beside, widening)
    owner = owners(fit.unknowns)
    expected = fit.spectrum[fit.target.seen]
    for index, element in enumerate(fit.chosen):
        rest = np.maximum(expected - fit.lines[index, fit.target.seen], 1.0)
        more = fit.weight * (fit.model.variance(np.maximum(expected, 1.0)) / fit.model.variance(rest) - 1.0)
        line, free = fit.lines_of(fit.chosen[[index]]), _without(fit, np.flatnonzero(owner != index), more)
        narrow = peaks(line)
        limits[element] = _limits(line, narrow, free, Beside.of(narrow, free), widening)[0]
    return limits


def _without(fit: Fit, others: NDArray[np.intp], more: Floats) -> Free:
    """Return the peaks of what is free beside an element, `others`, with inverse variances (channel seen,) larger.

    They are, by `more`, where the element has lines, which are few channels.
    """
    near = np.flatnonzero(more > _SAME * fit.weight)
    columns = fit.peaks[:, near]
    products = fit.free.products + (columns * more[near]) @ columns.T
    return Free(fit.peaks, fit.weight + more, fit.priors, products, others)


def _limits(lines: Floats, narrow: Floats, free: Free, beside: Beside, widening: float) -> Floats:
    """Return the limits (element,) of lines (element, channel) with peaks `narrow`, beside all that is free."""
    reading = free.weight * (narrow - beside.given @ free.columns) / beside.information[:, None]
    of_signal = (np.square(reading) * np.maximum(lines, 0.0)).sum(axis=1)
    error = widening / np.sqrt(beside.information)
    return beside.fractions(ERROR_QUANTILE**2 * of_signal + 2.0 * ERROR_QUANTILE * error)
