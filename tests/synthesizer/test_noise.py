import numpy as np
import pytest
import torch
from torch import Tensor

from specquant.synthesizer.noise import add_noise

DRAWS = 40000


def noisy(rate: float, factor: float = 1.0, seed: int = 1) -> Tensor:
    """Return DRAWS counts in rows of 100 channels."""
    expected = torch.full((DRAWS // 100, 100), rate)
    return add_noise(expected, torch.full((len(expected),), factor), torch.zeros(len(expected), dtype=torch.bool), seed)


def one_spectrum(expected: Tensor, smoothed: bool) -> Tensor:
    return add_noise(expected[None], torch.ones(1), torch.tensor([smoothed]), 3)[0]


@pytest.mark.parametrize("rate", [0.3, 5.0, 45.0, 60.0, 1000.0], ids=lambda rate: f"{rate:g} counts")
@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0], ids=lambda factor: f"factor {factor:g}")
def test_mean_and_variance_over_mean(rate: float, factor: float) -> None:
    counts = noisy(rate, factor).double()
    error = np.sqrt(rate * factor / DRAWS)
    assert counts.mean().item() == pytest.approx(rate, abs=5 * error)
    # the variance of a variance grows with the fourth moment, which for few counts is 1 / rate larger than Gaussian
    spread = np.sqrt((2 + factor / rate) / DRAWS)
    assert (counts.var() / counts.mean()).item() == pytest.approx(factor, rel=5 * spread)


def test_few_counts_follow_poissons_law_exactly() -> None:
    counts = noisy(2.0)
    assert torch.equal(counts, counts.round())
    shares = torch.bincount(counts.flatten().long())[:5] / DRAWS
    law = [np.exp(-2.0) * 2.0**k / np.prod(range(1, k + 1)) for k in range(5)]
    np.testing.assert_allclose(shares.numpy(), law, atol=0.01)


def test_few_counts_with_a_factor_come_in_steps_of_it() -> None:
    steps = noisy(3.0, 0.5) / 0.5
    assert torch.equal(steps, steps.round())


def test_many_counts_are_gaussian() -> None:
    standard = (noisy(1e4).flatten().double() - 1e4) / 100.0
    for sigma, share in ((1.0, 0.6827), (2.0, 0.9545)):
        assert (standard.abs() < sigma).double().mean().item() == pytest.approx(share, abs=0.01)


def test_no_counts_where_nothing_is_expected() -> None:
    assert not noisy(0.0).any()


def test_same_seed_same_noise_and_other_seed_other() -> None:
    assert torch.equal(noisy(100.0, seed=4), noisy(100.0, seed=4))
    assert not torch.equal(noisy(100.0, seed=4), noisy(100.0, seed=5))


def test_channels_are_independent() -> None:
    counts = noisy(100.0).double() - 100.0
    assert abs((counts[:, 1:] * counts[:, :-1]).mean().item()) < 3.0


def test_smoothing_is_a_quarter_a_half_a_quarter() -> None:
    expected = torch.linspace(10.0, 5000.0, 50)
    raw, smooth = one_spectrum(expected, False), one_spectrum(expected, True)
    torch.testing.assert_close(smooth[1:-1], 0.25 * raw[:-2] + 0.5 * raw[1:-1] + 0.25 * raw[2:])
    torch.testing.assert_close(smooth[0], 0.75 * raw[0] + 0.25 * raw[1])


def test_only_the_chosen_spectra_are_smoothed() -> None:
    expected, factor = torch.full((2, 50), 1000.0), torch.ones(2)
    raw = add_noise(expected, factor, torch.tensor([False, False]), 3)
    mixed = add_noise(expected, factor, torch.tensor([False, True]), 3)
    assert torch.equal(mixed[0], raw[0])
    assert not torch.equal(mixed[1], raw[1])


def test_what_was_expected_is_left_alone() -> None:
    expected = torch.full((1, 50), 1000.0)
    add_noise(expected, torch.ones(1), torch.tensor([True]), 3)
    assert torch.equal(expected, torch.full((1, 50), 1000.0))
