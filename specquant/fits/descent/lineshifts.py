"""Where the lines of each element lie best on the peaks of a spectrum: a fit finds only the minimum at its start."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.descent.cost import LEAST_COUNTS, Target
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.technique import Floats

_PEAKS = 8.0
"""Standard deviation, eV, of the smoothing that takes peaks away: chosen, some widths of a line."""

_SEARCH_STEP = 0.5
"""Distance of the chemical shifts that are tried, eV: chosen, finer than a line is wide."""

_DIGITS = 9
"""Digits to which shares of a channel are compared: those that are equal but for rounding are read once."""

_PULL = 0.04
"""Share of the score that is lost one standard deviation from the usual shift: chosen, all of it is at five."""


def likeliest_shifts(model: ForwardModel, target: Target, point: Point) -> Floats:
    """Return the chemical shifts (element,) at which the lines of each element of a point lie best on peaks."""
    step = model.technique.axis.step
    weight = 1.0 / model.variance(np.maximum(target.counts_seen, LEAST_COUNTS))
    weighed = weight * _peaks(target.counts_seen, step)
    chosen = np.flatnonzero(point.atoms)
    usual, spread = model.chemical[chosen].T
    lowest, highest = model.technique.shift_ranges[chosen].T
    first, last = round(lowest.min() / _SEARCH_STEP), round(highest.max() / _SEARCH_STEP)
    tried = np.arange(first, last + 1) * _SEARCH_STEP
    lines = _peaks(model.lines(point, chosen), step)
    signal, size = _moved_products(lines, tried / step, target.seen, weighed, weight)
    likeness = np.maximum(signal, 0.0) ** 2 / np.maximum(size, 1e-300)
    score = likeness * (1.0 - _PULL * ((tried[:, None] - usual) / spread) ** 2)
    beyond = np.maximum(lowest - tried[:, None], tried[:, None] - highest)
    score = np.where(beyond < _SEARCH_STEP, score, -np.inf)
    shifts = model.chemical[:, 0].copy()
    shifts[chosen] = np.clip(tried[np.argmax(score, axis=0)], lowest, highest)
    return shifts


def _moved_products(
    lines: Floats, channels: Floats, seen: NDArray[np.intp], weighed: Floats, weight: Floats
) -> tuple[Floats, Floats]:
    """Return the products of moved lines with weighed counts, and with themselves, weighed: (place, line) each.

    Parameters
    ----------
    lines
        Shape (line, energy).
    channels
        By how many channels they are moved up, (place,).
    seen
        Indices of the channels that count, (channel seen,).
    weighed
        Counts there, times their weights, (channel seen,).
    weight
        Weights there, (channel seen,).
    """
    size, room = lines.shape[1], int(np.ceil(np.abs(channels).max())) + 1
    whole, padded = np.floor(-channels), np.pad(lines, ((0, 0), (room, room)), mode="edge")
    shares, whole = np.round(-channels - whole, _DIGITS), whole.astype(np.intp)
    counts, weights = np.zeros(size), np.zeros(size)
    counts[seen], weights[seen] = weighed, weight
    products, squares = np.empty((channels.size, len(lines))), np.empty((channels.size, len(lines)))
    for share in np.unique(shares):
        between = padded[:, :-1] * (1.0 - share) + padded[:, 1:] * share
        squared = between * between
        for index in np.flatnonzero(shares == share):
            window = slice(room + whole[index], room + whole[index] + size)
            products[index], squares[index] = between[:, window] @ counts, squared[:, window] @ weights
    return products, squares


def _peaks(rows: Floats, step: float) -> Floats:
    """Return rows (..., channel) without what is broader than peaks."""
    return np.asarray(rows - gaussian_filter1d(rows, _PEAKS / step, axis=-1))
