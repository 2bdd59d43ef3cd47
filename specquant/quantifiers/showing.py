"""Which elements of an answer people are shown."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.constraints import Constraints
from specquant.quantifiers.datasets import PRESENT_ABOVE
from specquant.technique import Floats

PRINTED_ABOVE = 0.0005
"""Fraction from which on a sum of what is too little to be shown is written: half of the last figure, 0.1 %."""


def is_shown(fraction: Floats, limit: Floats, required: NDArray[np.bool_] | bool = False) -> NDArray[np.bool_]:
    """Return which elements are shown: from their detection limit on, from 1 at% at the latest, and those required.

    Parameters
    ----------
    fraction
        Atomic fractions, (..., element).
    limit
        Detection limits, atomic fractions of the same shape; NaN where not known.
    required
        Elements that the user requires, of the same shape; a fraction that is not known is never shown.
    """
    least = np.fmin(limit, PRESENT_ABOVE)
    return np.asarray(((fraction >= least) & (fraction > 0.0)) | (required & np.isfinite(fraction)))


def values_of(composition: xr.Dataset, name: str) -> NDArray[Any]:
    """Return a variable (sample, element) of a COMPOSITION; NaN where it has none of that name."""
    variables = composition.variables  # to give each its coordinates, as `composition[name]` does, takes long
    return variables[name].values if name in variables else np.full(variables["fraction"].shape, np.nan)


def shown_of(composition: xr.Dataset, constraints: Constraints | None) -> NDArray[np.bool_]:
    """Return which elements of a COMPOSITION are shown, (sample, element), see `is_shown`.

    Parameters
    ----------
    composition
        Answers of a method.
    constraints
        What is known of the elements of the same samples; None: nothing.
    """
    limit = values_of(composition, "detection_limit")
    return is_shown(values_of(composition, "fraction"), limit, False if constraints is None else constraints.asked_for)
