from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.library import RenderedLibrary
from specquant.library.mixed import MixedLibrary
from specquant.quantifiers.fitting import Fit, SpectrumFit
from specquant.quantifiers.forward import ForwardModel
from specquant.quantifiers.hybrid import shares
from specquant.technique import FitSettings, Floats, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SURE = FitSettings(parameters={}, groups={}, other_groups=1e-3, model_error=0.0)
"""Nothing is free but the amounts: what is left is counting noise."""

LIQUID = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
CHOSEN = np.flatnonzero(LIQUID)
OBSERVED = np.ones(201, dtype=bool)


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return load_technique("bulk")


@pytest.fixture(scope="module")
def modelled(bulk: Technique) -> Callable[[FitSettings], ForwardModel]:
    library = RenderedLibrary(bulk)
    return lambda settings: ForwardModel(replace(bulk, fit=settings), library)


def spectrum(bulk: Technique, fraction: Floats = LIQUID, dose: float = 2e4, **values: float) -> Floats:
    """Return expected counts."""
    return dose * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(fraction, bulk.defaults() | values)


def fitted(
    model: ForwardModel, counts: Floats, begin: Floats = LIQUID, observed: Floats = OBSERVED, **stated: float
) -> Fit:
    problem = SpectrumFit(model, counts, observed, model.technique.defaults() | stated)
    return problem.run(problem.start(begin / begin.sum()), np.flatnonzero(begin))


Modelled = Callable[[FitSettings], ForwardModel]


def test_a_fit_begins_with_the_dose_of_the_counts(bulk: Technique, modelled: Modelled) -> None:
    counts = spectrum(bulk)
    point = SpectrumFit(modelled(SURE), counts, OBSERVED, bulk.defaults()).start(LIQUID)
    assert point.atoms.sum() == pytest.approx(2e4, rel=0.01)
    np.testing.assert_allclose(point.atoms / point.atoms.sum(), LIQUID)


@pytest.mark.parametrize("begin", [LIQUID, np.array([0, 0, 0.6, 0.3, 0, 0.1]), np.array([0, 0, 0.05, 0.05, 0, 0.9])])
def test_an_exact_spectrum_gives_its_composition_wherever_the_fit_begins(
    bulk: Technique, modelled: Modelled, begin: Floats
) -> None:
    found = fitted(modelled(SURE), spectrum(bulk), begin)
    np.testing.assert_allclose(shares(found)[0], LIQUID[CHOSEN], atol=3e-3)
    assert found.misfit < 0.2


def test_a_composition_at_another_voltage_needs_it_stated(bulk: Technique, modelled: Modelled) -> None:
    counts = spectrum(bulk, voltage=18.0)
    right, wrong = (shares(fitted(modelled(SURE), counts, voltage=value))[0] for value in (18.0, 10.0))
    np.testing.assert_allclose(right, LIQUID[CHOSEN], atol=3e-3)
    assert np.abs(wrong - LIQUID[CHOSEN]).max() > 0.02


def test_a_free_parameter_is_found(bulk: Technique, modelled: Modelled) -> None:
    model = modelled(replace(SURE, parameters={"voltage": 2.0}))
    found = fitted(model, spectrum(bulk, voltage=12.0, dose=1e6))
    assert found.point.values["voltage"] == pytest.approx(12.0, abs=0.5)
    assert found.point.values["angle"] == bulk.defaults()["angle"]
    np.testing.assert_allclose(shares(found)[0], LIQUID[CHOSEN], atol=0.01)


def test_parameters_stay_in_their_range(bulk: Technique, modelled: Modelled) -> None:
    model = modelled(replace(SURE, parameters={"voltage": 20.0}))
    counts = spectrum(bulk, voltage=20.0, dose=1e5)
    steeper = counts * np.linspace(0.3, 2.0, 201)
    found = fitted(model, steeper)
    assert 5.0 <= found.point.values["voltage"] <= 20.0
    assert (found.atoms >= 0).all()
    assert (found.point.factors > 0).all()
    assert np.isfinite(found.covariance).all()


