"""Local maxima with their prominences, as scipy.signal.find_peaks gives them; its import takes half a second."""

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Floats


def prominent_peaks(
    values: Floats, least: float, widest: float, around: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the indices of peaks and their prominences, (peak,) each.

    Parameters
    ----------
    values
        Shape (channel,).
    least
        Least prominence, in the unit of the values.
    widest
        Largest width at half of the prominence, channels.
    around
        Channels, an odd number, within which a peak's prominence is measured.
    """
    kept, prominences = [], []
    for peak in _high(values, _maxima(values), least, around // 2).tolist():
        first, last = max(peak - around // 2, 0), min(peak + around // 2, len(values) - 1)
        left, right = _base(values[first : peak + 1][::-1]), _base(values[peak : last + 1])
        prominence = float(values[peak] - max(values[peak - left], values[peak + right]))
        if prominence < least:
            continue
        half = values[peak] - 0.5 * prominence
        flanks = values[peak - left : peak + 1][::-1], values[peak : peak + right + 1]
        if sum(_crossing(flank, half) for flank in flanks) <= widest:
            kept.append(peak)
            prominences.append(prominence)
    return np.array(kept, dtype=np.intp), np.array(prominences)


def _high(values: Floats, peaks: NDArray[np.intp], least: float, reach: int) -> NDArray[np.intp]:
    """Return the peaks that stand far enough above the lowest values on both sides, within reach, to be prominent."""
    padded = np.pad(values, reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, reach + 1).min(axis=1)
    return np.asarray(peaks[values[peaks] - np.maximum(lowest[peaks], lowest[peaks + reach]) >= least])


def _maxima(values: Floats) -> NDArray[np.intp]:
    """Return the middles of runs of equal values that both neighbours are below."""
    starts = np.flatnonzero(np.diff(values, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(values)) - 1
    tops = values[starts]
    higher = np.zeros(len(starts), dtype=bool)
    higher[1:-1] = (tops[1:-1] > tops[:-2]) & (tops[1:-1] > tops[2:])
    return np.asarray((starts[higher] + ends[higher]) // 2)


def _base(flank: Floats) -> int:
    """Return the distance from a peak to the lowest value of a flank, which begins at the peak and ends where it rises.

    The flank ends where a value lies above the peak.
    """
    above = np.flatnonzero(flank > flank[0])
    return int(np.argmin(flank[: above[0]] if above.size else flank))


def _crossing(flank: Floats, height: float) -> float:
    """Return the distance from a peak at which a flank falls to a height, interpolated."""
    below = np.flatnonzero(flank <= height)
    index = int(below[0]) if below.size else len(flank) - 1
    if flank[index] < height:
        return index - float((height - flank[index]) / (flank[index - 1] - flank[index]))
    return float(index)
