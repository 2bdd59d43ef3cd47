"""Where the lines of an element usually are within the range of its chemical shifts."""

import numpy as np

from specquant.technique import Floats, Technique

_USUAL = 0.3
"""Where in the range of its chemical shifts an element usually is, 0 the low end and 1 the high one: chosen."""

_SPREAD = 0.35
"""Standard deviation of that, in widths of the range: chosen, so that both ends lie within two of them."""

_LEAST_SPREAD = 0.5
"""The least standard deviation of a chemical shift, eV: chosen, for elements with a narrow range or none."""


def usual_shifts(technique: Technique) -> Floats:
    """Return the usual chemical shift of every element and its standard deviation, eV, (element, 2)."""
    ranges = technique.shift_ranges
    width = ranges[:, 1] - ranges[:, 0]
    return np.stack([ranges[:, 0] + _USUAL * width, np.maximum(_SPREAD * width, _LEAST_SPREAD)], axis=1)
