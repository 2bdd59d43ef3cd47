"""What a fit shows of how far it can be believed."""

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from specquant.fits.descent.cost import LEAST_COUNTS
from specquant.fits.descent.fitting import Fit
from specquant.fits.presence.residuals import smoothed_variance
from specquant.quantifiers.signs import PARAMETER, REGIONS, Sign
from specquant.technique import Floats

_FEATURE = 15.0
"""Standard deviation, channels, of what is left over: chosen, some lines wide."""

_LINE = 3.0
"""Standard deviation, channels, by which left-over counts are smoothed: chosen, about that of a line."""

_PEAK = 8.0
"""Standard deviation, channels, of peaks that are compared with the largest: chosen, wider than a line, so that a line
of another shape leaves nothing over."""

_BEYOND_NOISE = 3.0
"""Standard errors that such a peak loses, so that noise is none."""

_SLOW = 40.0
"""Standard deviation, channels, of what counts as background: chosen, much wider than lines."""

_STRANGE = 4.0
"""Standard deviation, channels, of peaks that are of no element: chosen, a line wide."""

_NEAR = 15
"""Channels on either side of a line in which what is left over is taken to be of its element: chosen, further than line
widths, chemical shifts, and the 9 eV by which a sample that is charged in parts splits lines."""

_LEAST_CHANNELS = 6
"""Channels below which a part of the axis has no misfit of its own: chosen."""

_MEAN_NOISE = np.sqrt(2.0 / np.pi)
"""Mean absolute value of Gaussian noise, in its standard deviations."""

_LEAST_STRENGTH = 1e-3
"""Least factor of which a logarithm is taken, below any that a fit gives."""

_SHOWN = 1.0
"""Information on a strength, over that of its prior, from which on the spectrum shows the lines: chosen, as much."""

_LEAST_FACTOR, _MOST_FACTOR = 0.101, 4.99
"""Factors of a family that count as at their bound, see `specquant.fits.model.unknowns`."""


def fit_signs(fit: Fit, most: Floats, proposed: Floats, fraction: Floats) -> dict[str, float]:
    """Return the signs of a fit.

    Parameters
    ----------
    fit
        The fit of one spectrum.
    most
        Atomic fraction that each element may have unseen, (element,).
    proposed
        Atomic fractions that were proposed, (element,).
    fraction
        Atomic fractions that the fit has, (element,).
    """
    return {
        **_of_residuals(fit),
        **_strangest_peak(fit),
        **_of_unknowns(fit),
        **_of_strengths(fit),
        Sign.HIDDEN: float(np.nansum(most)),
        Sign.APART: float(0.5 * np.abs(fraction - proposed).sum()),
    }


def _of_residuals(fit: Fit) -> dict[str, float]:
    seen, rest = fit.target.seen, fit.left_over
    expected = np.maximum(fit.spectrum[seen], LEAST_COUNTS)
    variance = fit.model.variance(expected)
    part = seen * len(REGIONS) // fit.target.counts.size
    squares = rest**2 / variance
    regions = {
        sign: float(np.sqrt(squares[part == number].mean()))
        for number, sign in enumerate(REGIONS)
        if np.count_nonzero(part == number) >= _LEAST_CHANNELS
    }
    height = np.abs(gaussian_filter1d(rest, _FEATURE)) / np.sqrt(smoothed_variance(variance, _FEATURE))
    return {
        Sign.MISFIT: fit.misfit,
        **regions,
        Sign.LEFT_OVER: float(height.max(initial=0.0)),
        Sign.UNEXPLAINED: _unexplained(rest, expected),
        **_peaks_left(rest, fit.target.counts_seen, expected),
    }


def _peaks_left(rest: Floats, counts: Floats, expected: Floats) -> dict[str, float]:
    """Return the largest peaks that are left over and lacking, as shares of the largest of the spectrum."""
    largest = max(float(_peaks(counts, _PEAK).max(initial=0.0)), LEAST_COUNTS)
    left, noise = gaussian_filter1d(rest, _PEAK), _BEYOND_NOISE * np.sqrt(smoothed_variance(expected, _PEAK))
    return {
        sign: float((values - noise).max(initial=0.0)) / largest
        for sign, values in ((Sign.SURPLUS, left), (Sign.LACK, -left))
    }


