"""Where the lines of each element lie best on the peaks of a spectrum: a fit finds only the minimum at its start."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from specquant.fits.cost import LEAST_COUNTS, Target
from specquant.fits.forward import ForwardModel
from specquant.fits.physics import moved
from specquant.fits.point import Point
from specquant.technique import Floats

_PEAKS = 8.0
"""Standard deviation, eV, of the smoothing that takes peaks away: chosen, some widths of a line."""

_SEARCHED, _SEARCH_STEP = 9.0, 0.5
"""Chemical shifts, eV, that are tried: up to the first on both sides, in steps of the second. Chosen, the step finer
than a line is wide."""

_PULL = 0.04
"""Share of the score that is lost one standard deviation from the usual shift: chosen, all of it is at five."""


def likeliest_shifts(model: ForwardModel, target: Target, point: Point) -> Floats:
    """Return the chemical shifts (element,) at which the lines of each element of a point lie best on peaks."""
    step = model.technique.axis.step
    weight = 1.0 / model.variance(np.maximum(target.counts_seen, LEAST_COUNTS))
    weighed = weight * _peaks(target.counts_seen, step)
    chosen = np.flatnonzero(point.atoms)
    usual, spread = model.chemical[chosen].T
    shifts, best = model.chemical[:, 0].copy(), np.full(chosen.size, -np.inf)
    lines = _peaks(model.lines(point, chosen), step)
    for away in np.arange(-_SEARCHED, _SEARCHED + 1e-9, _SEARCH_STEP):
        there = moved(lines, away / step)[:, target.seen]
        likeness = np.maximum(there @ weighed, 0.0) ** 2 / np.maximum((there * there) @ weight, 1e-300)
        score = likeness * (1.0 - _PULL * ((away - usual) / spread) ** 2)
        better = score > best
        shifts[chosen[better]] = away
        best = np.where(better, score, best)
    return shifts


def _peaks(rows: Floats, step: float) -> Floats:
    """Return rows (..., channel) without what is broader than peaks."""
    return np.asarray(rows - gaussian_filter1d(rows, _PEAKS / step, axis=-1))
