"""Which lines of an element are worth a label, and how labels are kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from specquant.technique import Floats, Peak, Technique

_MERGED_WITHIN = 0.015
"""Distance, relative to the width of the axis, up to which the eye does not part two lines; chosen."""

_WORTH_A_LABEL = 0.12
"""Intensity, relative to the element's strongest line, below which a line gets no label; chosen."""

_CHANNELS = 5.0
"""FWHM of a line, channels, where a technique states none: chosen, that of an XPS survey in steps of 1 eV."""


@dataclass(frozen=True)
class Line:
    """A line, or several that the eye does not part, under the name and energy (eV) of the strongest of them."""

    element: str
    label: str
    energy: float
    intensity: float


def line_name(peak: Peak) -> str:
    """Return symbol and label of a peak as the field writes them, the symbol once: Fe 2p3/2, Fe Kα."""
    label = peak.written or peak.label
    return label if label.startswith(f"{peak.element} ") else f"{peak.element} {label}"


def line_width(technique: Technique) -> float:
    """Return the FWHM of a line, in the unit of the axis."""
    return technique.line_width or _CHANNELS * technique.axis.step


def top_lines(technique: Technique, element: str, most: int, observed: NDArray[np.bool_] | None = None) -> list[Line]:
    """Return the element's strongest separate lines within the observed channels, strongest first."""
    axis = technique.axis
    reach = _MERGED_WITHIN * (axis.stop - axis.start)
    inside = [p for p in technique.peaks if p.element == element and axis.start <= p.energy <= axis.stop]
    if observed is not None:
        inside = [peak for peak in inside if observed[round((peak.energy - axis.start) / axis.step)]]
    lines: list[Line] = []
    rest = sorted(inside, key=lambda peak: -peak.intensity)
    while rest:
        first = rest[0]
        merged = [peak for peak in rest if abs(peak.energy - first.energy) <= reach]
        lines.append(Line(element, line_name(first), first.energy, sum(peak.intensity for peak in merged)))
        rest = [peak for peak in rest if abs(peak.energy - first.energy) > reach]
    lines.sort(key=lambda line: -line.intensity)
    return [line for line in lines[:most] if line.intensity >= _WORTH_A_LABEL * lines[0].intensity]


def spread(positions: Sequence[float], distance: float, low: float, high: float) -> Floats:
    """Return positions moved as little as possible so that neighbours are `distance` apart, all in low..high.

    Where there are too many for that, they stand evenly.
    """
    wanted = np.asarray(positions, dtype=np.float64)
    if wanted.size * distance > high - low:
        distance = (high - low) / wanted.size
    order = np.argsort(wanted, kind="stable")
    steps = distance * np.arange(wanted.size)
    moved = isotonic_regression(wanted[order] - steps).x if wanted.size else wanted
    placed = np.empty_like(wanted)
    placed[order] = np.clip(moved, low, high - distance * max(wanted.size - 1, 0)) + steps
    return placed