def test_a_shift_of_the_axis_is_found(bulk: Technique, modelled: Modelled) -> None:
    counts = spectrum(bulk, dose=1e5)
    energy = np.arange(201.0)
    moved = np.interp(energy - 0.8, energy, counts)
    found = fitted(modelled(replace(SURE, shift=1.0)), moved)
    assert found.point.shift == pytest.approx(0.8, abs=0.1)
    np.testing.assert_allclose(shares(found)[0], LIQUID[CHOSEN], atol=0.01)


def test_a_minor_family_that_is_too_strong_is_taken_up_by_its_factor(bulk: Technique, modelled: Modelled) -> None:
    library = RenderedLibrary(bulk)
    model = modelled(replace(SURE, groups={"second": 0.3}))
    families = model.families(CHOSEN)
    counts = spectrum(bulk, dose=1e6)
    seen = model.at(SpectrumFit(model, counts, OBSERVED, bulk.defaults()).start(LIQUID), families)
    place = [(family.element, family.group) for family in families].index((2, "second"))
    found = fitted(model, counts + 0.3 * seen.families[place])
    assert found.point.factors[place] == pytest.approx(1.3, abs=0.05)
    np.testing.assert_allclose(shares(found)[0], LIQUID[CHOSEN], atol=0.01)
    assert library.elements == bulk.elements


def test_channels_that_were_not_observed_do_not_matter(bulk: Technique, modelled: Modelled) -> None:
    observed = OBSERVED.copy()
    observed[:20] = False
    counts = np.where(observed, spectrum(bulk), 1e6)
    np.testing.assert_allclose(shares(fitted(modelled(SURE), counts, observed=observed))[0], LIQUID[CHOSEN], atol=3e-3)


def pulls(bulk: Technique, model: ForwardModel, repeats: int, spread: float) -> Floats:
    """Return (found - true) / predicted standard error over repeats with noise, (repeat, chosen)."""
    rng, found = np.random.default_rng(4), []
    exact = spectrum(bulk)
    for _ in range(repeats):
        expected = exact if spread == 0.0 else spectrum(bulk, voltage=float(rng.normal(10.0, spread)))
        fraction, error = shares(fitted(model, rng.poisson(expected).astype(float)))
        found.append((fraction - LIQUID[CHOSEN]) / error)
    return np.array(found)


def test_covariance_predicts_the_scatter_of_counting_noise(bulk: Technique, modelled: Modelled) -> None:
    found = pulls(bulk, modelled(SURE), 120, 0.0)
    assert found.std(axis=0) == pytest.approx(1.0, abs=0.22)
    assert np.abs(found.mean(axis=0)).max() < 0.35


def test_covariance_predicts_the_scatter_of_a_parameter_that_is_not_known_well(
    bulk: Technique, modelled: Modelled
) -> None:
    model = modelled(replace(SURE, parameters={"voltage": 2.0}))
    found = pulls(bulk, model, 120, 1.5)
    assert found.std(axis=0).max() < 1.3
    # told that the voltage is sure, a fit is far too sure itself
    assert pulls(bulk, modelled(SURE), 60, 1.5).std(axis=0).max() > 1.5


def test_errors_fall_with_the_root_of_the_counts(bulk: Technique, modelled: Modelled) -> None:
    few, many = (shares(fitted(modelled(SURE), spectrum(bulk, dose=dose)))[1] for dose in (1e3, 1e5))
    np.testing.assert_allclose(few / many, 10.0, rtol=0.35)


def test_an_error_of_the_model_bounds_the_precision(bulk: Technique, modelled: Modelled) -> None:
    counts = spectrum(bulk, dose=1e8)
    sure, unsure = (shares(fitted(modelled(replace(SURE, model_error=e)), counts))[1] for e in (0.0, 0.05))
    assert (unsure > 3 * sure).all()


def test_a_spectrum_without_counts_gives_no_nonsense(modelled: Modelled) -> None:
    found = fitted(modelled(SURE), np.zeros(201))
    assert np.isfinite(found.spectrum).all()
    assert (found.atoms >= 0).all()
