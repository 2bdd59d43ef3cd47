"""Steps with derivatives that are kept lead where steps with new ones do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits.descent.cost import Cost, Target
from specquant.fits.descent.fitting import Fit, ended, fit_from, nominal_point
from specquant.fits.descent.stepping import Descent, Reached
from specquant.fits.descent.tangent import Tangent
from specquant.fits.model.forward import ForwardModel
from specquant.fits.presence.exchange import only_with
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.recipes import Constant, LogNormal, Normal
from specquant.technique import FitPriors, FitSettings

pytestmark = pytest.mark.usefixtures("toy_is_installed")

TRUTH = np.array([0.0, 0.1, 0.2, 0.3, 0.0, 0.4])
CHOSEN = np.flatnonzero(TRUTH)
PRIORS = FitPriors(
    parameters={"voltage": 0.3},
    groups={"main": 0.05, "second": 0.2, "continuum": 0.1},
    model_error=0.01,
    axis_shift=0.5,
    places={"second": (0.0, 1.0)},
    chemical_shifts=True,
)


@pytest.fixture(scope="module")
def model(toy_is_installed: None) -> ForwardModel:  # noqa: ARG001
    technique = replace(load_technique("bulk"), fit=FitSettings(PRIORS))
    return ForwardModel(technique, RenderedLibrary(technique))


@pytest.fixture(scope="module")
def fit(model: ForwardModel) -> Fit:
    technique = model.technique
    exact = 1e6 * MixedLibrary(technique, RenderedLibrary(technique)).spectrum(TRUTH, technique.defaults())
    counts = np.random.default_rng(1).poisson(exact).astype(float)
    target = Target(counts, np.ones(counts.size, dtype=bool), technique.defaults())
    target = target.weighed(model, counts, np.zeros(counts.size))
    even = np.where(TRUTH > 0, 1.0, 0.0) / CHOSEN.size
    return fit_from(model, target, nominal_point(model, target, even), CHOSEN)


def test_a_fit_finds_the_truth_from_afar(fit: Fit) -> None:
    np.testing.assert_allclose(fit.point.fraction, TRUTH, atol=0.02)
    assert ended(fit).cost >= fit.cost - 0.1


def test_a_fit_without_an_element_ends_where_one_that_begins_anew_does(model: ForwardModel, fit: Fit) -> None:
    for index in range(CHOSEN.size):
        kept = np.arange(CHOSEN.size) != index
        without = ended(only_with(fit, kept))
        anew = ended(fit_from(model, fit.target, without.point, CHOSEN[kept]))
        assert without.cost == pytest.approx(anew.cost, abs=0.5)


def test_the_products_are_those_of_the_columns(fit: Fit) -> None:
    columns = fit.tangent.columns(fit.point)
    expected = (columns * fit.weight) @ columns.T + fit.priors
    np.testing.assert_allclose(fit.normal, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def linearised_there(model: ForwardModel, end: Fit) -> Tangent:
    unknowns, cost = end.unknowns, Cost(end.target, end.unknowns)
    linear = model.at(replace(end.point), unknowns.families)
    return Tangent.of(unknowns, cost, end.point, linear, end.target.span)


def test_what_strayed_is_linearised_where_it_ends(model: ForwardModel, fit: Fit) -> None:
    without = only_with(fit, np.arange(CHOSEN.size) != 1)
    assert not without.settled
    end = ended(without)
    there = linearised_there(model, end)
    np.testing.assert_allclose(end.tangent.rows, there.rows, rtol=1e-9, atol=1e-9 * np.abs(there.rows).max())
    np.testing.assert_array_equal(end.tangent.strengths, there.strengths)


def test_what_did_not_stray_counts_as_linearised_there(model: ForwardModel, fit: Fit) -> None:
    near = fit_from(fit.model, fit.target, replace(fit.point, atoms=1.1 * fit.point.atoms), fit.chosen)
    assert near.settled
    assert ended(near) is near
    there = linearised_there(model, near)
    assert not np.array_equal(near.tangent.rows, there.rows)
    columns, exact = (each.columns(near.point) * np.sqrt(near.weight) for each in (near.tangent, there))
    assert np.linalg.norm(columns - exact) < 0.02 * np.linalg.norm(exact)


def test_what_families_have_grown_to_is_told_from_the_counts(fit: Fit) -> None:
    point, tangent, seen = fit.point, fit.tangent, fit.target.span
    spectrum = fit.spectrum[seen]
    missed = tangent.strays(point, 1.1 * spectrum)
    assert missed == pytest.approx(0.1 / 1.1, abs=2.0 * tangent.strays(point, spectrum))
    doubled = replace(point, atoms=2.0 * point.atoms)
    exact = fit.model.spectrum(doubled, fit.unknowns.families)[seen]
    assert tangent.strays(doubled, exact) == pytest.approx(tangent.strays(point, spectrum), rel=0.01)


def test_the_coupling_is_what_the_mixing_law_changes(model: ForwardModel, fit: Fit) -> None:
    fit, more = ended(replace(fit, settled=False)), 1e-3
    grown = [np.where(np.arange(TRUTH.size) == element, 1.0 + more, 1.0) for element in CHOSEN]
    moved = [replace(fit.point, atoms=fit.point.atoms * factor) for factor in grown]
    families, seen = fit.unknowns.families, fit.target.seen
    columns = fit.tangent.columns(fit.point)
    for index, point in enumerate(moved):
        step = np.zeros(len(columns))
        step[index] = np.log1p(more)
        by_step, by_law = fit.tangent.change(fit.point, point, step)
        changed = model.spectrum(point, families)[seen] - fit.spectrum[seen]
        assert np.abs(by_law).max() > 0.0
        assert np.abs(changed - by_step - by_law).max() < 0.05 * np.abs(changed).max()
        expected = columns @ (fit.weight * by_law) / step[index]
        np.testing.assert_allclose(fit.tangent.coupling(fit.point)[:, index], expected, rtol=1e-6)


def test_a_displaced_family_moves_beside_its_element(model: ForwardModel, fit: Fit) -> None:
    families = model.families(CHOSEN)
    (moved,) = [index for index, one in enumerate(families) if one.group == "second" and one.element == CHOSEN[1]]
    displaced = np.zeros(len(families))
    displaced[moved] = 3.0
    before, after = (
        model.at(replace(fit.point, displaced=each), families).families for each in (np.zeros(len(families)), displaced)
    )
    centre = [float(rows[moved] @ np.arange(rows.shape[1]) / rows[moved].sum()) for rows in (before, after)]
    assert centre[1] - centre[0] == pytest.approx(3.0, abs=0.1)
    others = np.arange(len(families)) != moved
    np.testing.assert_allclose(before[others], after[others], rtol=1e-3, atol=1e-3 * before.max())


def test_priors_of_lines_are_as_a_recipe_draws_them() -> None:
    recipe = replace(
        load_technique("bulk").recipe(""),
        group_scatter={"second": LogNormal(0.8, 0.2)},
        group_shift={"second": Normal(1.5, 0.5)},
        global_shift=Constant(0.0),
    )
    priors = FitPriors.as_drawn(recipe, (), lines=True)
    assert priors.strengths["second"] == pytest.approx(0.8 * np.exp(0.02), rel=0.02)
    assert priors.groups["second"] == pytest.approx(0.2, rel=0.05)
    assert priors.places["second"] == pytest.approx((1.5, 0.5), rel=0.05)
    assert priors.other_groups == 0.0


def test_lines_are_as_strong_and_where_they_usually_are(model: ForwardModel, fit: Fit) -> None:
    priors = replace(PRIORS, strengths={"second": 0.5}, places={"second": (4.0, 1.0)})
    technique = replace(model.technique, fit=FitSettings(priors))
    usual = ForwardModel(technique, RenderedLibrary(technique))
    families, energy = model.families(CHOSEN), np.arange(technique.axis.size)
    before, after = (each.at(fit.point, each.families(CHOSEN)).families for each in (model, usual))
    for index, family in enumerate(families):
        share, place = (0.5, 4.0) if family.group == "second" else (1.0, 0.0)
        assert after[index].sum() == pytest.approx(share * before[index].sum(), rel=0.05)
        if family.element >= 0:
            centres = [rows[index] @ energy / rows[index].sum() for rows in (before, after)]
            assert centres[1] - centres[0] == pytest.approx(place, abs=0.3)


def test_no_step_raises_the_cost_that_it_is_judged_by(
    model: ForwardModel, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    gains: list[float] = []
    tried = Descent._better

    def better(descent: Descent, at: Reached, wanted: Any) -> Any:
        reached = tried(descent, at, wanted)
        gains.extend([] if reached is None else [reached[0]])
        return reached

    monkeypatch.setattr(Descent, "_better", better)
    far = replace(fit.point, atoms=fit.point.atoms * np.where(TRUTH > 0.2, 3.0, 0.3), shift=fit.point.shift + 1.0)
    end = Descent(model, fit.target, fit.unknowns, to_the_end=True).run(far)
    assert gains
    assert min(gains) > 0.0
    assert end.cost == pytest.approx(ended(fit).cost, abs=0.1)
