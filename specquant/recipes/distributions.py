"""Random quantities as frozen records: what a recipe is written in.

Every record has ``draw(rng, shape)`` and prints itself, so that a recipe can be read, saved and compared.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SettingError

Shape = tuple[int, ...]
Floats = NDArray[np.float64]


def _require(true: bool, record: object, wanted: str) -> None:
    if not true:
        raise SettingError("distribution makes no sense", found=record, wanted=wanted)


@runtime_checkable
class Distribution(Protocol):
    """Anything that draws numbers of a given shape from a generator."""

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return float64 values of the given shape.

        Parameters
        ----------
        rng
            Generator of the random numbers.
        shape
            Shape (n, ...) of the numbers that are returned, float64.
        """
        ...


_DRAWS = 20_000
"""Numbers that mean and standard deviation of a distribution come from: chosen, for an error below a hundredth of the
latter."""


def moments(distribution: Distribution) -> tuple[float, float]:
    """Return the mean and the standard deviation of a distribution, by drawing from it."""
    drawn = draws(distribution)
    return float(drawn.mean()), float(drawn.std())


def draws(distribution: Distribution) -> Floats:
    """Return values drawn from a distribution, the same ones every time, (draw,)."""
    return distribution.draw(np.random.default_rng(0), (_DRAWS,))


@dataclass(frozen=True)
class Constant:
    """Always the same value.

    Parameters
    ----------
    value
        The value.
    """

    value: float

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return the value in an array of `shape` (n, ...); `rng` is not asked."""
        del rng
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Uniform:
    """Flat between `low` and `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _require(self.low <= self.high, self, "low <= high")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return uniform values of `shape` (n, ...), by the generator `rng`."""
        return rng.uniform(self.low, self.high, shape)


@dataclass(frozen=True)
class LogUniform:
    """Flat in the logarithm between `low` and `high`, both above zero."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _require(0 < self.low <= self.high, self, "0 < low <= high")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return log-uniform values of `shape` (n, ...), by the generator `rng`."""
        return np.exp(rng.uniform(np.log(self.low), np.log(self.high), shape))


@dataclass(frozen=True)
class Normal:
    """Gaussian.

    Parameters
    ----------
    mean
        Mean.
    sd
        Standard deviation.
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _require(self.sd >= 0, self, "sd >= 0")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return normal values of `shape` (n, ...), by the generator `rng`."""
        return rng.normal(self.mean, self.sd, shape)


@dataclass(frozen=True)
class LogNormal:
    """Log-normal.

    Parameters
    ----------
    median
        Median of the values.
    sigma
        Standard deviation of their natural logarithm.
    """

    median: float
    sigma: float

    def __post_init__(self) -> None:
        _require(self.median > 0 and self.sigma >= 0, self, "median > 0 and sigma >= 0")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return log-normal values of `shape` (n, ...), by the generator `rng`."""
        return self.median * np.exp(rng.normal(0.0, self.sigma, shape))


@dataclass(frozen=True)
class HalfNormal:
    """The absolute value of a Gaussian around zero.

    Parameters
    ----------
    sd
        Standard deviation of the Gaussian.
    """

    sd: float

    def __post_init__(self) -> None:
        _require(self.sd >= 0, self, "sd >= 0")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return half-normal values of `shape` (n, ...), by the generator `rng`."""
        return np.abs(rng.normal(0.0, self.sd, shape))


@dataclass(frozen=True)
class Power:
    """`high` times a uniform number to the power `exponent`: piles up at zero for exponents above one."""

    high: float
    exponent: float

    def __post_init__(self) -> None:
        _require(self.high >= 0 and self.exponent > 0, self, "high >= 0 and exponent > 0")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return values between 0 and `high`, of `shape` (n, ...), by the generator `rng`."""
        return self.high * rng.uniform(0.0, 1.0, shape) ** self.exponent


@dataclass(frozen=True)
class Mixture:
    """One of several distributions.

    Parameters
    ----------
    parts
        Pairs of a weight, relative to the others, and a distribution.
    """

    parts: tuple[tuple[float, Distribution], ...]

    def __post_init__(self) -> None:
        weights = [weight for weight, _ in self.parts]
        _require(sum(weights) > 0 and min(weights) >= 0, self, "weights >= 0 that do not all vanish")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return values, each from one part of `shape` (n, ...), by the generator `rng`."""
        weights = np.array([weight for weight, _ in self.parts])
        choice = rng.choice(len(self.parts), size=shape, p=weights / weights.sum())
        drawn = np.stack([part.draw(rng, shape) for _, part in self.parts])
        return np.asarray(np.take_along_axis(drawn, choice[None], axis=0)[0])


@dataclass(frozen=True)
class Stretched:
    """Values of another distribution, `factor` times as far from `middle`, and kept between `low` and `high`."""

    of: Distribution
    factor: float
    middle: float
    low: float
    high: float

    def __post_init__(self) -> None:
        _require(self.low <= self.high, self, "low <= high")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Floats:
        """Return the values."""
        further = self.middle + self.factor * (self.of.draw(rng, shape) - self.middle)
        return np.asarray(np.clip(further, self.low, self.high))
