"""What the cost does along a step is known once one length of it was tried."""

import numpy as np
import pytest

from specquant.fits.descent.ray import Ray

LEFT_OVER = np.array([3.0, -1.0, 2.0])
WEIGHT = np.array([1.0, 0.5, 2.0])
STRAIGHT, BENT = np.array([4.0, 0.0, 1.0]), np.array([5.0, 1.0, 0.5])
STEP, PRIORS, PULL = np.array([0.5, 1.0]), np.diag([1.0, 3.0]), np.array([0.3, -0.1])


def rise(share: float, bent: np.ndarray = BENT) -> float:
    """Return what the cost rises by at a share of the step."""
    left = LEFT_OVER - share * STRAIGHT - share**2 * bent
    of_priors = share**2 * STEP @ PRIORS @ STEP - 2 * share * PULL @ STEP
    return float(WEIGHT @ (left**2 - LEFT_OVER**2) + of_priors)


@pytest.fixture
def ray() -> Ray:
    return Ray(LEFT_OVER, WEIGHT, STEP, PRIORS, PULL)


@pytest.mark.parametrize("tried", [1.0, 0.5])
def test_the_shorter_step_is_the_one_with_the_least_cost(ray: Ray, tried: float) -> None:
    share = ray.best(tried * STRAIGHT, tried**2 * BENT, tried)
    around = np.linspace(0.02 * tried, 0.7 * tried, 700)
    assert share == pytest.approx(around[np.argmin([rise(one) for one in around])], abs=0.02)
    assert rise(share) < 0.0


def test_where_no_shorter_step_gains_the_shortest_is_wanted(ray: Ray) -> None:
    assert ray.best(-STRAIGHT, BENT, 1.0) == pytest.approx(0.02)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_linear_gain_is_what_a_step_gains_without_a_bend(ray: Ray, share: float) -> None:
    assert ray.linear_gain(share * STRAIGHT, share) == pytest.approx(-rise(share, np.zeros(3)))
