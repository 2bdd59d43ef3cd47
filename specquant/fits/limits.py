"""Detection limits of a fitted spectrum by Currie's definition (Anal. Chem. 40 (1968) 586).

The detection limit of an element is the fraction that is found with a probability of 95 %, where a spectrum without it
is said to have it with a probability of 5 %. In one channel with B counts of background that is
``2.71 + 3.29 sqrt(B)`` counts for a background that is known. Here the counts are those of the fit without the element,
over all channels at once: each channel counts by its signal and variance, and what other elements, instrument and
background can make up for counts for nothing.
"""

import numpy as np

from specquant.fits.beside import Beside
from specquant.fits.evidence import owners, peaks
from specquant.fits.fitting import Fit
from specquant.quantifiers import Z90
from specquant.technique import Floats

ERROR_QUANTILE = Z90
"""Standard deviations of a one-sided error of 5 %, of both kinds: Currie's, and those at either end of a 90 %
interval."""


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
    absent = np.setdiff1d(fit.model.elements, fit.chosen)
    limits[absent] = _limits(fit.lines_of(absent), fit.by_lines, fit.weight, fit.priors, widening)
    owner = owners(fit.unknowns)
    expected = fit.spectrum[fit.target.seen]
    for index, element in enumerate(fit.chosen):
        others = np.flatnonzero(owner != index)
        rest = np.maximum(expected - fit.by_lines[index], 1.0)
        weight = fit.weight * fit.model.variance(np.maximum(expected, 1.0)) / fit.model.variance(rest)
        line, priors = fit.lines_of(fit.chosen[[index]]), fit.priors[np.ix_(others, others)]
        limits[element] = _limits(line, fit.by_lines[others], weight, priors, widening)[0]
    return limits


def _limits(lines: Floats, columns: Floats, weight: Floats, priors: Floats, widening: float) -> Floats:
    """Return the limits (element,) of lines (element, channel) beside columns (unknown, channel) that are free."""
    narrow, free = peaks(lines), peaks(columns)
    beside = Beside.of(narrow, free, weight, priors)
    reading = weight * (narrow - beside.given @ free) / beside.information[:, None]
    of_signal = (np.square(reading) * np.maximum(lines, 0.0)).sum(axis=1)
    error = widening / np.sqrt(beside.information)
    return beside.fractions(ERROR_QUANTILE**2 * of_signal + 2.0 * ERROR_QUANTILE * error)
