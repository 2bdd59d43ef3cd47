"""Pure elements reduced to the lines of the peak table: how high each stands where, and whose lines lie at a place.

The height is sensitivity factor x area / width, per atom: the linear law, without background. Every line is a Gaussian
as wide as the probe, or as itself where that is wider, so that two lines overlap where a probe cannot tell them apart.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from specquant.explainers.base import predict
from specquant.explainers.probe import peak_shape
from specquant.quantifiers import Quantifier
from specquant.technique import Floats, Peak, Technique

_FAINTEST = 0.02


@dataclass(frozen=True)
class LineAt:
    """The highest line of an element near a place, and how high the element stands at that very place.

    `height` is relative to the highest element there, 0 to 1.
    """

    peak: Peak
    height: float


def profiles(technique: Technique, energies: Floats, width: float, shape: str = "gaussian") -> Floats:
    """Return how high every pure element stands at some energies, shape (element, place), in units of its own.

    Parameters
    ----------
    technique
        Whose peaks and sensitivity factors.
    energies
        Places, eV, shape (place,).
    width
        FWHM that a line has at least, eV.
    shape
        Of a line: ``gaussian``, ``lorentzian`` or ``voigt``.
    """
    found = np.zeros((len(technique.elements), energies.size))
    row = {symbol: place for place, symbol in enumerate(technique.elements)}
    for peak in technique.peaks:
        wide = max(width, peak.width)
        height = technique.sensitivity[peak.element] * peak.intensity / wide
        found[row[peak.element]] += height * peak_shape(shape, energies - peak.energy, wide)
    return found


def lines_at(technique: Technique, energy: float, width: float, count: int = 4) -> tuple[LineAt, ...]:
    """Return the elements that stand highest at an energy, each with its line there, highest first.

    Elements below 2 % of the highest are left out, and so are those without a line within one width.

    Parameters
    ----------
    technique, width
        As for `profiles`.
    energy
        The place, eV.
    count
        How many at most.
    """
    heights = profiles(technique, np.array([energy]), width)[:, 0]
    top = max(float(heights.max()), 1e-300)
    found = []
    for place in np.argsort(-heights, kind="stable"):
        near = [
            peak
            for peak in technique.peaks
            if peak.element == technique.elements[place] and abs(peak.energy - energy) <= max(width, peak.width)
        ]
        if near and heights[place] >= _FAINTEST * top:
            found.append(LineAt(max(near, key=lambda peak: peak.intensity), float(heights[place]) / top))
    return tuple(found[:count])


def read_together(quantifier: Quantifier, attribution: xr.Dataset) -> dict[str, float]:
    """Return the fraction that each element gets when all its lines stand together on the probe's empty spectrum.

    Shape, width, height (of the highest line) and floor are those of the attribution's probe. Elements without lines on
    the axis are left out.
    """
    technique, settings = quantifier.technique, attribution.attrs
    drawn = profiles(technique, technique.axis.centres, settings["probe_width_eV"], settings["probe_shape"])
    top = drawn.max(axis=1)
    rows = np.flatnonzero(top > 0)
    counts = settings["probe_floor_counts"] + settings["probe_height_counts"] * drawn[rows] / top[rows, None]
    stated = np.array([[parameter.default for parameter in technique.stated]], dtype=np.float64)
    observed = np.ones(counts.shape, dtype=bool)
    answers = predict(quantifier, [(counts, observed, np.repeat(stated, rows.size, axis=0))])
    return {technique.elements[row]: float(answers[place, row]) for place, row in enumerate(rows)}
