"""Bands: channels side by side that are added up before pixels are read, where lines are far wider than channels.

A pixel is read four times as fast in a third of the numbers. How wide a band may be is what the lines of all elements
say: they lose next to nothing of what they tell, see `_LOST`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.maps.record import Channels
from specquant.technique import Floats

_LOST = 0.02
"""Share of the information on combinations of lines that is lost with the bands, on average: chosen, standard errors of
a phase's elements grow by less than half of it."""

_WIDTHS = (1, 2, 3, 4)
"""Channels of a band: chosen, divisors of a stretch; with more, even and odd bands no longer show the same lines."""

_STRETCH = 48
"""Channels of a stretch, in which all bands have one width: chosen, so that bands are added up in few runs."""

_HALVINGS = 30
"""Times that the price of a band is halved in an interval of 30 powers of two: chosen, far finer than needed."""


def in_bands(channels: Channels, reading: Floats, mean: Floats) -> Channels:
    """Return the channels in bands, as few as keep what lines tell.

    Parameters
    ----------
    channels
        Single channels, in the file's order.
    reading
        Independent combinations of lines, as what counts are multiplied by, of variance one in the mean spectrum,
        (channel, combination).
    mean
        Mean spectrum, (channel,), nowhere zero.
    """
    stretches = _stretches(channels.used)
    losses = np.array([[_lost(reading[some], mean[some], width) for width in _WIDTHS] for some in stretches])
    numbers = np.array([[len(_split(some, width)) for width in _WIDTHS] for some in stretches])
    allowed = _LOST * reading.shape[1]
    chosen = np.zeros(len(stretches), dtype=np.intp)
    low, high = -float(_HALVINGS), 0.0  # powers of two of the price of a band, in what may be lost
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        trial = np.argmin(losses + allowed * 2.0**middle * numbers, axis=1)
        fits = losses[range(len(trial)), trial].sum() <= allowed
        low, high, chosen = (middle, high, trial) if fits else (low, middle, chosen)
    parts = [_split(some, _WIDTHS[which]) for some, which in zip(stretches, chosen, strict=True)]
    first = np.concatenate(parts)
    width = np.diff(np.append(first, channels.used.size))
    lower, upper = np.minimum.reduceat(channels.low, first), np.maximum.reduceat(channels.high, first)
    return replace(channels, low=lower, high=upper, width=width)


def numbers_for(channels: Channels, highest: Floats, lowest: float, kind: np.dtype[Any]) -> str:
    """Return the smallest type of numbers that holds what any pixel has in any band: whole where counts are whole.

    Parameters
    ----------
    channels
        The bands.
    highest
        Largest intensities of any pixel, (file's channel,).
    lowest
        The smallest of all.
    kind
        The file's own type.
    """
    most = channels.joined(highest[channels.used]).max()
    if kind.kind in "iu" and lowest >= 0.0:
        for smaller in ("uint8", "uint16"):
            if most <= np.iinfo(smaller).max:
                return smaller
    return "float32"


def _stretches(used: NDArray[np.intp]) -> list[slice]:
    """Return stretches of channels side by side, together all, as slices of the channels (channel,) that are used."""
    ends = [*(np.flatnonzero(np.diff(used) != 1) + 1).tolist(), used.size]
    stretches, begin = [], 0
    for end in ends:
        stretches += [slice(first, min(first + _STRETCH, end)) for first in range(begin, end, _STRETCH)]
        begin = end
    return stretches


def _split(stretch: slice, width: int) -> NDArray[np.intp]:
    """Return where the bands of a stretch begin; the last may be narrower."""
    return np.arange(stretch.start, stretch.stop, width)


def _lost(reading: Floats, mean: Floats, width: int) -> float:
    """Return the information (variances of combinations) that a stretch loses in bands of a width."""
    first = np.arange(0, mean.size, width)
    sums = np.add.reduceat(mean[:, None] * reading, first, axis=0)
    told = (sums**2).sum(axis=1) / np.add.reduceat(mean, first)
    return float((mean * (reading**2).sum(axis=1)).sum() - told.sum())
