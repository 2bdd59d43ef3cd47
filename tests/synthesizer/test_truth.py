from dataclasses import replace

import numpy as np
import pytest

from specquant.mixing import Components
from specquant.recipes import Addition, Constant, Normal, Recipe, Uniform
from specquant.synthesizer.truth import (
    ComponentTable,
    add,
    draw_fractions,
    draw_nuisances,
    draw_pairs,
    draw_parameters,
    draw_parts,
    draw_stated,
    spread,
)

PLAIN = Recipe("plain", "three of six", element_count=(0.0, 0.0, 1.0))
EVEN = np.ones(6)
ELEMENTS = ("Li", "Be", "B", "C", "N", "O")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestFractions:
    def test_rows_sum_to_one(self) -> None:
        fractions = draw_fractions(PLAIN, EVEN, rng(), 1000)
        assert fractions.min() >= 0.0
        np.testing.assert_allclose(fractions.sum(axis=1), 1.0, atol=1e-12)

    def test_number_of_elements_follows_the_recipe(self) -> None:
        recipe = replace(PLAIN, element_count=(0.1, 0.0, 0.6, 0.3))
        counted = np.bincount((draw_fractions(recipe, EVEN, rng(), 20000) > 0).sum(axis=1), minlength=6)
        np.testing.assert_allclose(counted / 20000, [0.0, 0.1, 0.0, 0.6, 0.3, 0.0], atol=0.015)

    def test_element_count_need_not_sum_to_one(self) -> None:
        recipe = replace(PLAIN, element_count=(0.0, 3.0, 1.0))
        counted = (draw_fractions(recipe, EVEN, rng(), 20000) > 0).sum(axis=1)
        assert (counted == 2).mean() == pytest.approx(0.75, abs=0.015)

    def test_amounts_are_uniform_on_the_simplex(self) -> None:
        fractions = draw_fractions(PLAIN, np.array([1.0, 1, 1, 0, 0, 0]), rng(), 40000)[:, :3]
        # Dirichlet(1, 1, 1): mean 1/3, variance 1/18, covariance -1/36, and each share has density 2 (1 - x)
        np.testing.assert_allclose(fractions.mean(axis=0), 1 / 3, atol=0.005)
        np.testing.assert_allclose(np.cov(fractions.T), np.full((3, 3), -1 / 36) + np.eye(3) / 12, atol=0.001)
        for edge in (0.1, 0.5, 0.9):
            assert (fractions[:, 0] < edge).mean() == pytest.approx(1 - (1 - edge) ** 2, abs=0.01)

    def test_concentration_makes_amounts_alike(self) -> None:
        fractions = draw_fractions(replace(PLAIN, concentration=Constant(100.0)), EVEN, rng(), 2000)
        assert fractions[fractions > 0].std() < 0.05

    def test_even_weights_draw_every_element_alike(self) -> None:
        often = (draw_fractions(PLAIN, EVEN, rng(), 20000) > 0).mean(axis=0)
        np.testing.assert_allclose(often, 0.5, atol=0.015)

    def test_weights_are_odds(self) -> None:
        weights = np.array([4.0, 2, 1, 1, 0, 0])
        single = replace(PLAIN, element_count=(1.0,))
        often = (draw_fractions(single, weights, rng(), 40000) > 0).mean(axis=0)
        np.testing.assert_allclose(often, weights / 8, atol=0.01)

    def test_second_element_is_drawn_from_what_is_left(self) -> None:
        weights = np.array([4.0, 2, 2, 0, 0, 0])
        twos = replace(PLAIN, element_count=(0.0, 1.0))
        missing = (draw_fractions(twos, weights, rng(), 40000) == 0).mean(axis=0)[:3]
        # the element left out: P(not 0) = 2 * (1/4 * 2/6), P(not 1) = 1/2 * 1/2 + 1/4 * 4/6
        np.testing.assert_allclose(missing, [1 / 6, 5 / 12, 5 / 12], atol=0.01)

    def test_weight_zero_excludes(self) -> None:
        fractions = draw_fractions(PLAIN, np.array([1.0, 1, 0, 1, 1, 0]), rng(), 2000)
        assert not fractions[:, [2, 5]].any()

    def test_never_more_elements_than_there_are(self) -> None:
        fractions = draw_fractions(PLAIN, np.array([1.0, 0, 0, 0, 0, 1]), rng(), 200)
        assert ((fractions > 0).sum(axis=1) == 2).all()


