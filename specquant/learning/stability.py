"""By how much a network changes its mind when a spectrum is changed a little in ways that say nothing of composition.

A network is steady on spectra like those that it was trained on, and less so on others, so that its changes say how far
an answer can be believed.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from specquant.spectra import Spectra
from specquant.technique import Floats

_TILT = 0.3
"""Share by which counts grow or fall from the middle to the ends of the axis: chosen, as transmissions differ."""

_MOVE = 2
"""Channels by which a spectrum is moved: chosen, below the width of a line."""

_POWER = 0.15
"""Share of the logarithm of counts that is taken off or added: chosen, as detectors are not linear."""

_SMOOTH = 5
"""Channels of the mean that smooths: chosen, about the width of a line."""


def with_variants(spectra: Spectra) -> Spectra:
    """Return spectra, and behind them all variants of them, one way of changing them after the other."""
    variants = [spectra, *_variants(spectra)]
    counts, observed = (np.concatenate([getattr(one, name) for one in variants]) for name in ("counts", "observed"))
    return Spectra(counts, observed, np.tile(spectra.stated, (len(variants), 1)))


def changes(predicted: Floats, samples: int) -> Floats:
    """Return the mean over all variants of half the sum of changes of fractions, (sample,).

    Parameters
    ----------
    predicted
        Fractions of spectra and their variants, as `with_variants` gives them, (sample, element).
    samples
        Number of the spectra themselves.
    """
    before, *after = predicted.reshape(-1, samples, predicted.shape[1])
    return np.asarray((0.5 * np.abs(np.stack(after) - before).sum(axis=2)).mean(axis=0))


def _variants(spectra: Spectra) -> Iterator[Spectra]:
    counts, observed = spectra.counts.astype(np.float64), spectra.observed
    along = np.linspace(-1.0, 1.0, counts.shape[1])
    top = np.maximum(counts.max(axis=1, keepdims=True, initial=0.0), 1.0)
    for tilt in (_TILT, -_TILT):
        yield _with(spectra, counts * (1.0 + tilt * along), observed)
    for move in (_MOVE, -_MOVE):
        yield _with(spectra, np.roll(counts, move, axis=1), np.roll(observed, move, axis=1))
    for power in (-_POWER, _POWER):
        yield _with(spectra, counts * (np.maximum(counts, 1.0) / top) ** power, observed)
    yield _with(spectra, uniform_filter1d(counts, _SMOOTH, axis=1), observed)


def _with(spectra: Spectra, counts: Floats, observed: NDArray[np.bool_]) -> Spectra:
    return Spectra(counts * observed, observed, spectra.stated)
