"""What an answer may lack because it was not measured."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.notes import in_percent, shortened
from specquant.quantifiers import MOST_UNSEEN, values_of
from specquant.quantifiers.unmeasured import strongest_channels, unmeasured
from specquant.technique import Technique
from specquant.verdict.records import Ground, Reason

LIKELY = 0.35
"""Probability that more than `MOST_UNSEEN` was not measured from which on an answer is doubtful: of fresh surveys with
a part of the axis cut away, most answers are poor from there on, and few below (0053)."""

_NAMED = 8
"""Elements that are named: chosen, more are not read."""


def unseen(
    technique: Technique, composition: xr.Dataset, observed: NDArray[np.bool_], row: int, probability: float
) -> Iterator[Reason]:
    """Yield that elements which were not measured are likely to make up much of the sample.

    Parameters
    ----------
    technique
        It has the lines and the axis.
    composition
        The answers of a method.
    observed
        Channels that were measured, (energy,).
    row
        Which of the answers.
    probability
        How likely elements that are not in the answer, and of which the strongest line was not measured, have more than
        `MOST_UNSEEN` of all atoms; NaN: not known.
    """
    if not probability > LIKELY:
        return
    fraction, upper = (values_of(composition, name)[row] for name in ("fraction", "upper"))
    missing = unmeasured(strongest_channels(technique), observed) & (fraction <= 0.0) & (upper > MOST_UNSEEN)
    names = shortened([technique.elements[index] for index in np.flatnonzero(missing)], _NAMED)
    first, last = technique.axis.centres[np.flatnonzero(observed)[[0, -1]]].tolist()
    which = f"{in_percent(MOST_UNSEEN)} of {names} would not show from {first:.0f} to {last:.0f} {technique.axis.unit}"
    yield Reason(Ground.AXIS, f"{which}: with a probability of {in_percent(probability)} they have more than that")
