"""The batch of small normal equations: right, unbiased, with the errors that it has."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, nnls

from specquant.maps.basis import PhaseBasis
from specquant.maps.pixelfits import PixelFit, non_negative

CHANNELS = np.arange(200)


def lines(*middles: float, width: float = 4.0) -> np.ndarray:
    return np.array([np.exp(-0.5 * ((CHANNELS - middle) / width) ** 2) for middle in middles])


def toy_basis(shares: tuple[float, ...] = (0.5, 0.3, 0.2), background: float = 1.0) -> PhaseBasis:
    """Return three elements, two of which overlap, over a background that falls."""
    columns = np.vstack([lines(40, 90, 98), np.exp(-CHANNELS / 80.0)[None]])
    columns /= columns.sum(axis=1, keepdims=True)
    amounts = np.array([*shares, background])
    columns = columns / (amounts @ columns).sum()
    return PhaseBasis(np.arange(3), columns, amounts, np.zeros((3, 3)), np.zeros(CHANNELS.size))


def answered(basis: PhaseBasis, truth: np.ndarray, counts: float, size: int, seed: int):
    fit, rng = PixelFit(basis), np.random.default_rng(seed)
    pixels = rng.poisson(np.tile(truth @ basis.columns * counts, (size, 1))).astype(np.float64)
    return fit.answers(torch.from_numpy(pixels @ fit.reading), torch.from_numpy(pixels**2 @ fit.weight)), pixels


def test_solutions_are_those_of_non_negative_least_squares():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(30, 9)) + 0.5
    right = rng.normal(size=(200, 30))
    expected = np.array([nnls(matrix, each)[0] for each in right])
    normal = torch.from_numpy(matrix.T @ matrix)
    readings = torch.from_numpy(right @ matrix)
    solved = non_negative(normal, readings, readings @ torch.linalg.inv(normal)).numpy()
    np.testing.assert_allclose(solved, expected, atol=1e-9)
    assert (expected == 0).any(axis=1).mean() > 0.9, "the case is too easy"


@pytest.mark.parametrize("counts", [30.0, 200.0, 5000.0])
def test_amounts_are_unbiased_at_any_number_of_counts(counts):
    basis = toy_basis()
    truth = basis.amounts * np.array([1.2, 0.6, 1.1, 0.9])  # unlike the phase's mean
    fit, rng = PixelFit(basis), np.random.default_rng(2)
    pixels = rng.poisson(np.tile(truth @ basis.columns * counts, (20_000, 1)))
    free = pixels @ fit.reading @ fit.inverse.numpy()
    error = free.std(axis=0) / np.sqrt(len(free))
    assert (abs(free.mean(axis=0) - counts * truth) < 4 * error).all()


@pytest.mark.parametrize("counts", [200.0, 5000.0])
def test_errors_are_the_scatter_and_intervals_hold_nine_of_ten(counts):
    basis = toy_basis()
    answers, _ = answered(basis, basis.amounts, counts, 20_000, 3)
    fraction, truth = answers.fraction.numpy(), basis.amounts[:3] / basis.amounts[:3].sum()
    ratio = answers.error.numpy().mean(axis=0) / fraction.std(axis=0)
    assert ((ratio > 0.95) & (ratio < 1.06)).all(), ratio
    holds = ((answers.lower.numpy() <= truth) & (truth <= answers.upper.numpy())).mean(axis=0)
    assert ((holds > 0.88) & (holds < 0.92)).all(), holds


def test_weights_of_the_phase_lose_nothing_against_maximum_likelihood():
    """For pixels like the mean, and little for a pixel with twice the one element and half of another."""
    basis = toy_basis()
    for factors, allowed in (((1.0, 1.0, 1.0, 1.0), 1.05), ((0.5, 2.0, 1.0, 1.0), 1.15)):
        truth = basis.amounts * np.array(factors)
        answers, pixels = answered(basis, truth, 500.0, 300, 4)
        amounts = np.array([_likeliest(basis.columns, pixel) for pixel in pixels])
        likeliest = amounts[:, :3] / amounts[:, :3].sum(axis=1, keepdims=True)
        ratio = answers.fraction.numpy().var(axis=0) / likeliest.var(axis=0)
        assert ratio.max() < allowed, ratio


def _likeliest(columns: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    def cost(amounts):
        expected = np.maximum(amounts @ columns, 1e-9)
        return expected.sum() - pixel @ np.log(expected), columns @ (1.0 - pixel / expected)

    begin = np.full(len(columns), pixel.sum() / len(columns))
    return minimize(cost, begin, jac=True, bounds=[(0, None)] * len(columns), method="L-BFGS-B").x


def test_pixels_have_the_composition_of_their_phase_where_the_model_errs():
    """The phase has a line that the model does not, on the flank of an element's: pixels do not take it for that."""
    basis, error = toy_basis(), 0.05 * lines(46)[0] / lines(46)[0].sum()
    rng = np.random.default_rng(9)
    pixels = rng.poisson(np.tile((basis.amounts @ basis.columns + error) * 2000.0, (5000, 1))).astype(np.float64)
    means = []
    for left in (np.zeros_like(error), error):
        fit = PixelFit(replace(basis, left=left))
        answers = fit.answers(torch.from_numpy(pixels @ fit.reading), torch.from_numpy(pixels**2 @ fit.weight))
        means.append(answers.fraction.mean(dim=0).numpy() - basis.amounts[:3] / basis.amounts[:3].sum())
    assert abs(means[0]).max() > 0.02
    assert abs(means[1]).max() < 0.002


def test_the_misfit_is_one_and_rises_with_what_the_basis_lacks():
    basis = toy_basis()
    answers, _ = answered(basis, basis.amounts, 1000.0, 4000, 5)
    assert abs(answers.chi_squared.mean().item() - 1) < 0.01
    assert abs(answers.surprise.mean().item()) < 0.1
    assert 0.8 < answers.surprise.std().item() < 1.15
    fit, rng = PixelFit(basis), np.random.default_rng(6)
    expected = (basis.amounts @ basis.columns + 0.2 * lines(150)[0] / lines(150)[0].sum()) * 1000.0
    pixels = rng.poisson(np.tile(expected, (500, 1))).astype(np.float64)
    other = fit.answers(torch.from_numpy(pixels @ fit.reading), torch.from_numpy(pixels**2 @ fit.weight))
    assert (other.surprise > 5).double().mean() > 0.9


def test_limits_are_where_nineteen_of_twenty_are_found():
    """Without the element it is said to be there in one of twenty; at the limit, in nineteen of twenty."""
    basis = toy_basis((0.6, 0.4, 0.0))
    empty, _ = answered(basis, basis.amounts, 2000.0, 4000, 7)
    limit = float(empty.limit[:, 2].mean())
    threshold = np.quantile(empty.fraction[:, 2].numpy(), 0.95)
    share = limit / (1 - limit)
    present, _ = answered(basis, basis.amounts + np.array([0, 0, share, 0]), 2000.0, 4000, 8)
    assert 0.92 < (present.fraction[:, 2] > threshold).double().mean().item() < 0.98