class TestAddition:
    def test_it_takes_its_share_and_leaves_the_rest_in_proportion(self) -> None:
        before = draw_fractions(PLAIN, np.array([1.0, 1, 1, 0, 0, 0]), rng(), 100)
        after = add(before, Addition(1.0, {"C": Constant(0.2), "O": Constant(0.1)}), ELEMENTS, rng())
        np.testing.assert_allclose(after[:, 3], 0.2)
        np.testing.assert_allclose(after[:, 5], 0.1)
        np.testing.assert_allclose(after[:, :3], 0.7 * before[:, :3])

    def test_it_is_labelled_on_top_of_what_is_there(self) -> None:
        before = np.array([[0.0, 0, 0, 0.5, 0, 0.5]])
        after = add(before, Addition(1.0, {"C": Constant(0.2)}), ELEMENTS, rng())
        np.testing.assert_allclose(after, [[0.0, 0, 0, 0.6, 0, 0.4]])

    def test_it_strikes_with_its_probability(self) -> None:
        before = draw_fractions(PLAIN, np.array([1.0, 1, 1, 0, 0, 0]), rng(), 20000)
        after = add(before, Addition(0.3, {"C": Uniform(0.1, 0.2)}), ELEMENTS, rng())
        struck = after[:, 3] > 0
        assert struck.mean() == pytest.approx(0.3, abs=0.015)
        np.testing.assert_array_equal(after[~struck], before[~struck])

    def test_shares_beyond_the_whole_are_scaled(self) -> None:
        before = np.array([[1.0, 0, 0, 0, 0, 0]])
        after = add(before, Addition(1.0, {"C": Constant(0.9), "O": Constant(0.9)}), ELEMENTS, rng())
        np.testing.assert_allclose(after, [[0.0, 0, 0, 0.5, 0, 0.5]], atol=1e-12)


class TestPairs:
    def draw(self, recipe: Recipe, ranges: np.ndarray | None = None, count: int = 4000):
        fractions = draw_fractions(recipe, EVEN, rng(), count)
        return fractions, draw_pairs(recipe, fractions, np.zeros((6, 2)) if ranges is None else ranges, rng(2))

    def test_one_pair_per_element_that_occurs(self) -> None:
        fractions, pairs = self.draw(PLAIN)
        assert len(pairs.sample) == np.count_nonzero(fractions)
        assert fractions[pairs.sample, pairs.element].all()
        assert (np.diff(pairs.sample) >= 0).all()

    def test_shift_range_maps_to_the_elements_own_range(self) -> None:
        ranges = np.array([[-1.0, 5.0], *[[0.0, 2.0]] * 5])
        _, pairs = self.draw(replace(PLAIN, element_shift_range=Uniform(0.0, 1.0)), ranges)
        first, others = pairs.shift[pairs.element == 0], pairs.shift[pairs.element != 0]
        np.testing.assert_allclose([first.min(), first.max()], [-1.0, 5.0], atol=0.05)
        np.testing.assert_allclose([others.min(), others.max()], [0.0, 2.0], atol=0.05)

    def test_element_shift_comes_on_top(self) -> None:
        recipe = replace(PLAIN, element_shift=Constant(0.7), element_shift_range=Constant(0.5))
        _, pairs = self.draw(recipe, np.tile([0.0, 2.0], (6, 1)))
        np.testing.assert_allclose(pairs.shift, 1.7)

    def test_second_state_has_its_probability_and_no_shift_without_share(self) -> None:
        _, pairs = self.draw(replace(PLAIN, second_state=(0.4, Uniform(0.1, 0.3), Constant(5.0))))
        twofold = pairs.second_share > 0
        assert twofold.mean() == pytest.approx(0.4, abs=0.02)
        assert set(pairs.second_shift[twofold]) == {5.0}
        assert set(pairs.second_shift[~twofold]) == {0.0}

    def test_spread_puts_values_where_they_belong(self) -> None:
        fractions, pairs = self.draw(PLAIN, count=50)
        wide = spread(pairs, fractions[pairs.sample, pairs.element], fractions.shape)
        np.testing.assert_array_equal(np.nan_to_num(wide), fractions)
        assert np.isnan(wide[fractions == 0]).all()


