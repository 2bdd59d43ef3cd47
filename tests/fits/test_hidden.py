"""What a sample may have that its spectrum does not show, and how far lower ends of intervals reach for it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from specquant.fits.model.hidden import LEAST_ERROR, MOST_ERROR, Hidden
from specquant.fits.model.unseen import Shown, Unseen
from specquant.maps.basis import PhaseBasis
from specquant.maps.pixelfits import PixelFit
from specquant.quantifiers import Z90
from specquant.recipes import Addition, Constant, Recipe, Uniform

SOME = Hidden(np.array([0.05, 0.2, 0.4]), np.array([0.06, 0.03, 0.02]))
ELEMENTS = ("A", "B", "C")
COAT = Uniform(0.0, 40.0)
NM = 100.0
"""Thickness of a layer that shows as much as one atom in the bulk for each other atom, nm."""
ERROR = 2.0
"""Standard error of a thickness, nm."""
RECIPE = Recipe(
    name="coated",
    title="A and B, one of eight with C in the bulk, all under a layer of C",
    element_count=(0.0, 1.0),
    prior={"A": 1.0, "B": 1.0, "C": 0.0},
    concentration=Constant(1.0),
    additions=(Addition(0.125, {"C": Uniform(0.02, 0.3)}),),
    response={"coat": COAT},
)


@pytest.mark.parametrize("error", [0.003, 0.03, 0.1, 0.4])
def test_one_truth_of_twenty_lies_below_the_lower_end(error: float) -> None:
    rng = np.random.default_rng(1)
    hidden = rng.choice([0.0, *SOME.amount], p=[1 - SOME.probability.sum(), *SOME.probability], size=200_000)
    truth = 1.0 - hidden + error * rng.normal(size=hidden.size)
    assert np.mean(truth < 1.0 - SOME.reaches(np.array(error))) == pytest.approx(0.05, abs=0.003)


def test_without_anything_hidden_an_interval_is_symmetrical() -> None:
    errors = np.array([0.5 * MOST_ERROR, 0.05, 0.002])
    np.testing.assert_allclose(Hidden.nothing().reaches(errors), Z90 * errors, rtol=0.01)


@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_a_limit_is_passed_in_one_case_of_twenty(error: float) -> None:
    rng = np.random.default_rng(6)
    hidden = np.abs(rng.normal(size=200_000)) * 0.1 / 1.96
    assert np.mean(hidden > 0.1) == pytest.approx(0.05, abs=0.002)
    truth = 1.0 - hidden + error * rng.normal(size=hidden.size)
    assert np.mean(truth < 1.0 - Hidden.seldom_more(0.1).reaches(np.array(error))) == pytest.approx(0.05, abs=0.004)


def test_beyond_the_table_one_part_alone_counts() -> None:
    assert SOME.reaches(np.array(10 * MOST_ERROR)) == pytest.approx(Z90 * 10 * MOST_ERROR)
    assert 0.05 <= SOME.reaches(np.array(LEAST_ERROR / 10)) <= 0.21


def shown_by(amount: np.ndarray, coat: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the thickness that samples show, with an amount of C in the bulk under a layer."""
    return np.asarray(coat + NM * amount / (1 - amount) + ERROR * rng.normal(size=amount.size))


def test_what_is_hidden_behind_a_layer_is_as_likely_as_it_is_true() -> None:
    rng, unseen = np.random.default_rng(2), Unseen(RECIPE, ELEMENTS, {"C": "coat"})
    amount = np.where(rng.random(500) < 0.125, rng.uniform(0.02, 0.3, 500), 0.0)
    thickness = shown_by(amount, COAT.draw(rng, (500,)), rng)
    answers = [unseen.hidden(np.zeros(3), None, {2: Shown(float(each), ERROR, float(each) / NM)}) for each in thickness]
    likely = np.array([answer.probability.sum() for answer in answers])
    assert likely.mean() == pytest.approx((amount > 0).mean(), abs=0.03)
    thick = thickness > 45
    assert likely[thick].min() > 0.8
    assert likely[thickness < 10].mean() == pytest.approx((amount > 0)[thickness < 10].mean(), abs=0.04)
    foreseen = np.array([answer.amount @ answer.probability for answer in answers])
    assert foreseen.mean() == pytest.approx(amount.mean(), rel=0.25)
    lower = np.array([1.0 - answer.reaches(np.array(0.01)) for answer in answers])
    truth = 1.0 - amount + 0.01 * rng.normal(size=amount.size)
    assert np.mean(truth < lower) == pytest.approx(0.05, abs=0.02)


def test_a_proposer_that_tells_a_layer_from_the_bulk_is_believed() -> None:
    unseen, shown = Unseen(RECIPE, ELEMENTS, {"C": "coat"}), {2: Shown(20.0, ERROR, 20.0 / NM)}
    unlikely, likely = (unseen.hidden(np.zeros(3), np.array([0.0, 0.0, odds]), shown) for odds in (-5.0, 2.0))
    assert unlikely.probability.sum() == pytest.approx(1 / (1 + np.exp(5.0)))
    assert likely.probability.sum() == pytest.approx(1 / (1 + np.exp(-2.0)))
    unknown = unseen.hidden(np.zeros(3), np.array([0.0, 0.0, np.nan]), shown)
    assert 0.05 < unknown.probability.sum() < 0.2


def test_what_the_spectrum_leaves_open_counts_and_more_does_not() -> None:
    unseen = Unseen(RECIPE, ELEMENTS, {})
    open_ = unseen.hidden(np.array([0.0, 0.0, 0.1]), None, {})
    assert open_.amount.max() <= 0.1
    assert 0.02 < open_.probability.sum() < 0.08
    assert unseen.hidden(np.zeros(3), None, {}).amount.size == 0


def test_certain_cases_leave_room_for_the_largest_first() -> None:
    odds = np.full(3, 10.0)
    hidden = Unseen(RECIPE, ELEMENTS, {}).hidden(np.array([0.0, 0.9, 0.9]), odds, {})
    assert hidden.probability.sum() == pytest.approx(1.0)
    assert hidden.amount.min() > 0.1


def test_pixels_reach_lower_for_what_their_phase_may_hide_and_no_higher() -> None:
    columns = np.random.default_rng(3).random((3, 40)) + 5 * np.eye(3, 40)
    shares = np.array([0.6, 0.4, 1.0])
    basis = PhaseBasis(np.array([0, 1]), columns / (shares @ columns).sum(), shares, np.zeros((2, 2)), np.zeros(40))
    pixels = np.random.default_rng(4).poisson(2000 * basis.mean, (50, 40)).astype(float)
    bare, hiding = (PixelFit(each) for each in (basis, replace(basis, hidden=SOME)))
    readings, squares = torch.tensor(pixels @ bare.reading), torch.tensor(np.square(pixels) @ bare.weight)
    one, other = bare.answers(readings, squares), hiding.answers(readings, squares)
    torch.testing.assert_close(one.upper, other.upper)
    errors = (one.error / one.fraction).numpy()
    further = (other.fraction - other.lower)[:, 0] / (one.fraction - one.lower)[:, 0]
    np.testing.assert_allclose(further.numpy(), SOME.reaches(errors)[:, 0] / (Z90 * errors[:, 0]), rtol=0.05)
    assert (further > 1.05).all()
