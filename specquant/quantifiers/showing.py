"""Which elements of an answer people are shown."""

import numpy as np
from numpy.typing import NDArray

from specquant.quantifiers.base import PRESENT_ABOVE
from specquant.technique import Floats


def is_shown(fraction: Floats, limit: Floats, required: NDArray[np.bool_] | bool = False) -> NDArray[np.bool_]:
    """Return which elements are shown: from their detection limit on, from 1 at% at the latest, and those required.

    Parameters
    ----------
    fraction, limit
        Atomic fractions and detection limits, NaN where not known, of the same shape.
    required
        Elements that the user requires; a fraction that is not known is never shown.
    """
    least = np.fmin(limit, PRESENT_ABOVE)
    return np.asarray(((fraction >= least) & (fraction > 0.0)) | (required & np.isfinite(fraction)))
