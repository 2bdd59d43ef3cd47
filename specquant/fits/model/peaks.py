"""What of spectra counts as peaks: a model errs in what varies slowly."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from specquant.technique import Floats

_SLOW = 27
"""Channels of the mean that residuals and lines lose, so that peaks are left: chosen, several widths of a line, see
docs/decisions/0007-hybrid.md."""


def peaks(rows: Floats) -> Floats:
    """Return rows (..., channel) less their means over the neighbourhood."""
    return np.asarray(rows - uniform_filter1d(rows, _SLOW, axis=-1))
