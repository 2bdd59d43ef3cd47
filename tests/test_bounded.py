"""The bounded minimum against scipy's, and its conditions."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from specquant.fits.bounded import bounded_minimum


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
