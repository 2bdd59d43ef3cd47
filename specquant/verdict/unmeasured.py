"""What an answer may lack because no line of it was measured, or none that stands out."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.quantifiers import MOST_UNSEEN, values_of
from specquant.technique import Technique
from specquant.verdict.records import Ground, Reason

LIKELY = 0.35
"""Probability that more than `MOST_UNSEEN` is unseen from which on an answer is doubtful: of fresh surveys with a part
of the axis cut away, four of five answers are poor from there on, and one of eight below (0053)."""

_NAMED = 8
"""Elements that are named: chosen, more are not read."""


def unseen(
    technique: Technique, composition: xr.Dataset, observed: NDArray[np.bool_], row: int, probability: float
) -> Iterator[Reason]:
    """Yield that elements which a spectrum does not show are likely to make up much of the sample.

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
        How likely elements that are not in the answer have more than `MOST_UNSEEN` of all atoms; NaN: not known.
    """
    if not probability > LIKELY:
        return
    open_ = open_elements(technique, composition, row)
    outside = [symbol for symbol in open_ if symbol in unmeasured(technique, observed)]
    ground, where = (Ground.AXIS, f" by {span(technique, observed)}") if outside else (Ground.HIDDEN, "")
    which = f"{MOST_UNSEEN:.0%} of {named(outside or open_)} would not show{where}"
    yield Reason(ground, f"{which}: with a probability of {probability:.0%} elements not found have more than that")


def open_elements(technique: Technique, composition: xr.Dataset, row: int) -> list[str]:
    """Return the elements that are not in an answer, and of which more than `MOST_UNSEEN` would not show."""
    fraction, upper = (values_of(composition, name)[row] for name in ("fraction", "upper"))
    return [technique.elements[index] for index in np.flatnonzero((fraction <= 0.0) & (upper > MOST_UNSEEN))]


def unmeasured(technique: Technique, observed: NDArray[np.bool_]) -> frozenset[str]:
    """Return the elements with a strongest line that was not measured, of channels that were, (energy,)."""
    strongest = {peak.element: peak for peak in sorted(technique.peaks, key=lambda peak: peak.intensity)}
    axis = technique.axis
    channels = {symbol: round((peak.energy - axis.centres[0]) / axis.step) for symbol, peak in strongest.items()}
    return frozenset(
        symbol for symbol, channel in channels.items() if not (0 <= channel < axis.size and observed[channel])
    )


def span(technique: Technique, observed: NDArray[np.bool_]) -> str:
    """Return in words from where to where a spectrum was measured."""
    first, last = technique.axis.centres[np.flatnonzero(observed)[[0, -1]]].tolist()
    return f"{first:.0f} to {last:.0f} {technique.axis.unit}"


def named(symbols: list[str]) -> str:
    """Return symbols in one line, the first of them if there are many."""
    more = f" and {len(symbols) - _NAMED} more" if len(symbols) > _NAMED else ""
    return ", ".join(symbols[:_NAMED]) + more