def _strangest_peak(fit: Fit) -> dict[str, float]:
    """Return the largest peak that is left over far from every line of the fit: its share of the largest, and where."""
    seen, expected = fit.target.seen, np.maximum(fit.spectrum[fit.target.seen], LEAST_COUNTS)
    counts, left, lines = (_peaks(values, _STRANGE) for values in (fit.target.counts_seen, fit.left_over, expected))
    noise = _BEYOND_NOISE * np.sqrt(smoothed_variance(expected, _STRANGE))
    beyond = left - noise - np.maximum(maximum_filter1d(lines, 2 * _NEAR + 1), 0.0)
    at, largest = int(np.argmax(beyond)), max(float(counts.max()), LEAST_COUNTS)
    energies = fit.model.technique.axis.centres[seen]
    return {Sign.STRANGE: max(float(beyond[at]), 0.0) / largest, Sign.STRANGE_AT: float(energies[at])}


def _unexplained(rest: Floats, expected: Floats) -> float:
    """Return the share of the counts in peaks that is left over beyond noise."""
    noise = _MEAN_NOISE * np.sqrt(smoothed_variance(expected, _LINE))
    beyond = np.maximum(np.abs(gaussian_filter1d(rest, _LINE)) - noise, 0.0)
    signal = np.abs(_peaks(expected, _LINE))
    return float(beyond.sum() / max(signal.sum(), LEAST_COUNTS))


def _peaks(values: Floats, width: float) -> Floats:
    """Return values (channel,) smoothed over a `width` in channels, without what varies slowly."""
    return np.asarray(gaussian_filter1d(values - gaussian_filter1d(values, _SLOW), width))


def _of_strengths(fit: Fit) -> dict[str, float]:
    unknowns = fit.unknowns
    of_element = np.array([family.element >= 0 for family in unknowns.families])
    priors = _priors(fit)
    logs = np.log(np.maximum(fit.point.factors, _LEAST_STRENGTH))
    away = np.abs(_in_deviations(logs, priors))
    shown = np.zeros(priors.size, dtype=bool)
    information = (np.square(fit.by_lines[unknowns.layout.factors]) * fit.weight).sum(axis=1)
    shown[unknowns.scaled] = information * priors[unknowns.scaled] ** 2 > _SHOWN
    alone = [np.count_nonzero(shown[members]) < 2 for members in unknowns.members]
    signs: dict[str, float] = {
        Sign.STRONGEST: float(away[of_element].max(initial=0.0)),
        Sign.UNCONFIRMED: float(fit.atoms[alone].sum() / fit.atoms.sum()),
    }
    if not of_element.all():
        signs[Sign.CONTINUUM] = float(np.sqrt(np.mean(logs[~of_element] ** 2)))
    return signs


def _priors(fit: Fit) -> Floats:
    """Return the relative deviation that the strength of each family has beforehand, (family,)."""
    return np.array([fit.model.prior(family) for family in fit.unknowns.families])


def _in_deviations(values: Floats, deviations: Floats) -> Floats:
    """Return values in their deviations; 0 where they are fixed."""
    return np.divide(values, deviations, out=np.zeros(values.size), where=deviations > 0)


def _of_unknowns(fit: Fit) -> dict[str, float]:
    model, point = fit.model, fit.point
    away = _in_deviations(point.factors - 1.0, _priors(fit))
    edges = (point.factors <= _LEAST_FACTOR) | (point.factors >= _MOST_FACTOR)
    doubled = model.priors.doubled.names if model.priors.doubled else ()
    names = [parameter.name for parameter in model.parameters if parameter.name not in doubled]
    moved = {name: abs(point.values[name] - fit.target.stated[name]) for name in names}
    signs: dict[str, float] = {
        Sign.FACTORS: float(np.sqrt(np.mean(away**2))),
        Sign.FACTORS_AT_BOUND: float(np.count_nonzero(edges)),
        **{f"{PARAMETER}{name}": float(distance) for name, distance in moved.items()},
    }
    if model.chemical.size:
        usual, spread = model.chemical[fit.chosen].T
        signs[Sign.CHEMICAL] = float(np.abs((point.chemical[fit.chosen] - usual) / spread).max())
    return signs
