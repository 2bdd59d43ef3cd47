"""Smooth backgrounds that are no physics of a technique: straight lines, and hats that make up any smooth curve."""

import numpy as np

from specquant.technique import Floats

_HATS = 8
"""Hats of the smooth background: chosen, each far wider than a line."""


def ramps(size: int) -> Floats:
    """Return a falling and a rising straight line, shape (2, energy), which sum to one."""
    rising = np.linspace(0.0, 1.0, size)
    return np.stack([1.0 - rising, rising])


def smooth_hats(size: int) -> Floats:
    """Return overlapping raised-cosine hats that sum to one, shape (hat, energy): any smooth positive background."""
    knots = np.linspace(0, size - 1, _HATS)
    distance = (np.arange(size)[None, :] - knots[:, None]) / (knots[1] - knots[0])
    return np.where(np.abs(distance) < 1, 0.5 * (1 + np.cos(np.pi * distance)), 0.0)
