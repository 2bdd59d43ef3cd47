"""How right answers are to spectra of known composition."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.quantifiers import PRESENT_ABOVE
from specquant.technique import Floats


def accuracies(fraction: Floats, truth: Floats) -> Floats:
    """Return the article's accuracy (sample,) of fractions (sample, element).

    What a truth lacks to a sum of one is unknown to the technique: nobody can find it.
    """
    return np.asarray(1.0 - 0.5 * (np.abs(fraction - truth).sum(axis=1) + 1.0 - truth.sum(axis=1)))


def in_intervals(composition: xr.Dataset, truth: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many elements of at least 1 at% have a 90 % interval, and how many lie within, (sample,) each."""
    lower, upper = composition["lower"].values, composition["upper"].values
    bounded = (truth >= PRESENT_ABOVE) & np.isfinite(lower) & np.isfinite(upper)
    covered = bounded & (lower <= truth) & (truth <= upper)
    return bounded.sum(axis=1), covered.sum(axis=1)
