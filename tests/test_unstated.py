"""Parameters that nobody stated: what they add to the errors of a fit."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits import Hybrid, LeastSquares
from specquant.fits.cost import Target
from specquant.fits.fitting import Fit, fit_from, nominal_point, shares
from specquant.fits.forward import ForwardModel
from specquant.fits.unstated import unstated_covariance
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.spectra import Spectra
from specquant.technique import FitPriors, FitSettings, Floats, InstrumentParameter, Role, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

TRUTH = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.5])
CHOSEN = np.flatnonzero(TRUTH)
OBSERVED = np.ones(201, dtype=bool)
STEP = 3.0


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    priors = FitPriors(groups={"continuum": 0.2}, other_groups=1e-3, model_error=0.0, unstated={"voltage": STEP})
    return replace(load_technique("bulk"), fit=FitSettings(priors))


def counts(bulk: Technique, voltage: float = 10.0) -> Floats:
    library = MixedLibrary(bulk, RenderedLibrary(bulk))
    return 1e5 * library.spectrum(TRUTH, bulk.defaults() | {"voltage": voltage})


def fitted(bulk: Technique, of: Floats, voltage: float = 10.0) -> Fit:
    model = ForwardModel(bulk, RenderedLibrary(bulk))
    target = Target(of, OBSERVED, bulk.defaults() | {"voltage": voltage})
    return fit_from(model, target, nominal_point(model, target, TRUTH), CHOSEN)


def named(bulk: Technique, name: str) -> InstrumentParameter:
    return next(parameter for parameter in bulk.parameters if parameter.name == name)


def errors(fit: Fit, parameter: InstrumentParameter) -> Floats:
    """Return the standard errors of the fractions that are due to one parameter that is not known."""
    return shares(replace(fit, covariance=unstated_covariance(fit, [parameter])))[1]


@pytest.mark.parametrize(("voltage", "step"), [(10.0, STEP), (20.0, -STEP)])  # 20 kV is the most there can be
def test_it_is_how_far_fractions_move_with_the_parameter(bulk: Technique, voltage: float, step: float) -> None:
    of = counts(bulk, voltage)
    right, wrong = fitted(bulk, of, voltage), fitted(bulk, of, voltage + step)
    moved = np.abs(shares(wrong)[0] - shares(right)[0])
    assert moved.max() > 0.005
    np.testing.assert_allclose(errors(right, named(bulk, "voltage")), moved, rtol=0.3)


def test_a_parameter_without_a_deviation_adds_nothing(bulk: Technique) -> None:
    assert not errors(fitted(bulk, counts(bulk)), named(bulk, "angle")).any()


def test_what_is_not_stated_makes_intervals_wider_and_nothing_else(bulk: Technique) -> None:
    free = replace(
        bulk, parameters=tuple(replace(p, role=Role.STATED) if p.name == "voltage" else p for p in bulk.parameters)
    )
    method = Hybrid(free, RenderedLibrary(free), LeastSquares(free, RenderedLibrary(free)))
    rows = np.tile(counts(bulk), (2, 1))
    found = method.answer(Spectra(rows, np.tile(OBSERVED, (2, 1)), np.array([[10.0, 40.0], [np.nan, 40.0]])))
    np.testing.assert_allclose(found.fraction[1], found.fraction[0], atol=1e-6)
    known, unknown = (found.upper - found.lower)[:, CHOSEN]
    assert (unknown > 1.5 * known).all()
