"""Why an element is in an answer: the evidence of its lines, and on request what the network looks at."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from specquant.quantifiers import Modelled
from specquant.report.figures.style import EnergyScale
from specquant.report.interactive import line_marks
from specquant.report.interactive.record import LineMark
from specquant.technique import EnergyAxis, Technique

_REACH = 0.012
"""How far from a line its evidence is looked for, relative to the width of the axis: chosen, a line with its foot."""

_WEAKEST = 0.05
"""Strength of a line, relative to the element's strongest, below which it is not named: chosen, it decides nothing."""

_LEAST_WEIGHT = 0.01
"""Change of an atomic fraction from which on a window is named: chosen, 1 at%."""

_WINDOWS = 6
"""Windows that are named for an element: chosen, the next ones hardly count."""


def line_evidence(modelled: Modelled, technique: Technique) -> list[dict[str, Any]]:
    """Return for every element of a fit its evidence, in standard errors, whole and by line.

    What other elements, the background and the instrument can make up for is not evidence.
    """
    if modelled.evidence is None:
        return []
    marks = line_marks(technique, modelled.elements, modelled)
    rows = [
        {
            "element": element,
            "evidence": round(float(evidence.sum()), 1),
            "lines": list(_lines(evidence, [m for m in marks if m.element == element], technique.axis)),
        }
        for element, evidence in zip(modelled.elements, modelled.evidence, strict=True)
    ]
    return sorted(rows, key=lambda row: -float(str(row["evidence"])))


def _lines(evidence: np.ndarray, marks: list[LineMark], axis: EnergyAxis) -> Iterator[dict[str, Any]]:
    """Yield the lines of one element, each with the evidence of the channels that are nearer to it than to others."""
    marks = [mark for mark in marks if mark.strength >= _WEAKEST]
    if not marks:
        return
    scale = float(EnergyScale(axis).at(1.0))
    energy = axis.centres * scale
    away = np.abs(energy[:, None] - np.array([mark.energy for mark in marks]))
    nearest, reach = away.argmin(axis=1), _REACH * (axis.stop - axis.start) * scale
    within = away.min(axis=1) <= reach
    for index, mark in enumerate(marks):
        if energy[0] <= mark.energy <= energy[-1]:
            score = float(evidence[within & (nearest == index)].sum())
            yield {"label": mark.label, "energy": round(mark.energy, 3), "evidence": round(score, 1)}


def lime_reasons(lime: xr.Dataset, technique: Technique, elements: list[str]) -> list[dict[str, Any]]:
    """Return for elements the windows of the spectrum that the network's answer rests on, the weightiest first.

    A window that speaks against an element only because fractions sum to 100 % - it holds none of the element's lines -
    is left out.
    """
    one, scale, rows = lime.isel(sample=0), float(EnergyScale(technique.axis).at(1.0)), []
    for element in elements:
        part = one.sel(element=element)
        weight = part["weight"].values.astype(float)
        windows = []
        for index in np.argsort(-np.abs(weight)):
            start, stop = float(part["start"].values[index]), float(part["stop"].values[index])
            by_the_sum = weight[index] < 0 and not _holds(technique, element, start, stop)
            if abs(weight[index]) >= _LEAST_WEIGHT and not by_the_sum:
                label = str(part["label"].values[index])
                span = {"start": start * scale, "stop": stop * scale}
                windows.append({"label": label, **span, "weight": float(weight[index])})
        rows.append({"element": element, "windows": windows[:_WINDOWS]})
    return rows


def _holds(technique: Technique, element: str, start: float, stop: float) -> bool:
    """Return whether a line of an element lies in a window."""
    return any(peak.element == element and start <= peak.energy <= stop for peak in technique.peaks)
