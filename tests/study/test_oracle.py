"""The practical limit: the oracle's fits, and the Cramér-Rao bound that they reach."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.evaluation import article_accuracy
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary
from specquant.recipes.distributions import Constant, LogUniform
from specquant.study.article.oracle import Limit, expected_loss, likeliest_amounts, limit_of
from specquant.study.article.plan import at_ratio
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.technique import Technique

ENERGY = np.arange(60.0)
COLUMNS = np.stack([np.exp(-((ENERGY - place) ** 2) / 18) for place in (18.0, 26.0, 44.0)])
FRACTION = np.array([0.5, 0.3, 0.2])


def made(technique: Technique, recipe: str, **change: object) -> RecipeSynthesizer:
    chosen = replace(technique.recipe(recipe), **change)
    return RecipeSynthesizer(technique, RenderedLibrary(technique), chosen, 1, stream="evaluation")


class TestAmounts:
    def test_exact_counts_give_the_amounts_back(self) -> None:
        amounts = np.array([300.0, 20.0, 0.0])
        found = likeliest_amounts(COLUMNS, np.full(60, 2.0), amounts @ COLUMNS + 2.0)
        np.testing.assert_allclose(found, amounts, atol=1e-4)

    @pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
    def test_no_amounts_nearby_are_likelier(self, scale: float) -> None:
        rng = np.random.default_rng(4)
        background = np.full(60, 0.05 * scale)
        counts = rng.poisson(scale * FRACTION @ COLUMNS + background).astype(float)
        found = likeliest_amounts(COLUMNS, background, counts)

        def likelihood(amounts: np.ndarray) -> float:
            expected = amounts @ COLUMNS + background
            return float(counts @ np.log(expected) - expected.sum())

        best = likelihood(found)
        for _ in range(200):
            moved = np.clip(found * (1 + 0.02 * rng.standard_normal(3)) + 1e-3 * scale * rng.uniform(0, 1, 3), 0, None)
            assert likelihood(moved) <= best + 1e-6 * abs(best)

    def test_nothing_but_background_gives_nothing(self) -> None:
        found = likeliest_amounts(COLUMNS, np.full(60, 9.0), np.full(60, 3.0))
        np.testing.assert_allclose(found, 0.0, atol=1e-6)

    def test_no_counts_at_all(self) -> None:
        assert np.isfinite(likeliest_amounts(COLUMNS, np.zeros(60), np.zeros(60))).all()


class TestBound:
    def test_two_separate_lines_by_hand(self) -> None:
        columns = np.array([[4e4, 0.0], [0.0, 4e4]])
        fraction = np.array([0.5, 0.5])
        # amounts have variance counts / column^2 = 2e4 / 1.6e9; fractions differ by half the difference of the amounts
        sigma = np.sqrt(2 * 2e4 / 1.6e9) / 2
        expected = 2 * sigma / np.sqrt(2 * np.pi)
        assert expected_loss(columns, np.zeros(2), fraction, 1.0) == pytest.approx(expected, rel=1e-3)

    def test_variance_goes_with_the_noise_factor(self) -> None:
        losses = [expected_loss(1e5 * COLUMNS, np.ones(60), FRACTION, factor) for factor in (1.0, 4.0)]
        assert losses[1] == pytest.approx(2 * losses[0], rel=1e-3)

    def test_efficient_estimates_lose_as_much(self) -> None:
        rng, columns, background = np.random.default_rng(2), 2e3 * COLUMNS, np.full(60, 30.0)
        lost = []
        for _ in range(400):
            amounts = likeliest_amounts(columns, background, rng.poisson(FRACTION @ columns + background).astype(float))
            lost.append(1 - article_accuracy((amounts / amounts.sum())[None], FRACTION[None])[0])
        error = np.std(lost) / np.sqrt(len(lost))
        assert expected_loss(columns, background, FRACTION, 1.0) == pytest.approx(np.mean(lost), abs=4 * error)

    def test_one_element_loses_nothing(self) -> None:
        assert expected_loss(COLUMNS[:1], np.ones(60), np.ones(1), 1.0) == pytest.approx(0.0, abs=1e-12)

    def test_what_no_channel_tells_of_costs_no_more_than_everything(self) -> None:
        unseen = np.vstack([COLUMNS[:2], np.zeros(60)])
        assert 0.2 < expected_loss(1e5 * unseen, np.ones(60), FRACTION, 1.0) <= 1.0


class TestLimit:
    def test_oracle_beats_the_fit_that_is_told_nothing(self, toy: Technique) -> None:
        stream = made(toy, "field")
        spectra = stream.spectra(0, BLOCK)
        fit = LeastSquares(toy, RenderedLibrary(toy)).quantify(spectra)["fraction"].values
        assert limit_of(stream, BLOCK).oracle > article_accuracy(fit, spectra["fraction"].values).mean() + 0.01

    @pytest.mark.parametrize("recipe", ["article", "field"])
    def test_oracle_reaches_the_bound_at_high_counts(self, toy: Technique, recipe: str) -> None:
        limit = limit_of(made(toy, recipe, counts=LogUniform(1e4, 1e5), noise_factor=Constant(1.0)), 2 * BLOCK)
        assert 1 - limit.oracle == pytest.approx(1 - limit.bound, rel=0.08)

    def test_limits_fall_with_the_ratio(self, toy: Technique) -> None:
        limits = []
        for ratio in (100.0, 20.0, 4.0):
            recipe = at_ratio(toy.recipe("article"), ratio)
            stream = RecipeSynthesizer(toy, RenderedLibrary(toy), recipe, 1, stream="evaluation")
            limits.append(limit_of(stream, 64))
        assert limits[0].oracle > limits[1].oracle > limits[2].oracle
        assert limits[0].bound > limits[1].bound > limits[2].bound

    def test_first_spectra_are_those_of_a_smaller_number(self, toy: Technique) -> None:
        stream = made(toy, "article")
        assert limit_of(stream, 10) != limit_of(stream, 20)
        assert limit_of(stream, 10) == limit_of(stream, 10)

    def test_it_is_a_number_for_a_technique_that_is_not_linear(self, thirdparty: Path) -> None:  # noqa: ARG002
        bulk = load_plugin("bulk").technique
        limit = limit_of(made(bulk, "bulk"), 64)
        assert isinstance(limit, Limit)
        assert 0.9 < limit.oracle < 1
        assert 0.9 < limit.bound < 1
