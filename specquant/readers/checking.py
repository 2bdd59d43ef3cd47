"""Checking raw spectra: what cannot be a spectrum is refused, what may be spoilt gets a note."""

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SpectrumError
from specquant.technique import Floats, RawSpectrum

_FEWEST_POINTS = 10
"""Points that a spectrum has to have at least; chosen: fewer hold no line with its background."""

_LARGEST_COUNT = 1e30
"""Counts in one channel; no detector gives as many, and sums over an axis stay finite in single precision (3e38)."""

_MANY = 0.1
"""Share of channels with negative intensities from which on they are no slips, but a spectrum that was worked on."""

_FULL = (2.0**16 - 1, 2.0**24 - 1, 2.0**31 - 1, 2.0**32 - 1)
"""The largest counts that counters of 16, 24, 31 and 32 bits hold."""

_FULL_SHARE = 0.99
"""Share of such a number from which on a maximum may stem from it; chosen, as some files hold scaled counts."""

_FLAT_CHANNELS = 5
"""Channels side by side at the maximum; chosen: peaks and noise do not repeat their maximum as often."""

_CLIPPED = 1000.0
"""Maximum from which on that is so for any number: noise of a thousand counts repeats one five times in a row once in
ten million spectra; smaller ones may be rounded shares."""

_MEND = "Mend or cut out these channels."
_LINEAR = "Export the spectrum with a linear scale of intensities."
_AS_MEASURED = "Export the spectrum as it was measured: with no background taken off, and upwards."
_PART = "If these are two spectra one after the other, give each its own file or columns."
_SORT = "Sort the rows by energy."
"""What to do about what is refused."""


def check_raw(raw: RawSpectrum, where: object) -> RawSpectrum:
    """Return the spectrum with ascending energy, if it can be used.

    Parameters
    ----------
    raw
        Energies and counts (channel,), as a reader gives them.
    where
        File, for the message.

    Raises
    ------
    SpectrumError
        Naming the channel (counted from 0, in the file's order) and the value.
    """
    label = f"{where}, spectrum {raw.name!r}"
    for values in (raw.energy, raw.counts):
        if np.asarray(values).dtype.kind not in "biuf":
            raise SpectrumError("holds no numbers", where=label, found=np.asarray(values).dtype, wanted="numbers")
    energy = np.asarray(raw.energy, dtype=np.float64)
    counts = np.asarray(raw.counts, dtype=np.float64)
    if energy.ndim != 1 or energy.shape != counts.shape:
        raise SpectrumError("energy and counts differ in shape", where=label, found=f"{energy.shape}, {counts.shape}")
    if energy.size < _FEWEST_POINTS:
        raise SpectrumError(
            "too few points",
            where=label,
            found=energy.size,
            wanted=f"at least {_FEWEST_POINTS}",
            todo="Give a survey.",
        )
    _refuse(~np.isfinite(energy), energy, "energy is not a number", "a finite energy", label)
    _refuse(counts == -np.inf, counts, "intensity is the logarithm of 0", "counts", label, _LINEAR)
    _refuse(~np.isfinite(counts), counts, "intensity is not a number", "a finite count", label)
    few = np.count_nonzero(counts < 0) < _MANY * counts.size
    _refuse(counts < 0, counts, "intensity is negative", "counts >= 0", label, _MEND if few else _AS_MEASURED)
    _refuse(counts > _LARGEST_COUNT, counts, "intensity is absurd", f"counts below {_LARGEST_COUNT:g}", label)
    if not counts.any():
        raise SpectrumError("all counts are zero", where=label, todo="Check which column holds the intensity.")
    steps = np.diff(energy)
    forward = energy[-1] > energy[0]
    repeated = np.flatnonzero(steps == 0)
    if repeated.size:
        raise SpectrumError(
            "an energy occurs twice",
            where=label,
            found=f"{energy[repeated[0]]:g} in channels {repeated[0]} and {repeated[0] + 1}",
            wanted="every energy once",
            todo="Export energies with more digits, or cut out what was measured twice.",
        )
    turns = np.append(False, (steps > 0) != forward)
    _refuse(turns, energy, "energy turns back", "one direction", label, _SORT if turns.sum() > 1 else _PART)
    order = slice(None) if forward else slice(None, None, -1)
    return raw.on(energy[order], counts[order])


def _refuse(bad: NDArray[np.bool_], values: Floats, what: str, wanted: str, where: str, todo: str = _MEND) -> None:
    channels = np.flatnonzero(bad)
    if channels.size:
        more = f" and {channels.size - 1} more" if channels.size > 1 else ""
        raise SpectrumError(
            what,
            where=where,
            found=f"{values[channels[0]]:g} in channel {channels[0]}{more}",
            wanted=wanted,
            todo=todo,
        )


def saturation(counts: Floats) -> str:
    """Return what has to be said of counts (channel,) that are cut off at their maximum, or nothing.

    That is the largest number of a counter, or any large one that half of the channels or fewer repeat.
    """
    top = float(counts.max())
    full = any(_FULL_SHARE * most <= top <= most for most in _FULL)
    if not full and (top < _CLIPPED or 2 * np.count_nonzero(counts == top) > counts.size):
        return ""
    at_top = np.concatenate([[False], counts == top, [False]])
    edges = np.flatnonzero(np.diff(at_top))
    longest = int((edges[1::2] - edges[::2]).max())
    if longest < _FLAT_CHANNELS:
        return ""
    why = "the most the file can" if full else "which no other channel exceeds"
    return f"saturated: {longest} channels side by side hold {top:g} counts, {why}; measure for less time"
