"""A fit goes down by derivatives of the whole spectrum: they have to be those that the spectrum has."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import nominal_point
from specquant.fits.model.families import Family
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.session import open_session

SHARE = 0.02
"""Share of a parameter's deviation to either side: the error of such a difference is of second order."""

WITHIN = 0.02
"""Relative error that a derivative may have."""

ROUNDING = 1e-4
"""Error in counts over those of the spectrum that it may have besides, for a parameter that changes by its deviation:
rounding of lines, which are read in single precision."""


@pytest.fixture(scope="module")
def model() -> ForwardModel:
    technique, library = open_session("xps").shelf.default
    return ForwardModel(technique, library)


PLACED = 0.05
"""eV to either side of a place: the error of such a difference is of second order."""

SUMMED = 0.1
"""Relative error that the sum of a derivative by a place may have: lines and losses at its ends bend more."""

Sample = tuple[Point, list[Family]]
"""Where a fit stands, and the families of what it fits."""


@pytest.fixture(scope="module")
def sample(model: ForwardModel) -> Sample:
    technique = model.technique
    fraction = np.zeros(len(technique.elements))
    fraction[[technique.elements.index(symbol) for symbol in ("C", "O", "Cu")]] = 0.2, 0.3, 0.5
    size = technique.axis.size
    stated = {"loss_probability": 0.97, "overlayer": 0.3, "transmission_exponent": -0.6}
    settings = {**technique.defaults(), **model.priors.usual, **stated}
    target = Target(np.full(size, 1e4), np.ones(size, dtype=bool), settings)
    point = nominal_point(model, target, fraction)
    return point, model.families(np.flatnonzero(fraction))


def test_derivatives_by_parameters_are_those_of_the_spectrum(model: ForwardModel, sample: Sample) -> None:
    """One-sided differences over a tenth of a deviation are wrong by up to 9 %, and fits stood still above the best."""
    point, families = sample
    rounding = ROUNDING * np.linalg.norm(model.spectrum(point, families))
    slopes = dict(zip([each.name for each in model.parameters], model.at(point, families).parameters, strict=True))
    for name, slope in slopes.items():
        deviation = model.priors.parameters[name]
        step = SHARE * deviation
        ends = [replace(point, values={**point.values, name: point.values[name] + sign * step}) for sign in (-1, 1)]
        low, high = (model.spectrum(end, families) for end in ends)
        central = (high - low) / (2 * step)
        away = float(np.linalg.norm(slope - central))
        assert away < WITHIN * np.linalg.norm(central) + rounding / deviation, name


def test_derivatives_by_places_are_those_of_the_spectrum(model: ForwardModel, sample: Sample) -> None:
    """Lines change with the transmission as they move: slopes of what is seen are too steep by that of all channels."""
    point, families = sample
    linear = model.at(point, families)
    of = np.array([family.element for family in families])
    for element in np.flatnonzero(point.atoms):
        ends = []
        for sign in (-1, 1):
            chemical = point.chemical.copy()
            chemical[element] += sign * PLACED
            ends.append(model.spectrum(replace(point, chemical=chemical), families))
        central = (ends[1] - ends[0]) / (2 * PLACED)
        slope = linear.places[of == element].sum(axis=0)
        assert abs(slope.sum() - central.sum()) < SUMMED * abs(central.sum())
        assert np.linalg.norm(slope - central) < WITHIN * np.linalg.norm(central)
    low, high = (model.spectrum(replace(point, shift=point.shift + sign * PLACED), families) for sign in (-1, 1))
    assert np.linalg.norm(linear.shift - (high - low) / (2 * PLACED)) < WITHIN * np.linalg.norm(linear.shift)
