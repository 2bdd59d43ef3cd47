"""Fractions, intervals and what may be there unseen agree with each other in every answer."""

import numpy as np
import pytest

from specquant.quantifiers import Estimate
from specquant.session import open_session
from specquant.spectra import Spectra

ROUNDING = 1e-6


def check_agreement(answer: Estimate) -> None:
    """Check that every bound of every answer can be reached by a composition within the other bounds."""
    fraction, lower, upper = answer.fraction, answer.lower, answer.upper
    assert np.abs(fraction.sum(axis=1) - 1.0).max() < 1e-3
    known = np.isfinite(lower) & np.isfinite(upper)
    assert ((lower <= fraction + ROUNDING) & (fraction <= upper + ROUNDING))[known].all()
    low, high = np.nan_to_num(lower, nan=0.0), np.nan_to_num(upper, nan=1.0)
    others_low = low.sum(axis=1, keepdims=True) - low
    others_high = high.sum(axis=1, keepdims=True) - high
    assert (upper + others_low <= 1.0 + 1e-3)[known].all()
    assert (lower + others_high >= 1.0 - 1e-3)[known].all()


@pytest.mark.parametrize(
    ("technique", "model", "recipe", "seed"),
    [("xps", None, "field", 3), ("xps", None, "field", 4), ("xps", "article", "article", 3), ("eds", None, "field", 3)],
)
@pytest.mark.parametrize("method", ["hybrid", "cnn"])
def test_all_that_an_answer_says_agrees(technique: str, model: str | None, recipe: str, seed: int, method: str) -> None:
    session = open_session(technique, model=model)
    drawn = session.synthesizer(session.technique.recipe(recipe), seed, "evaluation").spectra(0, 12)
    check_agreement(session.methods([method])[method].answer(Spectra.of(drawn, session.technique, "test")))


def test_what_may_be_there_is_no_more_than_the_intervals_leave() -> None:
    answer = Estimate(np.array([[1.0, 0.0, 0.0]]), np.array([[0.965, 0.0, 0.0]]), np.array([[1.0, 0.108, 0.01]]))
    agreeing = answer.agreeing()
    np.testing.assert_allclose(agreeing.upper, [[1.0, 0.035, 0.01]])
    check_agreement(agreeing)


def test_an_interval_is_no_wider_than_others_leave() -> None:
    answer = Estimate(np.array([[0.6, 0.4]]), np.array([[0.1, 0.3]]), np.array([[0.9, 0.45]]))
    agreeing = answer.agreeing()
    np.testing.assert_allclose([agreeing.lower[0], agreeing.upper[0]], [[0.55, 0.3], [0.7, 0.45]])


def test_bounds_that_are_not_known_stay_so() -> None:
    agreeing = Estimate.without_interval(np.array([[0.6, 0.4]])).agreeing()
    assert np.isnan(agreeing.lower).all()
    assert np.isnan(agreeing.upper).all()


def test_bounds_already_in_agreement_stay() -> None:
    answer = Estimate(np.array([[0.6, 0.4]]), np.array([[0.5, 0.3]]), np.array([[0.7, 0.5]]))
    agreeing = answer.agreeing()
    np.testing.assert_allclose([agreeing.lower, agreeing.upper], [answer.lower, answer.upper])
    again = agreeing.agreeing()
    np.testing.assert_allclose([agreeing.lower, agreeing.upper], [again.lower, again.upper])
