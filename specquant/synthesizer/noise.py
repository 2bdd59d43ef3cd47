"""Counting noise, and what smoothing leaves of it."""

import torch
from torch import Tensor

_EXACT_BELOW = 50.0
"""Expected counts below which Poisson's law is drawn from, and above which the Gaussian of its mean and variance, which
is faster; chosen where the two differ by less than a histogram of a spectrum would show."""


def add_noise(expected: Tensor, factor: Tensor, smoothed: Tensor, seed: int) -> Tensor:
    """Return counts with a variance of `factor` (sample,) times their mean `expected` (sample, energy); 1 is Poisson.

    Spectra in `smoothed` (sample,) are smoothed with 1/4, 1/2, 1/4. Noise is drawn on the device of `expected`.
    """
    generator = torch.Generator(expected.device).manual_seed(seed)
    rate = expected / factor[:, None]
    noise = torch.randn(rate.shape, generator=generator, device=rate.device)
    drawn = noise.mul_(rate.sqrt()).add_(rate).clamp_min_(0.0)
    few = rate < _EXACT_BELOW
    drawn[few] = torch.poisson(rate[few], generator=generator)
    counts = drawn * factor[:, None]
    if smoothed.any():
        rows = torch.nn.functional.pad(counts[smoothed][:, None], (1, 1), mode="replicate")[:, 0]
        counts[smoothed] = 0.25 * rows[:, :-2] + 0.5 * rows[:, 1:-1] + 0.25 * rows[:, 2:]
    return counts
