"""Effects on spectra in Fourier space, in arrays of numpy or of torch, and those that are kept from call to call."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Array, at_least, module_of
from specquant_xps.rendering import PRIMARY_FWHM

Kind = TypeVar("Kind")

FWHM_TO_VARIANCE = 1.0 / (8.0 * math.log(2.0))
"""Variance over squared FWHM of a Gaussian."""


def _distinct(columns: Mapping[str, Array]) -> tuple[Mapping[str, Array], list[int] | None]:
    """Return columns (sample, 1) without rows that were there before, and which row each was; None: as they were.

    A fit nudges one parameter in every row, so that an effect of few parameters is the same in most. What is alike in
    all rows is one row, and serves for all.
    """
    first: dict[tuple[float, ...], int] = {}
    rows = list(zip(*(column[:, 0].tolist() for column in columns.values()), strict=True))
    which = [first.setdefault(row, len(first)) for row in rows]
    if len(first) == len(rows):
        return columns, None
    kept = [which.index(number) for number in range(len(first))]
    return {name: column[kept] for name, column in columns.items()}, which if len(kept) > 1 else None


class Kept:
    """Effects by name, each computed for the samples that differ, and kept for the last single one.

    A fit leaves some parameters as they are, so that some effects are the same from step to step.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[tuple[object, ...], Any]] = {}

    def effect(
        self, name: str, of: Callable[[Mapping[str, Array]], Array], values: Mapping[str, Array], *names: str
    ) -> Array:
        """Return an effect of the values (sample, 1) with these names: (sample, ...), or one row for all samples."""
        first = values[names[0]]
        if not isinstance(first, np.ndarray):
            return of(values)
        if len(first) > 1:
            values, which = _distinct({each: values[each] for each in names})
            if len(values[names[0]]) > 1:
                effect = of(values)
                return effect if which is None else effect[which]
        return self.single(name, of, values, *names)

    def single(
        self, name: str, of: Callable[[Mapping[str, Array]], Kind], values: Mapping[str, Array], *names: str
    ) -> Kind:
        """Return an effect, of any kind, of the values (1, 1) with these names of one sample."""
        key = (values[names[0]].dtype, *[values[each].item() for each in names])
        last = self._last.get(name)
        if last is None or last[0] != key:
            self._last[name] = last = key, of(values)
        effect: Kind = last[1]
        return effect


def polar(magnitude: Array, angle: Array) -> Array:
    """Return complex numbers of a magnitude and an angle; both libraries take several times as long by ``exp``."""
    if not isinstance(angle, np.ndarray):
        return module_of(angle).polar(magnitude.expand(angle.shape), angle)
    numbers = np.empty(angle.shape, dtype=np.result_type(angle, np.complex64))
    np.multiply(magnitude, np.cos(angle), out=numbers.real)
    np.multiply(magnitude, np.sin(angle), out=numbers.imag)
    return numbers


@lru_cache(maxsize=8)
def _angles(count: int, unit: float, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return few multiples of i and a unit, 0, 1, 2 ..., and as few of what comes after them, one after the other.

    Sums of one of each are all multiples up to a count.
    """
    numbers = np.arange(math.isqrt(count - 1) + 1, dtype=dtype)
    return np.asarray(1j * np.concatenate([numbers, numbers.size * numbers]) * dtype.type(unit))


@dataclass(frozen=True)
class Transform:
    """What multiplies the transform of damped spectra, at `frequency` (frequency,), 1/eV, multiples of `unit`.

    `rate` is that of the damping, 1/eV; `narrowing` half the square of the rate less that of the frequency.
    """

    rate: float
    unit: float
    frequency: Array
    narrowing: Array

    def turned(self, magnitude: Array, energy: Array) -> Array:
        """Return complex numbers of a magnitude (sample, frequency), turned by frequencies times energies (sample, 1).

        Powers of one turn are products of a few: sines and cosines of all angles take several times as long.
        """
        if not isinstance(energy, np.ndarray):
            return polar(magnitude, energy * self.frequency)
        count = len(self.frequency)
        angles = _angles(count, self.unit, energy.dtype)
        fine, coarse = np.exp(energy * angles).reshape(len(energy), 2, -1).swapaxes(0, 1)
        turns = (coarse[:, :, None] * fine[:, None]).reshape(len(energy), -1)[:, :count]
        return turns * magnitude

    def moved(self, energy: Array) -> Array:
        """Return what moves a spectrum up by energies (sample, 1), eV."""
        return self.turned(module_of(energy).exp(-self.rate * energy), -energy)

    def gaussian(self, resolution: Array, present: float = PRIMARY_FWHM) -> Array:
        """Return what widens lines to a resolution (sample, 1), FWHM in eV, that have the FWHM `present` already."""
        variance = at_least(resolution * resolution - present**2, 0.0) * FWHM_TO_VARIANCE
        return self.turned(module_of(variance).exp(variance * self.narrowing), variance * self.rate)

    def peak(self, energy: Array, width: Array) -> Array:
        """Return a Gaussian peak of losses of energies and FWHM (sample, 1), eV."""
        variance = width * width * FWHM_TO_VARIANCE
        magnitude = module_of(variance).exp(variance * self.narrowing - self.rate * energy)
        return self.turned(magnitude, variance * self.rate - energy)