class TestWholeSpectra:
    def test_parameters_keep_their_defaults_unless_the_recipe_varies_them(self) -> None:
        recipe = replace(PLAIN, response={"width": Uniform(1.0, 2.0)})
        parameters = draw_parameters(recipe, {"width": 5.0, "gain": 3.0}, rng(), 100)
        assert set(parameters) == {"width", "gain"}
        assert set(parameters["gain"]) == {3.0}
        assert 1.0 <= parameters["width"].min() < parameters["width"].max() <= 2.0

    def test_slope_stays_within_its_bounds(self) -> None:
        slope = draw_nuisances(replace(PLAIN, background_slope=Normal(0.0, 10.0)), rng(), 100)["background_slope"]
        assert (slope.min(), slope.max()) == (-1.0, 1.0)

    def test_without_ends_everything_is_measured(self) -> None:
        nuisances = draw_nuisances(PLAIN, rng(), 3)
        assert nuisances["low_end"].tolist() == [-np.inf] * 3
        assert nuisances["high_end"].tolist() == [np.inf] * 3

    def test_smoothing_has_its_probability(self) -> None:
        nuisances = draw_nuisances(replace(PLAIN, smoothing=0.25), rng(), 20000)
        assert nuisances["smoothed"].mean() == pytest.approx(0.25, abs=0.015)

    def test_parameters_of_one_spectrum_are_unstated_together(self) -> None:
        recipe = replace(PLAIN, unstated={"width": 0.5, "window": 0.2})
        stated = draw_stated(recipe, ("width", "gain", "window"), rng(), 20000)
        np.testing.assert_allclose(stated.mean(axis=0), [0.5, 1.0, 0.8], atol=0.015)
        assert stated[stated[:, 0], 2].all()


class TestParts:
    LIBRARY = Components(("B", "Li", "", "B"), ("b1", "li", "continuum", "b2"), ("main", "main", "free", "second"))
    TABLE = ComponentTable.of(LIBRARY, ELEMENTS[:3])

    def test_table_lists_the_components_of_each_element(self) -> None:
        assert self.TABLE.of_element.tolist() == [[1, -1], [-1, -1], [0, 3]]
        assert self.TABLE.of_none.tolist() == [2]

    def test_every_component_of_an_element_that_is_there_is_a_part_and_each_of_none(self) -> None:
        fractions = np.array([[0.5, 0.0, 0.5], [1.0, 0.0, 0.0]])
        pairs = draw_pairs(PLAIN, fractions, np.zeros((3, 2)), rng())
        recipe = replace(PLAIN, group_scatter={"main": Constant(2.0)}, group_shift={"free": Constant(3.0)})
        parts = draw_parts(recipe, pairs, self.TABLE, rng(), 2)
        entries = zip(parts.sample, parts.component, parts.pair, parts.factor, parts.shift, strict=True)
        assert [tuple(map(float, entry)) for entry in entries] == [
            (0, 1, 0, 2, 0),
            (0, 0, 1, 2, 0),
            (0, 3, 1, 1, 0),
            (1, 1, 2, 2, 0),
            (0, 2, -1, 1, 3),
            (1, 2, -1, 1, 3),
        ]
        assert parts.of_elements().component.tolist() == [1, 0, 3, 1]
