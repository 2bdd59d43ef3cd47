"""The bounded minimum against scipy's, and its conditions."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from specquant.fits.descent import bounded
from specquant.fits.descent.bounded import _by_safe_steps, bounded_minimum, solution


@pytest.mark.parametrize("seed", range(60))
def test_minimum_is_that_of_least_squares_with_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 40))
    design = rng.standard_normal((size + 20, size)) * rng.uniform(0.01, 100.0, size)
    if size > 4:
        design[:, 1] = design[:, 0] + 0.01 * design[:, 1]  # nearly alike
    target = rng.standard_normal(size + 20) * 10
    low, high = -rng.uniform(0.0, 0.2, size), rng.uniform(0.0, 0.2, size)
    low[0] = high[0] = 0.0
    high[0] = 1e-9
    x = bounded_minimum(design.T @ design, design.T @ target, low, high)
    expected = lsq_linear(design, target, (low, high), method="bvls").x
    assert (x >= low - 1e-12).all()
    assert (x <= high + 1e-12).all()
    cost, least = (float(np.sum((design @ each - target) ** 2)) for each in (x, expected))
    assert cost <= least * (1 + 1e-6)


def test_what_no_bound_meets_is_solved() -> None:
    x = bounded_minimum(np.diag([2.0, 4.0]), np.array([2.0, 2.0]), np.full(2, -9.0), np.full(2, 9.0))
    np.testing.assert_allclose(x, [1.0, 0.5])


def test_what_is_not_finite_is_refused() -> None:
    matrix = np.eye(2)
    matrix[0, 1] = matrix[1, 0] = np.nan
    with pytest.raises(np.linalg.LinAlgError, match="finite"):
        bounded_minimum(matrix, np.ones(2), -np.ones(2), np.ones(2))


def test_of_two_columns_alike_the_one_that_gains_more_is_taken() -> None:
    """The first gains 1 and the second 0.999 a unit: the first goes to its bound, the second takes the excess back."""
    x = bounded_minimum(np.ones((2, 2)), np.array([1.0, 0.999]), np.full(2, -1.0), np.full(2, 1.0))
    np.testing.assert_allclose(x, [1.0, -0.001], atol=1e-5)


@pytest.mark.parametrize("start", [[0.0, 0.0], [1.0, 1.0], [-1.0, 1.0]])
def test_safe_steps_leave_bounds_that_pull_inwards(start: list[float]) -> None:
    """Two unknowns of their own: 0.5 lies between its bounds, -3 below them."""
    x = _by_safe_steps(np.eye(2), np.array([0.5, -3.0]), np.array(start), np.full(2, -1.0), np.full(2, 1.0))
    np.testing.assert_allclose(x, [0.5, -1.0])


@pytest.mark.parametrize("seed", range(20))
def test_safe_steps_find_the_minimum_of_least_squares_with_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design, target = rng.standard_normal((30, 12)), 10.0 * rng.standard_normal(30)
    low, high = -rng.uniform(0.0, 1.0, 12), rng.uniform(0.0, 1.0, 12)
    start = np.clip(rng.uniform(-1.0, 1.0, 12), low, high)
    x = _by_safe_steps(design.T @ design, design.T @ target, start, low, high)
    np.testing.assert_allclose(x, lsq_linear(design, target, (low, high), method="bvls").x, atol=1e-6)


def test_safe_steps_know_no_unit() -> None:
    low, high = np.full(2, -1e-12), np.full(2, 1e-12)
    x = _by_safe_steps(np.eye(2), 1e-12 * np.array([0.5, -3.0]), np.full(2, 1e-12), low, high)
    np.testing.assert_allclose(x, [5e-13, -1e-12])


@pytest.mark.parametrize("seed", range(10))
def test_unknowns_that_hardly_share_need_no_safe_steps(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds on either side are met and let go together."""
    monkeypatch.setattr(bounded, "_by_safe_steps", lambda *_: pytest.fail("bounds were not met together"))
    rng = np.random.default_rng(seed)
    design = np.vstack([np.eye(8), 0.2 * rng.standard_normal((8, 8))])
    target, low, high = 2.0 * rng.standard_normal(16), np.full(8, -0.5), np.full(8, 0.5)
    x = bounded_minimum(design.T @ design, design.T @ target, low, high)
    np.testing.assert_allclose(x, lsq_linear(design, target, (low, high), method="bvls").x, atol=1e-5)


def test_a_solution_without_bounds_is_that_of_the_equations() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(8, 20)) * np.geomspace(1e-2, 1e2, 8)[:, None]
    columns = rng.normal(size=(8, 3))
    matrix = rows @ rows.T
    np.testing.assert_allclose(solution(matrix, columns), np.linalg.solve(matrix, columns), rtol=1e-4)


def test_a_bound_that_hardly_pulls_is_let_go_beside_one_that_is_free() -> None:
    """Two unknowns of their own, at 0: the first is free, the second at its lower end, where 0.05 draws it inwards."""
    low, high = np.array([-1.0, 0.0]), np.ones(2)
    x = _by_safe_steps(np.eye(2), np.array([0.5, 0.05]), np.zeros(2), low, high)
    np.testing.assert_allclose(x, [0.5, 0.05])


def test_bounds_are_let_go_whatever_the_unit() -> None:
    """Without bounds the minimum is at (3, 1.5), both beyond 1; with the first at 1, the second is best at 0.5."""
    matrix, gradient = np.array([[1.0, -0.5], [-0.5, 1.0]]), np.array([2.25, 0.0])
    for unit in (1.0, 1e-12, 1e12):
        x = bounded_minimum(matrix, unit * gradient, np.full(2, -unit), np.full(2, unit))
        np.testing.assert_allclose(x / unit, [1.0, 0.5], rtol=1e-6)
