"""Which elements a spectrum can be explained without."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.presence.evidence import (
    Evidence,
    beside_others,
    evidence,
    needed_evidence,
    owners,
    peak_weight,
    regular,
)
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.technique import Component, EnergyAxis, FitPriors, FitSettings, Floats, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

WITHOUT_LI = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
OBSERVED = np.ones(201, dtype=bool)
LI = 0


@pytest.fixture(scope="module")
def model(toy_is_installed: None) -> ForwardModel:  # noqa: ARG001
    priors = FitPriors(groups={"continuum": 0.1}, other_groups=1e-3, model_error=0.0)
    technique = replace(load_technique("bulk"), fit=FitSettings(priors))
    return ForwardModel(technique, RenderedLibrary(technique))


def exact(technique: Technique, amounts: Floats, dose: float) -> Floats:
    """Return the counts (energy,) of a sample that scatter does not touch."""
    library = MixedLibrary(technique, RenderedLibrary(technique))
    return np.asarray(dose * library.spectrum(amounts / amounts.sum(), technique.defaults()))


def fitted(model: ForwardModel, counts: Floats, start: Floats) -> Fit:
    target = Target(counts, OBSERVED, model.technique.defaults())
    return fit_from(model, target, nominal_point(model, target, start / start.sum()), np.flatnonzero(start))


def with_li(share: float) -> Floats:
    return WITHOUT_LI * (1 - share) + share * np.eye(6)[LI]


def score(model: ForwardModel, counts: Floats) -> float:
    """Return the score of lithium where it is fitted beside all that is there."""
    return float(evidence(fitted(model, counts, with_li(0.02))).scores[0])


def test_scores_of_an_element_that_is_not_there_scatter_about_zero(model: ForwardModel) -> None:
    clean, random = exact(model.technique, WITHOUT_LI, 5e4), np.random.default_rng(1)
    scores = np.array([score(model, random.poisson(clean).astype(float)) for _ in range(30)])
    assert abs(scores.mean()) < 0.7
    assert 0.5 < scores.std() < 1.4


def test_the_score_of_an_element_grows_with_the_root_of_the_counts(model: ForwardModel) -> None:
    few, many = (score(model, exact(model.technique, with_li(0.1), dose)) for dose in (2e4, 8e4))
    assert few > 3.0
    assert many == pytest.approx(2.0 * few, rel=0.05)


def test_lines_that_another_element_can_make_up_for_are_no_evidence(model: ForwardModel) -> None:
    technique = model.technique

    def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
        parts = technique.render(axis, values)
        like = {part.group: part.density for part in parts if part.element == "Be"}
        return [replace(p, density=like[p.group]) if p.element == "Li" and p.group in like else p for p in parts]

    twins = replace(technique, render=render)
    both = ForwardModel(twins, RenderedLibrary(twins))
    amounts = np.array([0.2, 0.2, 0.0, 0.0, 0.0, 0.6])
    counts = exact(twins, amounts, 5e4)
    assert np.abs(evidence(fitted(both, counts, amounts)).scores[:2]).max() < 1.0
    assert evidence(fitted(model, exact(technique, amounts, 5e4), amounts)).scores[:2].min() > 5.0


def test_peaks_that_the_model_leaves_over_nearby_weaken_evidence(model: ForwardModel) -> None:
    counts = exact(model.technique, with_li(0.05), 5e4)
    ripple = counts * (1 + 0.3 * np.sin(np.arange(201) * 2 * np.pi / 7))
    assert score(model, ripple) < 0.5 * score(model, counts)


def test_a_gain_is_the_square_of_a_score_with_its_sign() -> None:
    """Three standard errors above nothing are a likelihood ratio of exp(9 / 2); two below speak against an element."""
    assert Evidence(np.array([3.0, -2.0])).gains.tolist() == [9.0, -4.0]


def test_odds_and_false_alarms_set_the_evidence_that_is_needed() -> None:
    """L o >= 1 / alarms, as twice the logarithm of L: 50 to one without odds, less with odds for it."""
    needed = needed_evidence(np.log([1.0, 5.0, 0.2]), 0.02)
    np.testing.assert_allclose(needed, 2.0 * np.log([50.0, 10.0, 250.0]))


def test_a_scaled_matrix_solves_what_the_matrix_solves() -> None:
    units = np.array([1e-6, 1.0, 10.0, 1e3, 1e8])
    factor = np.random.default_rng(1).normal(size=(9, 5))
    plain, right = factor.T @ factor, np.arange(1.0, 6.0)
    scaled, scale = regular(plain * np.outer(units, units))
    np.testing.assert_allclose(np.diag(scaled), 1.0, atol=1e-6)
    solution = np.linalg.solve(scaled, right * units * scale) * scale
    np.testing.assert_allclose(solution * units, np.linalg.solve(plain, right), rtol=1e-5)


def test_every_unknown_belongs_to_its_element_or_to_none(model: ForwardModel) -> None:
    """Owners are numbers among the chosen; -1 is that of the continuum and of the axis, which are of no element."""
    fit = fitted(model, exact(model.technique, WITHOUT_LI, 5e4), WITHOUT_LI)
    owner, layout = owners(fit.unknowns), fit.unknowns.layout
    assert owner[layout.amounts].tolist() == list(range(fit.chosen.size))
    chosen = fit.chosen.tolist()
    elements = [fit.unknowns.families[index].element for index in fit.unknowns.scaled]
    assert owner[layout.factors].tolist() == [chosen.index(element) if element >= 0 else -1 for element in elements]
    assert -1 in elements
    assert np.append(owner[layout.parameters], owner[layout.shift]).tolist() == [-1]


def test_the_first_element_of_a_technique_owns_its_factor_too() -> None:
    """Two elements, of which the first is number 0, with a family each, and one of no element."""
    layout = SimpleNamespace(size=5, amounts=slice(0, 2), factors=slice(2, 5), displaced=slice(5, 5))
    families = [SimpleNamespace(element=element) for element in (0, 2, -1)]
    unknowns = SimpleNamespace(
        layout=layout, chosen=np.array([0, 2]), scaled=[0, 1, 2], displaced=[], families=families, usual=np.zeros(0)
    )
    assert owners(unknowns).tolist() == [0, 1, 0, 1, -1]  # type: ignore[arg-type]


def test_peaks_count_by_errors_without_doubt_and_less_beside_what_is_left_over(model: ForwardModel) -> None:
    """Of one channel with 100 standard errors left over, 10 000 spread as a Gaussian of 30 channels: 133 there."""
    fit = fitted(model, exact(model.technique, WITHOUT_LI, 5e4), WITHOUT_LI)
    of_doubt = replace(fit.tangent, weight=fit.weight / 4.0)
    doubted = replace(fit, target=replace(fit.target, doubt=np.full(201, 4.0)), tangent=of_doubt)
    np.testing.assert_allclose(peak_weight(doubted, np.zeros(201)), fit.weight)
    rest = np.zeros(201)
    rest[100] = 100.0 / np.sqrt(fit.weight[100])
    lowered = fit.weight / peak_weight(fit, rest)
    assert lowered[100] == pytest.approx(1e4 / (30.0 * np.sqrt(2.0 * np.pi)), rel=1e-3)
    assert lowered[160] == pytest.approx(lowered[100] * np.exp(-2.0), rel=1e-2)


def test_what_others_leave_of_an_element_is_what_no_sum_of_them_makes_up(model: ForwardModel) -> None:
    fit = fitted(model, exact(model.technique, WITHOUT_LI, 5e4), WITHOUT_LI)
    columns = np.random.default_rng(1).normal(size=(fit.unknowns.layout.size, 40))
    for index, (others, given, information) in enumerate(beside_others(fit, columns @ columns.T)):
        bound = np.linalg.cholesky(fit.priors[np.ix_(others, others)] + 1e-12 * np.eye(others.size)).T
        rows = np.vstack([columns[others].T, bound])
        aim = np.append(columns[index], np.zeros(others.size))
        best, *_ = np.linalg.lstsq(rows, aim, rcond=None)
        np.testing.assert_allclose(given, best, rtol=1e-3, atol=1e-5)
        assert information == pytest.approx(float(aim @ (aim - rows @ best)), rel=1e-3)
