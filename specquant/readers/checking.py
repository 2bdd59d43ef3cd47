"""Checking raw spectra: what cannot be a spectrum is refused, what may be spoilt is told."""

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SpectrumError
from specquant.technique import Floats, RawSpectrum

_FEWEST_POINTS = 10
_LARGEST_COUNT = 1e30
_FULL = (2.0**16 - 1, 2.0**24 - 1, 2.0**31 - 1, 2.0**32 - 1)
_FULL_SHARE = 0.99
_FLAT_CHANNELS = 5


def check_raw(raw: RawSpectrum, where: object) -> RawSpectrum:
    """Return the spectrum with ascending energy, if it can be used.

    Raises
    ------
    SpectrumError
        Naming the channel (counted from 0, in the file's order) and the value.
    """
    place_of = f"{where}, spectrum {raw.name!r}"
    energy = np.asarray(raw.energy, dtype=np.float64)
    counts = np.asarray(raw.counts, dtype=np.float64)
    if energy.ndim != 1 or energy.shape != counts.shape:
        raise SpectrumError(
            "energy and counts differ in shape", where=place_of, found=f"{energy.shape}, {counts.shape}"
        )
    if energy.size < _FEWEST_POINTS:
        raise SpectrumError(
            "too few points",
            where=place_of,
            found=energy.size,
            wanted=f"at least {_FEWEST_POINTS}",
            todo="Give a survey.",
        )
    _refuse(~np.isfinite(energy), energy, "energy is not a number", "a finite energy", place_of)
    _refuse(~np.isfinite(counts), counts, "intensity is not a number", "a finite count", place_of)
    _refuse(counts < 0, counts, "intensity is negative", "counts >= 0", place_of)
    _refuse(counts > _LARGEST_COUNT, counts, "intensity is absurd", f"counts below {_LARGEST_COUNT:g}", place_of)
    if not counts.any():
        raise SpectrumError("all counts are zero", where=place_of, todo="Check which column holds the intensity.")
    steps = np.diff(energy)
    forward = energy[-1] > energy[0]
    repeated = np.flatnonzero(steps == 0)
    if repeated.size:
        raise SpectrumError(
            "an energy occurs twice",
            where=place_of,
            found=f"{energy[repeated[0]]:g} eV in channels {repeated[0]} and {repeated[0] + 1}",
            wanted="every energy once",
        )
    _refuse(np.append(False, (steps > 0) != forward), energy, "energy turns back", "one direction", place_of)
    order = slice(None) if forward else slice(None, None, -1)
    return RawSpectrum(raw.name, energy[order], counts[order], raw.attrs)


def _refuse(bad: NDArray[np.bool_], values: Floats, what: str, wanted: str, where: str) -> None:
    channels = np.flatnonzero(bad)
    if channels.size:
        more = f" and {channels.size - 1} more" if channels.size > 1 else ""
        raise SpectrumError(
            what,
            where=where,
            found=f"{values[channels[0]]:g} in channel {channels[0]}{more}",
            wanted=wanted,
            todo="Mend or cut out these channels.",
        )


def saturation(counts: Floats) -> str:
    """Return what is to be told of counts (channel,) that ended at the largest number of a counter, or nothing."""
    top = float(counts.max())
    if not any(_FULL_SHARE * full <= top <= full for full in _FULL):
        return ""
    at_top = np.concatenate([[False], counts == top, [False]])
    edges = np.flatnonzero(np.diff(at_top))
    longest = int((edges[1::2] - edges[::2]).max())
    if longest < _FLAT_CHANNELS:
        return ""
    return (
        f"saturated: {longest} channels side by side hold {top:g} counts, the most the file can; measure for less time"
    )
