from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits.descent.cost import Proposal, Target
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point, shares
from specquant.fits.model.forward import ForwardModel
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.technique import Component, EnergyAxis, FitPriors, FitSettings, Floats, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SURE = FitPriors(other_groups=1e-3, model_error=0.0)
"""Nothing is free but the amounts: what is left is counting noise."""

LIQUID = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
CHOSEN = np.flatnonzero(LIQUID)
OBSERVED = np.ones(201, dtype=bool)


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return load_technique("bulk")


@pytest.fixture(scope="module")
def modelled(bulk: Technique) -> Callable[[FitPriors], ForwardModel]:
    library = RenderedLibrary(bulk)
    return lambda priors: ForwardModel(replace(bulk, fit=FitSettings(priors)), library)


def spectrum(bulk: Technique, fraction: Floats = LIQUID, dose: float = 2e4, **values: float) -> Floats:
    """Return expected counts."""
    return dose * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(fraction, bulk.defaults() | values)


def fitted(
    model: ForwardModel, counts: Floats, begin: Floats = LIQUID, observed: Floats = OBSERVED, **stated: float
) -> Fit:
    return run(model, Target(counts, observed, model.technique.defaults() | stated), begin)


def run(model: ForwardModel, target: Target, begin: Floats = LIQUID) -> Fit:
    """Fit a target, beginning with a composition and its elements."""
    return fit_from(model, target, nominal_point(model, target, begin / begin.sum()), np.flatnonzero(begin))


Modelled = Callable[[FitPriors], ForwardModel]


def test_a_fit_begins_with_the_dose_of_the_counts(bulk: Technique, modelled: Modelled) -> None:
    counts = spectrum(bulk)
    point = nominal_point(modelled(SURE), Target(counts, OBSERVED, bulk.defaults()), LIQUID)
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
    found = fitted(modelled(replace(SURE, axis_shift=1.0)), moved)
    assert found.point.shift == pytest.approx(0.8, abs=0.1)
    np.testing.assert_allclose(shares(found)[0], LIQUID[CHOSEN], atol=0.01)


def test_a_minor_family_that_is_too_strong_is_taken_up_by_its_factor(bulk: Technique, modelled: Modelled) -> None:
    library = RenderedLibrary(bulk)
    model = modelled(replace(SURE, groups={"second": 0.3}))
    families = model.families(CHOSEN)
    counts = spectrum(bulk, dose=1e6)
    seen = model.at(nominal_point(model, Target(counts, OBSERVED, bulk.defaults()), LIQUID), families)
    index = [(family.element, family.group) for family in families].index((2, "second"))
    found = fitted(model, counts + 0.3 * seen.families[index])
    assert found.point.factors[index] == pytest.approx(1.3, abs=0.05)
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


# --- chemical shifts, proposals, doubt, errors of sensitivity factors

CARBON = 3


def shifted(bulk: Technique, by: float, dose: float = 1e5) -> tuple[ForwardModel, Floats]:
    """Return a model with free chemical shifts, and counts in which the lines of carbon are moved."""
    settings = FitSettings(replace(SURE, chemical_shifts=True))
    model = ForwardModel(replace(bulk, fit=settings, chemical_shift={"C": (-1.0, 5.0)}), RenderedLibrary(bulk))
    shifts = np.zeros(6)
    shifts[CARBON] = by
    start = nominal_point(model, Target(spectrum(bulk, dose=dose), OBSERVED, bulk.defaults()), LIQUID)
    return model, model.spectrum(replace(start, chemical=shifts), model.families(CHOSEN))


@pytest.mark.parametrize("by", [-0.7, 0.0, 2.2, 4.0])
def test_a_chemical_shift_is_found(bulk: Technique, by: float) -> None:
    model, counts = shifted(bulk, by)
    start = nominal_point(model, Target(counts, OBSERVED, bulk.defaults()), LIQUID)
    assert start.chemical[CARBON] == pytest.approx(by, abs=0.6)
    found = fitted(model, counts)
    assert found.point.chemical[CARBON] == pytest.approx(by, abs=0.2)
    np.testing.assert_allclose(shares(found)[0], LIQUID[CHOSEN], atol=0.01)


def test_without_chemical_shifts_a_moved_line_is_no_fit(bulk: Technique, modelled: Modelled) -> None:
    model, counts = shifted(bulk, 2.2)
    assert fitted(modelled(SURE), counts).misfit > 5 * fitted(model, counts).misfit


@pytest.mark.parametrize("begun", [-20.0, 0.0, 5.0, 8.0])
@pytest.mark.parametrize(("by", "end"), [(8.0, 5.0), (-4.0, -1.0)])
def test_a_chemical_shift_stays_in_its_range(bulk: Technique, begun: float, by: float, end: float) -> None:
    """Wherever a fit begins, and wherever the lines are; the other elements have no range."""
    model, counts = shifted(bulk, by)
    target = Target(counts, OBSERVED, bulk.defaults())
    point, (lowest, highest) = nominal_point(model, target, LIQUID), model.technique.shift_ranges[CHOSEN].T
    beside = np.clip(np.full(6, by), -1.0, 5.0)
    reached = [fit_from(model, target, replace(point, chemical=start), CHOSEN) for start in (np.full(6, begun), beside)]
    for chemical in (point.chemical[CHOSEN], *(fit.point.chemical[CHOSEN] for fit in reached)):
        assert (lowest <= chemical).all()
        assert (chemical <= highest).all()
    assert reached[1].point.chemical[CARBON] == end


