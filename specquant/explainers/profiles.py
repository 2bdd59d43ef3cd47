"""Pure elements reduced to the lines of the peak table: how high each stands where, and which lines lie at an energy.

The height is sensitivity factor x area / width, per atom: the linear law, without background. Every line is a Gaussian
as wide as the probe, or as itself where that is wider, so that two lines overlap where a probe cannot tell them apart.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from specquant.explainers.base import nominal, predict
from specquant.explainers.probe import peak_shape
from specquant.quantifiers import Quantifier
from specquant.technique import Floats, Peak, Technique

_FAINTEST = 0.02
"""Height of an element at an energy, relative to the highest there, below which it is not named; chosen."""


@dataclass(frozen=True)
class LineAt:
    """The highest line of an element near an energy, and how high the element stands at that very energy.

    `height` is relative to the highest element there, 0 to 1.
    """

    peak: Peak
    height: float


def profiles(technique: Technique, energies: Floats, width: float, shape: str = "gaussian") -> Floats:
    """Return how high every pure element stands at some energies, shape (element, energy), per atom.

    Energies (energy,) are in eV, and so is `width`, the FWHM that a line has at least; `shape` is that of a
    `PeakProbe`.
    """
    heights = np.zeros((len(technique.elements), energies.size))
    row = {symbol: index for index, symbol in enumerate(technique.elements)}
    for peak in technique.peaks:
        wide = max(width, peak.width)
        height = technique.sensitivity[peak.element] * peak.intensity / wide
        heights[row[peak.element]] += height * peak_shape(shape, energies - peak.energy, wide)
    return heights


def lines_at(technique: Technique, energy: float, width: float, count: int = 4) -> tuple[LineAt, ...]:
    """Return the elements that stand highest at an energy (eV), each with its line there, highest first.

    Elements below 2 % of the highest are left out, and so are those without a line within one `width`, which is that of
    `profiles`.
    """
    heights = profiles(technique, np.array([energy]), width)[:, 0]
    top = max(float(heights.max()), 1e-300)
    lines = []
    for row in np.argsort(-heights, kind="stable"):
        near = [
            peak
            for peak in technique.peaks
            if peak.element == technique.elements[row] and abs(peak.energy - energy) <= max(width, peak.width)
        ]
        if near and heights[row] >= _FAINTEST * top:
            lines.append(LineAt(max(near, key=lambda peak: peak.intensity), float(heights[row]) / top))
    return tuple(lines[:count])


def read_together(quantifier: Quantifier, attribution: xr.Dataset) -> dict[str, float]:
    """Return the fraction that each element gets when all its lines stand together on the probe's empty spectrum.

    Shape, width, height (of the highest line) and floor are those of the attribution's probe. Elements without lines on
    the axis are left out.
    """
    technique, settings = quantifier.technique, attribution.attrs
    drawn = profiles(technique, technique.axis.centres, settings["probe_width"], settings["probe_shape"])
    top = drawn.max(axis=1)
    rows = np.flatnonzero(top > 0)
    counts = settings["probe_floor_counts"] + settings["probe_height_counts"] * drawn[rows] / top[rows, None]
    answers = predict(quantifier, [nominal(technique, counts)])
    return {technique.elements[row]: float(answer[row]) for answer, row in zip(answers, rows, strict=True)}
