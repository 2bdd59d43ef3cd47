"""The scatter of intensities from channel to channel, block by block along a spectrum."""

import numpy as np

from specquant.technique import Floats

_BLOCK = 24
"""Channels of which the scatter is taken together; chosen: narrower than a background bends, wide enough for a mean."""

_DIFFERENCE = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
"""Fourth differences: of independent channels they have 70 times the variance, of smooth lines next to nothing."""


def scatter_by_block(intensities: Floats, lag: int = 1) -> tuple[Floats, Floats]:
    """Return the variance of intensities (channel,), and their mean, of every block, (block,) each; maybe of none.

    Parameters
    ----------
    intensities
        Intensities, (channel,).
    lag
        Channels between those that are compared.
    """
    kernel = np.zeros(lag * (len(_DIFFERENCE) - 1) + 1)
    kernel[::lag] = _DIFFERENCE
    if len(intensities) < len(kernel) + _BLOCK:
        return np.zeros(0), np.zeros(0)
    differences, means = np.convolve(intensities, kernel, mode="valid"), intensities[2 * lag : -2 * lag]
    blocks = len(means) // _BLOCK
    shape = blocks, _BLOCK
    squares = np.square(differences[: blocks * _BLOCK]).reshape(shape).mean(axis=1)
    return squares / float(_DIFFERENCE @ _DIFFERENCE), means[: blocks * _BLOCK].reshape(shape).mean(axis=1)