def proposing(bulk: Technique, model: ForwardModel, counts: Floats, deviation: float) -> Floats:
    """Return the fractions of a fit that holds to a wrong proposal."""
    wrong = np.array([0.0, 0.0, 0.4, 0.3, 0.0, 0.3])
    target = Target(counts, OBSERVED, bulk.defaults(), Proposal(wrong, np.full(6, deviation), np.ones(6)))
    return shares(run(model, target, wrong))[0]


def test_a_fit_holds_to_a_proposal_by_its_deviations(bulk: Technique, modelled: Modelled) -> None:
    model, counts = modelled(SURE), spectrum(bulk, dose=2e3)
    tied, between, free = (proposing(bulk, model, counts, deviation)[0] for deviation in (1e-4, 0.03, 10.0))
    assert tied == pytest.approx(0.4, abs=0.005)
    assert free == pytest.approx(LIQUID[2], abs=0.01)
    assert free + 0.01 < between < tied - 0.01


def test_a_proposal_counts_the_less_the_more_the_spectrum_says(bulk: Technique, modelled: Modelled) -> None:
    few, many = (proposing(bulk, modelled(SURE), spectrum(bulk, dose=dose), 0.03)[0] for dose in (1e3, 1e6))
    assert many == pytest.approx(LIQUID[2], abs=0.01)
    assert few > many + 0.03


def doubt_of(model: ForwardModel, target: Target) -> Floats:
    """Return the doubt (channel seen,) after a fit of a target."""
    fit = run(model, target)
    return target.doubted(model, fit.spectrum, fit.of_shapes).doubt_seen


def test_a_model_is_doubted_where_it_explains_the_spectrum_badly(bulk: Technique, modelled: Modelled) -> None:
    model = modelled(SURE)
    counts = np.random.default_rng(3).poisson(spectrum(bulk)).astype(float)
    energy = bulk.axis.centres
    foreign = counts + 500.0 * np.exp(-0.5 * ((energy - 150.0) / 3.0) ** 2)
    observed = OBSERVED.copy()
    observed[:10] = False
    target = Target(foreign, observed, bulk.defaults())
    doubt = doubt_of(model, target)
    assert doubt.shape == (191,)
    assert doubt.min() >= 1.0
    assert doubt[150 - 10] > 10.0
    assert doubt[20 - 10] < 0.2 * doubt[150 - 10]


def test_a_spectrum_that_is_explained_leaves_no_doubt(bulk: Technique, modelled: Modelled) -> None:
    model = modelled(SURE)
    counts = np.random.default_rng(3).poisson(spectrum(bulk)).astype(float)
    target = Target(counts, OBSERVED, bulk.defaults())
    assert target.doubt_seen.tolist() == [1.0] * 201
    assert doubt_of(model, target).max() < 2.0


def test_doubt_widens_errors_by_its_root_and_lets_the_proposal_count(bulk: Technique, modelled: Modelled) -> None:
    model, counts = modelled(SURE), spectrum(bulk)
    wrong = np.array([0.0, 0.0, 0.4, 0.3, 0.0, 0.3])
    found = []
    for doubt in (1.0, 100.0):
        free, tied = (
            run(model, Target(counts, OBSERVED, bulk.defaults(), proposal, np.full(201, doubt)))
            for proposal in (None, Proposal(wrong, np.full(6, 0.05), np.ones(6)))
        )
        found.append((shares(free)[1], shares(tied)[0][0]))
    np.testing.assert_allclose(found[1][0] / found[0][0], 10.0, rtol=0.1)
    assert found[1][1] > found[0][1] + 0.02


def test_errors_of_sensitivity_factors_add_to_the_covariance(bulk: Technique, modelled: Modelled) -> None:
    counts = spectrum(bulk)
    plain, unsure = (fitted(modelled(replace(SURE, sensitivity_error=e)), counts) for e in (0.0, 0.1))
    np.testing.assert_allclose(unsure.atoms, plain.atoms)
    np.testing.assert_allclose(unsure.covariance - plain.covariance, np.diag((0.1 * plain.atoms) ** 2), atol=1e-3)


def test_factors_of_separate_components_are_found_each(bulk: Technique) -> None:
    """Carbon's minor line twice, of which one is too strong."""

    def render(axis: EnergyAxis, values: dict[str, float]) -> list[Component]:
        assert bulk.render is not None
        further = np.exp(-0.5 * ((axis.centres - 35.0) / 2.0) ** 2) / (2.0 * np.sqrt(2 * np.pi))
        return [*bulk.render(axis, values), Component("C", "further", "second", 0.3 * further)]

    found = []
    for separate in ((), ("second",)):
        settings = FitSettings(replace(SURE, groups={"second": 0.5}, separate=separate))
        model = ForwardModel(replace(bulk, render=render, fit=settings), RenderedLibrary(replace(bulk, render=render)))
        families = model.families(CHOSEN)
        start = nominal_point(model, Target(spectrum(bulk, dose=1e6), OBSERVED, bulk.defaults()), LIQUID)
        own = model.at(start, families).families
        counts = own.sum(axis=0)
        if separate:
            last = max(index for index, family in enumerate(families) if family.element == CARBON)
            counts = counts + 0.4 * own[last]
            fit = fitted(model, counts)
            assert fit.point.factors[last] == pytest.approx(1.4, abs=0.05)
            assert fit.point.factors[last - 1] == pytest.approx(1.0, abs=0.05)
        found.append(len(families))
    assert found[1] == found[0] + 1
