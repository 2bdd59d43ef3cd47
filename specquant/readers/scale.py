"""The scale of intensities: how many counts one unit is, where a file holds rates, averages or normalised numbers.

A count has the variance of its mean. Along a spectrum, the scatter from channel to channel therefore says how many
counts a unit of intensity stands for; where intensities are whole multiples of one step, that step is one count.
"""

import math
from dataclasses import dataclass

import numpy as np

from specquant.notes import Note, NoteKind
from specquant.readers.columns import NORMALISED, RATE
from specquant.readers.linear import check_linear
from specquant.readers.scatter import scatter_by_block
from specquant.technique import Floats, RawSpectrum

_FEWEST_BLOCKS = 8
"""Blocks with counts that are needed to tell the scatter of a background from a line; chosen."""

_MEDIAN_TO_MEAN = 0.97
"""Median over mean of the scatter of such blocks of Gaussian noise: a mean of 24 squares, correlated by the
differences, is nearly that of 12 independent ones, (1 - 2 / (9 * 12))^3 of a chi-square over its mean is 0.95, and of
24 ones 0.97 (computed)."""

_LIKE_COUNTS = 1 / 3, 3.0
"""Counts per unit, by the scatter alone, between which intensities are taken for counts as they are: surveys that hold
counts show 0.8 to 1.5, and 2.7 where an export smoothed them (1:2:1 has 3/8 of the variance)."""

_ONE = 1e-6
"""Deviation from one count per unit that is rounding, where the steps of the numbers say it."""

_APART = 3
"""Channels between those that are compared where neighbours share their noise, as detectors with many channels and
smoothing make it; measured surveys have the whole scatter from 3 on."""

_SHARED = 1.25
"""Scatter of channels apart over that of neighbours from which on neighbours share noise; 200 blocks tell 1.2."""

_SAME_STEP = 1.6
"""Factor by which counts per unit from the scatter and from the steps of the numbers may differ; twice as many would be
the next possible step."""

_EVEN = 3.0
"""Middle over lower quartile of variance over mean in the blocks, above which it is not that of counts, which is the
same in all: measured surveys have 1.2 to 1.5, and to 2.4 in channels apart; calculated ones 4 to 4000."""

_MOST_COUNTS = 1e9
"""Counts in a channel from which on the scatter is too small to be that of counting; no detector gives as many."""

_WHOLE = 0.25
"""Deviation from a whole number of steps that is rounding, in steps, at most; of intensities without steps, half of the
channels deviate by more."""

_MOST_STEPS = 1e7
"""Steps up to which it can be seen whether a number is a multiple of one, as files have seven digits at most."""

_REACHES = (3.0, 30.0, 300.0, 3e3, 3e4, 3e5, 3e6, 3e7)
"""Numbers of steps over which a step is made better in turn."""

_LARGER_STEP = 1.5
"""Step of whole numbers from which on it is not one."""

_ONE_STEP = 1.5
"""Differences below this times the smallest are one step."""

_FEWEST_VALUES = 8
"""Different intensities that are needed to see their step; chosen."""


@dataclass(frozen=True)
class Scale:
    """How many counts one unit of intensity is, and whether steps of the numbers say it (else their scatter does)."""

    counts: float
    exact: bool


def in_counts(raw: RawSpectrum) -> RawSpectrum:
    """Return a checked spectrum in counts: as it is where its intensities are counts, else scaled, with a note.

    Rates and normalised intensities are known by the header's ``intensity_unit``, or as they are not whole numbers, or
    multiples of a larger one that their scatter takes for one count. Spectra that are on scale already are left alone.

    Raises
    ------
    SpectrumError
        If intensities are not proportional to counts: logarithms or roots.
    """
    said = "" if raw.on_scale else _no_counts(raw)
    if not said:
        return raw
    check_linear(raw)
    scale = scale_of(raw.counts)
    if scale is None:
        text = f"{said}, and their scatter does not say how many counts they are: taken as counts"
        return raw.noted(Note(NoteKind.ASSUMED, text, "counts"))
    if abs(scale.counts - 1) <= _ONE or (not scale.exact and _LIKE_COUNTS[0] <= scale.counts <= _LIKE_COUNTS[1]):
        return raw
    how = "from their steps and scatter" if scale.exact else "from their scatter"
    text = f"1 unit of intensity = {scale.counts:.3g} counts, {how} along the spectrum; {said}"
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused by its channel later
        counts = raw.counts * scale.counts
    return raw.on(raw.energy, counts).noted(Note(NoteKind.ASSUMED, text, "counts"))


def _no_counts(raw: RawSpectrum) -> str:
    """Return why intensities are not counts, or nothing."""
    unit = str(raw.header.get("intensity_unit", "")).lower()
    if unit in (RATE, NORMALISED):
        return f"the file gives {unit}"
    if not np.array_equal(raw.counts, np.round(raw.counts)):
        return "intensities are not whole numbers"
    step = _step(raw.counts)
    if step is None or step < _LARGER_STEP:
        return ""
    scale = scale_of(raw.counts)
    return f"all intensities are multiples of {step:.4g}" if scale is not None and scale.exact else ""


def scale_of(intensities: Floats) -> Scale | None:
    """Return how many counts a unit of intensities (channel,) is; None if their scatter does not say."""
    scatter = _variance_over_mean(intensities)
    if scatter is None or scatter * _MOST_COUNTS <= float(intensities.max()):
        return None
    step = _step(intensities)
    if step and 1 / _SAME_STEP <= scatter / step <= _SAME_STEP:
        return Scale(1.0 / step, exact=True)
    return Scale(1.0 / scatter, exact=False)


def _variance_over_mean(intensities: Floats) -> float | None:
    """Return the variance over the mean of intensities (channel,), whether neighbours share their noise or not."""
    near, apart = (_of_most_blocks(intensities, lag) for lag in (1, _APART))
    return apart if near and apart and apart > _SHARED * near else near


def _of_most_blocks(intensities: Floats, lag: int) -> float | None:
    """Return the variance over the mean, from channels `lag` apart: of most blocks, as lines stand out in others."""
    scatter, levels = scatter_by_block(intensities, lag)
    lit = levels > 0
    if int(lit.sum()) < _FEWEST_BLOCKS:
        return None
    lower, middle = np.quantile(scatter[lit] / levels[lit], (0.25, 0.5))
    if middle > _EVEN * lower:
        return None
    ratio = float(middle) / _MEDIAN_TO_MEAN
    return ratio if math.isfinite(ratio) and ratio > 0 else None


def _step(intensities: Floats) -> float | None:
    """Return the step of which all intensities are whole multiples; None if there is none, or it cannot be seen.

    It is the smallest difference, made better over ever larger numbers of steps, as it is known to a few digits only.
    """
    values = np.unique(intensities)
    offsets = values - values[0]
    if offsets.size < _FEWEST_VALUES:
        return None
    gaps = np.diff(values)
    step = float(gaps.min())
    if step < offsets[-1] / _MOST_STEPS:
        return None
    step = float(gaps[gaps < _ONE_STEP * step].mean())
    for reach in _REACHES:
        within = offsets[1:][offsets[1:] <= reach * step]
        numbers = np.round(within / step)
        step = float(within @ numbers) / float(numbers @ numbers) if within.size else step
    steps = values / step
    return step if np.abs(steps - np.round(steps)).max() < _WHOLE else None
