"""A fit goes down by derivatives of the whole spectrum: they have to be those that the spectrum has."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.cost import Target
from specquant.fits.fitting import nominal_point
from specquant.fits.forward import ForwardModel
from specquant.session import open_session

SHARE = 0.02
"""Share of a parameter's deviation to either side: the error of such a difference is of second order."""

WITHIN = 0.02
"""Relative error that a derivative may have."""

ROUNDING = 2e-4
"""Error in counts over those of the spectrum that it may have besides, for a parameter that changes by its deviation:
rounding in single precision, over the hundredth of a deviation by which the model moves it."""


@pytest.fixture(scope="module")
def model() -> ForwardModel:
    technique, library = open_session("xps").shelf.default
    return ForwardModel(technique, library)


def test_derivatives_by_parameters_are_those_of_the_spectrum(model: ForwardModel) -> None:
    """One-sided differences over a tenth of a deviation are wrong by up to 9 %, and fits stood still above the best."""
    technique = model.technique
    fraction = np.zeros(len(technique.elements))
    fraction[[technique.elements.index(symbol) for symbol in ("C", "O", "Cu")]] = 0.2, 0.3, 0.5
    size = technique.axis.size
    settings = {**technique.defaults(), **model.priors.usual, "loss_probability": 0.97, "overlayer": 0.3}
    target = Target(np.full(size, 1e4), np.ones(size, dtype=bool), settings)
    point = nominal_point(model, target, fraction)
    families = model.families(np.flatnonzero(fraction))
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
