"""Why each element is in an answer: how much each of its lines says for it, and which windows the network reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.quantifiers import PRESENT_ABOVE, Modelled
from specquant.report.energyscale import EnergyScale
from specquant.report.interactive import LineMark, line_marks
from specquant.report.lines import line_width
from specquant.technique import Floats, Technique

_REACH = 3.0
"""Widths (FWHM) of a line within which a channel belongs to it: chosen, a line lies there also where the sample has it
wider than its instrument, or charged parts move it."""

_NAMED = 0.08
"""Share of an element's evidence from which on a line is named: chosen. The strongest is named in any case: if it says
little, people should know."""

_STRONG = 0.05
"""Strength relative to its element's strongest line from which on a line makes a window its own: chosen."""


@dataclass(frozen=True)
class LineEvidence:
    """One line of an element: by how many standard errors the spectrum has it, beside all else that is in the fit."""

    line: LineMark
    errors: float


@dataclass(frozen=True)
class ElementEvidence:
    """By how many standard errors the fit needs an element, and the lines that say so, the strongest first."""

    element: str
    errors: float
    lines: tuple[LineEvidence, ...]


def evidence_of(modelled: Modelled, technique: Technique, elements: Sequence[str]) -> list[ElementEvidence]:
    """Return the evidence for elements of a fit, in their order; none where the method knows none."""
    if modelled.evidence is None:
        return []
    rows = dict(zip(modelled.elements, modelled.evidence, strict=True))
    energy = EnergyScale(technique.axis).of(technique.axis.centres)
    width = line_width(technique) / technique.axis.step
    reach = _REACH * width * float(energy[1] - energy[0])
    return [
        _of_element(rows[symbol], line_marks(technique, [symbol], modelled), energy, reach)
        for symbol in elements
        if symbol in rows
    ]


def _of_element(by_channel: Floats, marks: Sequence[LineMark], energy: Floats, reach: float) -> ElementEvidence:
    total = float(by_channel.sum())
    apart = _apart(marks, reach)
    away = np.abs(energy[None] - np.array([mark.energy for mark in apart])[:, None])
    nearest = np.where(away.min(axis=0) <= reach, away.argmin(axis=0), -1)
    every = [LineEvidence(mark, float(by_channel[nearest == row].sum())) for row, mark in enumerate(apart)]
    strongest = every[0].line
    told = [one for one in every if one.errors >= _NAMED * abs(total) or one.line is strongest]
    return ElementEvidence(marks[0].element, total, tuple(sorted(told, key=lambda one: -one.errors)))


def _apart(marks: Sequence[LineMark], reach: float) -> list[LineMark]:
    """Return lines that stand apart, the strongest first: a weaker one beside another speaks with it."""
    apart: list[LineMark] = []
    for mark in sorted(marks, key=lambda mark: -mark.strength):
        if all(abs(mark.energy - other.energy) > reach for other in apart):
            apart.append(mark)
    return apart


def telling_weights(lime: xr.Dataset, technique: Technique, symbol: str) -> Floats:
    """Return the weights (segment,) of windows that say something of an element, 0 for the others.

    A window with lines of other elements lowers a fraction for no other reason than that fractions sum to one: it is
    evidence for those others, none against this element. What counts against it are windows with lines of its own.
    """
    weight = np.asarray(lime["weight"].sel(element=symbol).values, dtype=np.float64)
    return np.where((weight > 0) | own_windows(lime, technique, symbol), weight, 0.0)


def own_windows(lime: xr.Dataset, technique: Technique, symbol: str) -> NDArray[np.bool_]:
    """Return which windows (segment,) hold a line of an element."""
    peaks = [peak for peak in technique.peaks if peak.element == symbol]
    highest = max((peak.intensity for peak in peaks), default=0.0)
    energies = np.array([peak.energy for peak in peaks if peak.intensity >= _STRONG * highest])
    start, stop = lime["start"].values, lime["stop"].values
    return np.asarray(((energies >= start[:, None]) & (energies <= stop[:, None])).any(axis=1))


def moved_elements(lime: xr.Dataset, technique: Technique, elements: Sequence[str]) -> list[str]:
    """Return the elements of which some window moves the fraction by what counts as present."""
    return [
        symbol
        for symbol in elements
        if float(np.abs(telling_weights(lime, technique, symbol)).max(initial=0.0)) >= PRESENT_ABOVE
    ]
