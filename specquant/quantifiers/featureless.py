"""Spectra in which nothing stands out of the noise: whatever a method answers to them says nothing about the sample."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.notes import joined
from specquant.quantifiers.estimates import Estimate
from specquant.spectra import Spectra
from specquant.technique import Floats

REMARK = "nothing stands out of the noise; the figures say nothing about the sample"
"""Said of an answer to a spectrum without features."""

_KNOTS = 8
"""Of the smooth curve that is taken off: chosen, each far wider than a line."""

_SIZES = 16
"""Numbers of channels of which curves are kept: chosen, files of a folder have few."""

_CHUNK = 512
"""Spectra that are looked at together: chosen, a few megabytes."""

_ROUNDING = 1e-20
"""Share of a spectrum's square that rounding leaves: the square of a ten-thousand-millionth."""

_DEVIATIONS = 3.0
"""Standard deviations of white noise within which what is left counts as noise: one weak spectrum in 700 by chance."""


def without_features(counts: NDArray[np.floating[Any]], observed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which spectra are a smooth curve and white noise, shape (sample,).

    Taken is what is left of the square root of the counts, in which noise is even, beside a smooth curve. In white
    noise the mean square of its steps is twice its own (von Neumann 1941); every line makes it less.

    Parameters
    ----------
    counts
        Counts, (sample, energy).
    observed
        Where something was measured, (sample, energy).
    """
    flat = np.zeros(len(counts), dtype=bool)
    for rows in _seen_alike(observed):
        seen = np.flatnonzero(observed[rows[0]])
        for first in range(0, len(rows), _CHUNK):
            some = rows[first : first + _CHUNK]
            flat[some] = _is_flat(np.sqrt(np.maximum(counts[np.ix_(some, seen)], 0.0).astype(np.float64)))
    return flat


def _seen_alike(observed: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the numbers of spectra that were observed in the same channels, group by group."""
    if (observed == observed[:1]).all():
        return [np.arange(len(observed))] if len(observed) else []
    masks, which = np.unique(np.packbits(observed, axis=1), axis=0, return_inverse=True)
    return [np.flatnonzero(which.ravel() == number) for number in range(len(masks))]


def _is_flat(root: Floats) -> NDArray[np.bool_]:
    """Return which square roots (sample, channel) are a smooth curve and white noise."""
    size = root.shape[1]
    level = np.square(root).sum(axis=1)
    if size <= 2 * _KNOTS:
        return np.ptp(root, axis=1) == 0 if size else np.ones(len(root), dtype=bool)
    curve = _smooth(size)
    rest = root - (root @ curve) @ curve.T
    power = np.square(rest).sum(axis=1)
    noise = np.square(np.diff(rest, axis=1)).sum(axis=1) / 2.0
    even = power <= _ROUNDING * level
    return np.asarray(even | (noise > (1.0 - _DEVIATIONS / np.sqrt(size)) * power))


@lru_cache(maxsize=_SIZES)
def _smooth(size: int) -> Floats:
    """Return orthonormal columns (channel, knot) of which smooth curves are sums."""
    curves = np.polynomial.chebyshev.chebvander(np.linspace(-1.0, 1.0, size), _KNOTS)
    return np.asarray(np.linalg.qr(curves)[0])


def with_warning(estimate: Estimate, spectra: Spectra) -> Estimate:
    """Return the estimate, of spectra without features with bounds that say so, and a remark."""
    flat = without_features(spectra.counts, spectra.observed)
    if not flat.any():
        return estimate
    remarks = list(estimate.each_remark)
    for row in np.flatnonzero(flat):
        if REMARK not in remarks[row]:  # as it is in an answer that was kept
            remarks[row] = joined(REMARK, remarks[row])
    possible = np.ones_like(estimate.fraction) if spectra.candidates is None else spectra.candidates.astype(np.float64)
    return replace(
        estimate,
        lower=np.where(flat[:, None], 0.0, estimate.lower),
        upper=np.where(flat[:, None], possible, estimate.upper),
        remarks=tuple(remarks),
    )
