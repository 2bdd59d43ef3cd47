"""Peaks that a model lacks, and which lines of other elements they may be."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from specquant.quantifiers import Modelled
from specquant.report.lines import line_name, line_width
from specquant.technique import Floats, Technique, strongest_peaks

_FWHM = 2.3548
"""FWHM of a Gaussian in its standard deviations."""

_SLOW = 6.0
"""Standard deviation of what counts as slow, in those of a line: chosen, wide errors of a model are not peaks."""

_NEARBY = 20.0
"""Standard deviation of the neighbourhood that says how far the model errs, in those of a line: chosen."""

_STANDS_OUT = 5.0
"""Standard errors from which on a peak is marked: chosen; noise has one in millions of channels."""

_LEAST_INFORMATION = 1e-12
"""Inverse variance of the counts of a line below which nothing is known of it: a channel beside what was measured."""

_BESIDE = 2.0
"""Widths (FWHM) of a line within which a peak belongs to a line that is explained: chosen, its shape errs there."""

_STRONG = 0.1
"""Strength relative to its element's strongest line from which on a line is a candidate: chosen."""

_NAMED = 3
"""Candidates of a peak at most: chosen."""

_MOST = 12
"""Peaks at most, the highest: chosen, with more the spectrum is not understood, and marks help nobody."""


def unexplained_peaks(
    modelled: Modelled, counts: Floats, technique: Technique, elements: Sequence[str]
) -> list[tuple[float, float, tuple[str, ...]]]:
    """Return energy (axis unit), standard errors and candidates of peaks that the model lacks, the highest first.

    Parameters
    ----------
    modelled
        The model.
    counts
        Measured counts, NaN where nothing was measured, (energy,).
    elements
        Elements that are found: peaks beside their lines are not of others.
    """
    axis = technique.axis
    sigma = max(line_width(technique) / _FWHM / axis.step, 1.0)
    errors = _peak_errors(modelled, counts, sigma)
    highest = (errors == maximum_filter1d(errors, round(2 * sigma) * 2 + 1)) & (errors >= _STANDS_OUT)
    reach = _BESIDE * _FWHM * sigma * axis.step
    moved = dict(zip(modelled.elements, modelled.moved.tolist(), strict=True))
    lines = (peak for peak in technique.peaks if peak.element in elements)
    explained = np.array([peak.energy + moved.get(peak.element, 0.0) for peak in lines])
    peaks = []
    for channel in np.flatnonzero(highest):
        energy = float(axis.centres[channel])
        if explained.size and np.abs(explained - energy).min() < reach:
            continue
        peaks.append((energy, float(errors[channel]), _candidates(energy, technique, elements, reach / _BESIDE)))
    return sorted(peaks, key=lambda peak: -peak[1])[:_MOST]


def _peak_errors(modelled: Modelled, counts: Floats, sigma: float) -> Floats:
    """Return by how many standard errors a line at each channel is missed, (energy,)."""
    seen = np.isfinite(counts)
    rest = np.where(seen, np.nan_to_num(counts) - modelled.total, 0.0)
    rest = rest - gaussian_filter1d(rest, _SLOW * sigma)
    weight = np.where(seen, 1.0 / np.maximum(modelled.deviation, 1.0) ** 2, 0.0)
    weight = weight / np.maximum(gaussian_filter1d(rest**2 * weight, _NEARBY * sigma), 1.0)
    signal = gaussian_filter1d(rest * weight, sigma)
    information = gaussian_filter1d(weight, sigma / np.sqrt(2.0)) / (2.0 * np.sqrt(np.pi) * sigma)
    return np.where(seen, signal / np.sqrt(np.maximum(information, _LEAST_INFORMATION)), 0.0)


def _candidates(energy: float, technique: Technique, elements: Sequence[str], within: float) -> tuple[str, ...]:
    """Return the names of strong lines of other elements near an energy, the likeliest first."""
    likely: dict[str, float] = {}
    strongest = strongest_peaks(technique.peaks)
    for peak in technique.peaks:
        away = abs(peak.energy - energy) / within
        strength = peak.intensity / strongest[peak.element].intensity
        if peak.element not in elements and away <= 1.0 and strength >= _STRONG:
            name = line_name(peak)
            likely[name] = max(likely.get(name, 0.0), strength * np.exp(-2.0 * away**2))
    return tuple(sorted(likely, key=lambda name: -likely[name])[:_NAMED])
