"""Which channels of a file a fit of its pixels reads, and which energies they are."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from specquant.maps.record import Channels
from specquant.readers import Correction, on_scale
from specquant.technique import Floats, RawMap, Technique

_BEYOND = 1e-4
"""Share of all counts in channels at an end of the spectrum that are left out: chosen, they say nothing, and take
time."""


def channels_of(
    raw: RawMap,
    total: Floats,
    technique: Technique,
    listed: NDArray[np.bool_] | None,
    where: object,
    given: Mapping[str, float],
    correct: Correction | None,
) -> Channels:
    """Return the channels that a fit reads of a map, each a band of its own.

    Parameters
    ----------
    raw
        The map.
    total
        Counts of some of its pixels together, (channel,): by them the axis is oriented and corrected.
    technique
        It says what is left out at low energies, unless an element there is among those that are `listed`.
    listed
        The only elements that there can be, (element,); None: any.
    where, given, correct
        As of `specquant.readers.load_spectra`.

    Raises
    ------
    SpectrumError
        If the spectrum cannot be used.
    """
    traced = on_scale(raw.spectrum("sum", total), technique, where, given, correct)
    low, high, used = traced.low, traced.high, traced.channels
    axis = technique.axis
    lowest = _lowest(technique, listed)
    inside = (low >= max(axis.start - 0.5 * axis.step, lowest)) & (high <= axis.stop + 0.5 * axis.step)
    order = np.argsort(used[inside])
    return _single(used[inside][order], low[inside][order], high[inside][order], traced.unit)


def without_ends(channels: Channels, total: Floats) -> Channels:
    """Return the channels without those at the upper end that hold next to no counts of the whole map (channel,)."""
    order = np.argsort(channels.low)
    counts = total[channels.used][order]
    above = counts[::-1].cumsum()[::-1]
    kept = np.sort(order[above > _BEYOND * counts.sum()])
    return _single(channels.used[kept], channels.low[kept], channels.high[kept], channels.unit)


def _single(used: NDArray[np.intp], low: Floats, high: Floats, unit: float) -> Channels:
    return Channels(used, low, high, unit, np.ones(used.size, dtype=np.intp))


def _lowest(technique: Technique, listed: NDArray[np.bool_] | None) -> float:
    """Return the energy from which on a fit reads a spectrum, see `FitDecisions.only_if_listed`."""
    if technique.fit is None:
        return -np.inf
    named = set() if listed is None else {technique.elements[index] for index in np.flatnonzero(listed)}
    absent = [energy for symbol, energy in technique.fit.decisions.only_if_listed.items() if symbol not in named]
    return max(absent, default=-np.inf)
