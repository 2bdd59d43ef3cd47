"""The best that is possible without being told the elements: the chain against exact posteriors, and the limit."""

from dataclasses import replace
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

from specquant.discovery import load_plugin
from specquant.errors import SettingError
from specquant.evaluation import article_accuracy
from specquant.fits import PoissonLikelihood
from specquant.library import RenderedLibrary
from specquant.recipes.distributions import Constant
from specquant.recipes.recipe import Recipe
from specquant.study.article.bayes import Posterior, bayes_limit, best_answer, compositions, has_bayes_limit
from specquant.study.article.oracle import limit_of
from specquant.study.article.plan import at_ratio
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.technique import Technique

ENERGY = np.arange(40.0)
COLUMNS = np.stack([np.exp(-((ENERGY - place) ** 2) / 18) for place in (14.0, 18.0, 27.0)])


def plain(technique: Technique, ratio: float) -> Recipe:
    recipe = at_ratio(technique.recipe("article"), ratio)
    return replace(recipe, prior={}, prior_default=1.0, concentration=Constant(1.0))


def made(technique: Technique, recipe: Recipe) -> RecipeSynthesizer:
    return RecipeSynthesizer(technique, RenderedLibrary(technique), recipe, 1, stream="evaluation")


def exact(posterior: Posterior) -> tuple[dict[tuple[int, ...], float], np.ndarray]:
    """Return the probability of every set of one or two elements, and the mean composition, by integration.

    All rows of the posterior are of one spectrum, as many as the grid has points.
    """
    points = len(posterior.counts)
    grid, weights, means = (np.arange(points) + 0.5) / points, {}, {}
    for held in [*combinations(range(3), 1), *combinations(range(3), 2)]:
        fractions = np.zeros((points, 3))
        fractions[:, held[-1]] = 1.0 - grid
        fractions[:, held[0]] = grid if len(held) == 2 else 1.0
        likelihood = np.exp(posterior.log_likelihood(posterior.total(fractions)))
        weights[held] = posterior.number[len(held)] / comb(3, len(held)) * likelihood.mean()
        means[held] = (likelihood[:, None] * fractions).sum(axis=0) / likelihood.sum()
    total = sum(weights.values())
    mean = sum(weight / total * means[held] for held, weight in weights.items())
    return {held: weight / total for held, weight in weights.items()}, np.asarray(mean)


def repeated(counts: np.ndarray, peak: float, factor: float, number: list[float], times: int) -> Posterior:
    """Return the posterior of one spectrum, on a background of one count, as many times."""

    def tiled(value: float) -> np.ndarray:
        return np.full(times, value)

    columns = np.tile(COLUMNS.astype(np.float32), (times, 1, 1))
    rows = np.tile(counts, (times, 1))
    return Posterior(rows, columns, np.ones(rows.shape), tiled(peak), tiled(factor), np.array(number))


class TestChain:
    @pytest.mark.parametrize(
        ("truth", "peak", "factor"),
        [([0.7, 0.3, 0.0], 12.0, 1.0), ([0.0, 1.0, 0.0], 6.0, 1.0), ([0.6, 0.0, 0.4], 20.0, 2.0)],
    )
    def test_visits_every_set_as_often_as_its_posterior_says(
        self, truth: list[float], peak: float, factor: float
    ) -> None:
        rng = np.random.default_rng(3)
        shape = truth @ COLUMNS
        counts = rng.poisson((peak * shape / shape.max() + 1.0) / factor) * factor
        number = [0.0, 2.0, 1.0]
        start = np.tile(truth, (100, 1))
        draws = compositions(repeated(counts, peak, factor, number, 100), start, rng, 3_000)[25:]
        np.testing.assert_allclose(draws.sum(axis=2), 1.0, atol=1e-5)
        probability, mean = exact(repeated(counts, peak, factor, number, 1_000))
        for held, wanted in probability.items():
            visited = ((draws > 0) == np.isin(np.arange(3), held)).all(axis=2).mean()
            assert visited == pytest.approx(wanted, abs=0.02), held
        np.testing.assert_allclose(draws.mean(axis=(0, 1)), mean, atol=0.015)

    def test_likelihood_is_that_of_counts_over_their_noise_factor(self) -> None:
        counts = np.random.default_rng(2).poisson(3.0, 40) * 2.0
        posterior = repeated(counts, 8.0, 2.0, [0.0, 1.0, 1.0], 2)
        fraction = np.array([[0.4, 0.6, 0.0], [0.1, 0.0, 0.9]])
        shape = fraction @ COLUMNS
        mean = 8.0 * shape / shape.max(axis=1, keepdims=True) + 1.0
        wanted = poisson.logpmf(counts / 2.0, mean / 2.0).sum(axis=1)
        found = posterior.log_likelihood(posterior.total(fraction))
        assert found[1] - found[0] == pytest.approx(wanted[1] - wanted[0], rel=1e-5)

    def test_without_counts_it_draws_the_recipe(self) -> None:
        number = np.array([0.0, 0.0, 1.0, 0.3])
        columns = np.ones((100, 4, 5), dtype=np.float32)  # all elements look the same
        posterior = Posterior(np.ones((100, 5)), columns, np.zeros((100, 5)), np.ones(100), np.ones(100), number)
        start = np.tile([0.5, 0.5, 0.0, 0.0], (100, 1))
        draws = compositions(posterior, start, np.random.default_rng(1), 3_000)[25:]
        count = (draws > 0).sum(axis=2)
        assert (count == 3).mean() == pytest.approx(0.3 / 1.3, abs=0.02)
        np.testing.assert_allclose(draws.mean(axis=(0, 1)), 0.25, atol=0.02)
        larger = draws[count == 2].max(axis=1)
        assert larger.mean() == pytest.approx(0.75, abs=0.01)  # of a uniform amount


