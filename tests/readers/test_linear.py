"""Logarithms and roots of counts are refused, whatever their digits; rates and shares are not."""

from collections.abc import Callable

import numpy as np
import pytest

from specquant.errors import SpectrumError
from specquant.readers.linear import check_linear
from specquant.technique import Floats, RawSpectrum

ENERGY = np.arange(1300.0)
TRANSFORMS: dict[str, Callable[[Floats], Floats]] = {
    "log10": lambda counts: np.log10(np.maximum(counts, 1)),
    "log10 of one more": lambda counts: np.log10(counts + 1),
    "ln": lambda counts: np.log(np.maximum(counts, 1)),
    "ln of one more": np.log1p,
}


def counts(level: float, seed: int = 1) -> Floats:
    lines = sum(20 * np.exp(-0.5 * ((ENERGY - line) / 1.5) ** 2) for line in (285.0, 531.0, 930.0))
    return np.random.default_rng(seed).poisson(level * (1 + 3 * ENERGY / 1300 + lines)).astype(float)


def raw(intensities: Floats) -> RawSpectrum:
    return RawSpectrum("s", ENERGY, intensities)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("level", "decimals"), [(1.0, 4), (30.0, 4), (300.0, 3), (3000.0, 5), (1e5, 4)])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_logarithms_are_refused(name: str, level: float, decimals: int, seed: int) -> None:
    with pytest.raises(SpectrumError, match=r"spectrum 's': intensities are logarithms; .* with a linear scale"):
        check_linear(raw(np.round(TRANSFORMS[name](counts(level, seed)), decimals)))


@pytest.mark.parametrize(("level", "decimals"), [(1.0, 3), (30.0, 4), (3000.0, 6)])
def test_roots_are_refused(level: float, decimals: int) -> None:
    with pytest.raises(SpectrumError, match="intensities are square roots; found squares that are whole numbers"):
        check_linear(raw(np.round(np.sqrt(counts(level)), decimals)))


@pytest.mark.parametrize("level", [1.0, 30.0, 3000.0, 1e5])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_proportional_to_counts_is_not_refused(level: float, seed: int) -> None:
    measured = counts(level, seed)
    smoothed = np.convolve(measured, [0.25, 0.5, 0.25], "same")
    sloped = measured / np.linspace(1.0, 3.0, measured.size)
    scaled = (measured / 7, measured / 60, measured / measured.max(), 10 * measured / measured.max(), measured / 1e4)
    for intensities in (*scaled, smoothed, sloped, np.sqrt(2) * measured):
        for decimals in (2, 6):
            check_linear(raw(np.round(intensities, decimals)))


def test_a_calculated_spectrum_is_not_refused() -> None:
    expected = 3.0 + np.exp(-0.5 * ((ENERGY - 500.0) / 30.0) ** 2)
    check_linear(raw(expected / expected.max()))
    check_linear(raw(1e4 * expected))
