"""Where a fit stands: amounts, factors of families, instrument parameters, shifts and background."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.fixed import FixedShares
from specquant.technique import Floats


@dataclass(frozen=True)
class Point:
    """Where a fit stands.

    Parameters
    ----------
    atoms
        Amount of every element of the technique by its lines, dose included, shape (element,).
    factors
        Factor of every family, shape (family,).
    values
        Value of every instrument parameter.
    shift
        Shift of the whole axis, eV.
    background
        Counts of every hat of a smooth background, shape (hat,).
    chemical
        Chemical shift of every element of the technique, eV, shape (element,); empty where there are none.
    displaced
        How far every family lies above where its element is, eV, shape (family,); empty: none does.
    second
        Share of the lines of every element that is of a second chemical state, and how far above the first that lies,
        eV, shape (element, 2); empty: there is none.
    fixed
        Fractions that are fixed; None: all are as the lines say.
    """

    atoms: Floats
    factors: Floats
    values: Mapping[str, float]
    shift: float
    background: Floats
    chemical: Floats = field(default_factory=lambda: np.zeros(0))
    displaced: Floats = field(default_factory=lambda: np.zeros(0))
    second: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    fixed: FixedShares | None = None

    @property
    def actual(self) -> Floats:
        """Amount of every element that there is, shape (element,): by its lines, or as fixed."""
        return self.atoms if self.fixed is None else self.fixed.actual(self.atoms)

    @property
    def places(self) -> Floats:
        """Where the lines of every element lie above where the library has them, eV; empty where they do not move."""
        return self.chemical + self.shift

    @property
    def of_axis(self) -> float:
        """Shift of the axis, eV, beyond that of `places`: of spectra of which lines do not move one by one."""
        return 0.0 if self.chemical.size else self.shift

    def split(self, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which of the chosen elements have a second chemical state, (chosen,)."""
        return np.asarray(self.second[chosen, 0] > 0.0) if self.second.size else np.zeros(chosen.size, dtype=bool)

    @property
    def doses(self) -> Floats:
        """Derivatives (element,) of the logarithm of all amounts together by the logarithm of each."""
        each = self.atoms if self.fixed is None else self.fixed.atoms.sum(axis=1) * self.atoms
        return np.asarray(each / max(float(self.actual.sum()), 1e-300))

    @property
    def fraction(self) -> Floats:
        """Atomic fractions, shape (element,)."""
        actual = self.actual
        return np.asarray(actual / max(actual.sum(), 1e-300))
