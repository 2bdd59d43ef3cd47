"""Effects on spectra in Fourier space, in arrays of numpy or of torch, and those that are kept from call to call."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from specquant.plugin import Array, at_least, module_of
from specquant_xps.rendering import PRIMARY_FWHM

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
        self._last: dict[str, tuple[tuple[object, ...], Array]] = {}

    def effect(
        self, name: str, of: Callable[[Mapping[str, Array]], Array], values: Mapping[str, Array], *names: str
    ) -> Array:
        """Return an effect of the values (sample, 1) with these names: (sample, ...), or one row for all samples."""
        columns: Mapping[str, Array] = {each: values[each] for each in names}
        if not isinstance(columns[names[0]], np.ndarray):
            return of(columns)
        columns, which = _distinct(columns)
        if len(columns[names[0]]) > 1:
            effect = of(columns)
            return effect if which is None else effect[which]
        key = columns[names[0]].dtype, *(column.item() for column in columns.values())
        if name not in self._last or self._last[name][0] != key:
            self._last[name] = key, of(columns)
        return self._last[name][1]


def polar(magnitude: Array, angle: Array) -> Array:
    """Return complex numbers of a magnitude and an angle; both libraries take several times as long by ``exp``."""
    if not isinstance(angle, np.ndarray):
        return module_of(angle).polar(magnitude.expand(angle.shape), angle)
    numbers = np.empty(angle.shape, dtype=np.result_type(angle, np.complex64))
    np.multiply(magnitude, np.cos(angle), out=numbers.real)
    np.multiply(magnitude, np.sin(angle), out=numbers.imag)
    return numbers


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
        few = math.isqrt(count - 1) + 1
        once, numbers = 1j * self.unit * energy, np.arange(few, dtype=energy.dtype)
        fine, coarse = np.exp(once * numbers), np.exp(once * few * numbers)
        turns = (coarse[:, :, None] * fine[:, None]).reshape(len(energy), few * few)[:, :count]
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
