"""Stated parameters that nobody stated: they are free in the fit, about their defaults."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits import Hybrid, LeastSquares
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.quantifiers import Estimate
from specquant.spectra import Spectra
from specquant.technique import FitPriors, FitSettings, Role, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

TRUTH = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.5])
CHOSEN = np.flatnonzero(TRUTH)
TRUE_VOLTAGE = 12.0
"""Two kV above the default."""


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    stated = load_technique("bulk")
    return replace(
        stated,
        parameters=tuple(replace(p, role=Role.STATED) if p.name == "voltage" else p for p in stated.parameters),
    )


def answered(bulk: Technique, said: float, deviation: float | None = None) -> Estimate:
    """Return the answer for a spectrum of 12 kV that is said to be of another voltage, or, for NaN, of none."""
    unstated = {} if deviation is None else {"voltage": deviation}
    priors = FitPriors(groups={"continuum": 0.2}, other_groups=1e-3, model_error=0.0, unstated=unstated)
    technique = replace(bulk, fit=FitSettings(priors))
    library = RenderedLibrary(technique)
    counts = 1e5 * MixedLibrary(technique, library).spectrum(TRUTH, technique.defaults() | {"voltage": TRUE_VOLTAGE})
    method = Hybrid(technique, library, LeastSquares(technique, library))
    return method.answer(Spectra(counts[None], np.ones((1, 201), dtype=bool), np.array([[said, 40.0]])))


def test_a_parameter_that_is_not_stated_is_found_by_the_fit(bulk: Technique) -> None:
    free = answered(bulk, np.nan, 3.0)
    believed = answered(bulk, np.nan)  # no deviation, so the default is believed
    errors = [float(np.abs(answer.fraction[0] - TRUTH).max()) for answer in (free, believed)]
    assert errors[1] > 0.01
    assert errors[0] < 0.25 * errors[1]


def test_a_parameter_that_is_stated_is_believed(bulk: Technique) -> None:
    np.testing.assert_allclose(answered(bulk, 10.0, 3.0).fraction, answered(bulk, 10.0).fraction, atol=1e-9)


def test_what_is_not_stated_makes_intervals_wider(bulk: Technique) -> None:
    known, unknown = answered(bulk, TRUE_VOLTAGE, 3.0), answered(bulk, np.nan, 3.0)
    assert ((unknown.upper - unknown.lower)[0, CHOSEN] > 1.5 * (known.upper - known.lower)[0, CHOSEN]).all()