class TestBestAnswer:
    def test_no_other_composition_is_expected_to_be_better(self) -> None:
        rng = np.random.default_rng(5)
        draws = rng.dirichlet([0.3, 0.5, 1.0, 2.0], size=(400, 1)).astype(np.float32)
        best = best_answer(draws)

        def expected(answer: np.ndarray) -> float:
            return float(1.0 - 0.5 * np.abs(draws[:, 0] - answer).sum(axis=1).mean())

        assert best.sum() == pytest.approx(1.0)
        others = [expected(other) for other in rng.dirichlet(50 * best[0] + 0.1, size=500)]
        assert expected(best[0]) >= max(others) - 1e-4
        assert expected(best[0]) > expected(draws[:, 0].mean(axis=0)) + 1e-3

    def test_one_draw_is_its_own_answer(self) -> None:
        np.testing.assert_allclose(best_answer(np.array([[[0.2, 0.8, 0.0]]], dtype=np.float32)), [[0.2, 0.8, 0.0]])


class TestLimit:
    def test_lies_above_the_fit_that_is_told_nothing_and_falls_with_the_ratio(self, toy: Technique) -> None:
        limits = []
        for ratio in (60.0, 10.0, 3.0):
            recipe = plain(toy, ratio)
            stream = made(toy, recipe)
            spectra = stream.spectra(0, 48)
            fit = PoissonLikelihood(toy, RenderedLibrary(toy)).quantify(spectra)["fraction"].values
            limits.append(bayes_limit(stream, recipe, 48, 4_000))
            assert limits[-1] > article_accuracy(fit, spectra["fraction"].values).mean()
        assert limits[0] > limits[1] > limits[2]

    def test_meets_the_oracle_where_the_elements_are_plain_to_see(self, toy: Technique) -> None:
        recipe = plain(toy, 1000.0)
        stream = made(toy, recipe)
        assert bayes_limit(stream, recipe, 48, 4_000) == pytest.approx(limit_of(stream, 48).oracle, abs=0.003)

    def test_recipes_that_it_is_for(self, toy: Technique) -> None:
        xps, eds = (load_plugin(name).technique for name in ("xps", "eds"))
        assert has_bayes_limit(xps.recipe("article"))
        assert not has_bayes_limit(xps.recipe("field"))
        assert not has_bayes_limit(eds.recipe("field"))
        assert has_bayes_limit(plain(toy, 10.0))
        assert not has_bayes_limit(replace(plain(toy, 10.0), smoothing=0.1))
        assert not has_bayes_limit(replace(plain(toy, 10.0), concentration=Constant(0.5)))


class TestAlternatives:
    @pytest.mark.parametrize("recipe", ["article", "field"])
    def test_those_that_are_there_add_up_to_the_spectrum(self, toy: Technique, recipe: str) -> None:
        stream = made(toy, toy.recipe(recipe))
        anatomy, spectra = stream.anatomy(2), stream.spectra(2 * BLOCK, BLOCK)
        shape = np.einsum("se,sec->sc", spectra["fraction"].values, stream.alternatives(2))
        strongest = (shape * anatomy.observed).max(axis=1)
        found = shape * (spectra["peak_counts"].values / strongest)[:, None] + anatomy.background
        np.testing.assert_allclose(found, anatomy.expected(), rtol=1e-3, atol=1e-3 * anatomy.expected().max())

    def test_those_that_are_not_there_lie_where_the_recipe_puts_them(self, toy: Technique) -> None:
        stream = made(toy, plain(toy, 10.0))
        looks = stream.alternatives(0)
        assert looks.any(axis=2).all()
        place = looks.argmax(axis=2)
        assert all(np.unique(place[:, element]).size > 1 for element in range(looks.shape[1]))  # they are shifted
        np.testing.assert_array_equal(looks, stream.alternatives(0))

    def test_a_law_that_is_not_linear_is_refused(self, thirdparty: Path) -> None:  # noqa: ARG002
        bulk = load_plugin("bulk").technique
        with pytest.raises(SettingError, match="not linear"):
            made(bulk, bulk.recipe("bulk")).alternatives(0)
