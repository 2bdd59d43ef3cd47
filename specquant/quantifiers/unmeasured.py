"""Which elements have their strongest line where a spectrum was not measured."""

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Technique, strongest_peaks


def strongest_channels(technique: Technique) -> NDArray[np.intp]:
    """Return the channel of the strongest line of every element, (element,); it may lie beyond the axis.

    It is -1 for elements without a line.
    """
    axis, channels = technique.axis, np.full(len(technique.elements), -1, dtype=np.intp)
    strongest = strongest_peaks(technique.peaks)
    for index, symbol in enumerate(technique.elements):
        if symbol in strongest:
            channels[index] = round((strongest[symbol].energy - axis.centres[0]) / axis.step)
    return channels


def unmeasured(channels: NDArray[np.intp], observed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which elements have their strongest line where nothing was measured, (element,).

    Parameters
    ----------
    channels
        Channels of the strongest lines, (element,).
    observed
        Channels that were measured, (energy,).
    """
    inside = (channels >= 0) & (channels < observed.size)
    return np.asarray(~inside | ~observed[np.where(inside, channels, 0)])
