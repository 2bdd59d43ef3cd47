"""Which channels of a file a fit of its pixels reads, and which energies they are."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SpectrumError
from specquant.maps.record import Channels
from specquant.readers import Correction, on_scale
from specquant.technique import Floats, RawMap, Technique

_SAME = 1e-6
"""Relative difference of two numbers that are the same: rounding in single precision."""

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
    """Return the channels that a fit reads of a map.

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
    placed = on_scale(raw.spectrum("sum", total), technique, where, given, correct)
    energy, counts = np.asarray(placed.energy, dtype=np.float64), np.asarray(placed.counts, dtype=np.float64)
    used, unit = _found_again(np.asarray(total, dtype=np.float64), counts, where)
    middles = 0.5 * (energy[1:] + energy[:-1])
    edges = np.concatenate([[2 * energy[0] - middles[0]], middles, [2 * energy[-1] - middles[-1]]])
    axis = technique.axis
    lowest = _lowest(technique, listed)
    low, high = edges[:-1], edges[1:]
    inside = (low >= max(axis.start - 0.5 * axis.step, lowest)) & (high <= axis.stop + 0.5 * axis.step)
    order = np.argsort(used[inside])
    return Channels(used[inside][order], low[inside][order], high[inside][order], unit)


def without_ends(channels: Channels, total: Floats) -> Channels:
    """Return the channels without those at the upper end that hold next to no counts of the whole map (channel,)."""
    order = np.argsort(channels.low)
    counts = total[channels.used][order]
    above = counts[::-1].cumsum()[::-1]
    kept = np.sort(order[above > _BEYOND * counts.sum()])
    return Channels(channels.used[kept], channels.low[kept], channels.high[kept], channels.unit)


def _lowest(technique: Technique, listed: NDArray[np.bool_] | None) -> float:
    """Return the energy from which on a fit reads a spectrum, see `FitDecisions.only_if_listed`."""
    if technique.fit is None:
        return -np.inf
    named = set() if listed is None else {technique.elements[index] for index in np.flatnonzero(listed)}
    absent = [energy for symbol, energy in technique.fit.decisions.only_if_listed.items() if symbol not in named]
    return max(absent, default=-np.inf)


def _found_again(file: Floats, placed: Floats, where: object) -> tuple[NDArray[np.intp], float]:
    """Return which of the file's channels stand on the technique's scale, and counts per unit of the file."""
    size = placed.size
    for step in (1, -1):
        channels = np.arange(file.size)[::step]
        for first in range(file.size - size + 1):
            some = file[channels[first : first + size]]
            top = int(np.argmax(placed))
            unit = float(placed[top] / some[top]) if some[top] > 0 else 0.0
            if unit > 0 and np.allclose(some * unit, placed, rtol=_SAME, atol=_SAME * placed[top]):
                return channels[first : first + size], unit
    raise SpectrumError(
        "channels of the map change as they are put on the technique's scale",
        where=where,
        found=f"{file.size} channels in the file, {size} on the scale",
        wanted="the same ones",
        todo="Quantify it pixel by pixel, with --method.",
    )
