"""Pure spectra at every shift that a recipe draws: what a spectrum of such a recipe is a sum of."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.backgrounds import ramps
from specquant.library import PureLibrary
from specquant.mixing import mixes_linearly
from specquant.recipes import Constant, Recipe, moments
from specquant.synthesizer.components import ComponentSum
from specquant.synthesizer.shifting import PHASES
from specquant.technique import Floats, Technique

_WIDEST = 4.5
"""Standard deviations of its shift over which an element is looked for: chosen, one draw of 150 000 lies beyond."""


def sums_shifted_spectra(recipe: Recipe, technique: Technique, library: PureLibrary) -> bool:
    """Return whether spectra of a recipe are sums of pure spectra that nothing changes but their shifts and amounts.

    A straight background may lie below them, and counts scatter about them.
    """
    linear = recipe.linear_mixing or mixes_linearly(technique, library.components)
    varied = recipe.response or recipe.group_scatter or recipe.group_shift or recipe.instruments or recipe.second_state
    alike = recipe.global_shift == Constant(0.0) and recipe.sensitivity_scatter == Constant(1.0)
    return linear and alike and not varied and not recipe.smoothing


@dataclass(frozen=True)
class ShiftedSpectra:
    """The spectrum of one atom of every element of a library at every shift, in steps of the synthesizer's.

    Parameters
    ----------
    spectra
        Shape (column, energy).
    element
        Index of the element among the technique's, (column,); columns of an element follow each other.
    shift
        Its shift, eV, (column,); the shifts of an element ascend.
    improbable
        How far from the mean shift of its element a column lies, in squared standard deviations, (column,).
    spread
        Standard deviation of the shift of its element, channels, (column,).
    background
        Straight backgrounds that do not cross zero, (2, energy): falling and rising.
    """

    spectra: NDArray[np.float32]
    element: NDArray[np.intp]
    shift: Floats
    improbable: Floats
    spread: Floats
    background: Floats

    @staticmethod
    def of(technique: Technique, library: PureLibrary, recipe: Recipe) -> "ShiftedSpectra":
        """Return the spectra of a recipe that `sums_shifted_spectra`."""
        sums = ComponentSum(technique, library, recipe, False, None)
        elements = np.unique([technique.elements.index(symbol) for symbol in library.elements])
        usual = [
            _usual_shift(recipe, *technique.chemical_shift.get(technique.elements[element], (0.0, 0.0)))
            for element in elements
        ]
        shifts = [_steps(mean, spread, technique.axis.step / PHASES) for mean, spread in usual]
        sizes = [shift.size for shift in shifts]
        mean, spread = (np.repeat(values, sizes) for values in zip(*usual, strict=True))
        shift = np.concatenate(shifts)
        away = np.divide(shift - mean, spread, out=np.zeros(shift.size), where=spread > 0)
        return ShiftedSpectra(
            np.concatenate(list(map(sums.alone, elements, shifts))),
            np.repeat(elements, sizes),
            shift,
            away**2,
            spread / technique.axis.step,
            ramps(technique.axis.size),
        )

    @cached_property
    def squares(self) -> NDArray[np.float32]:
        """Squares of the spectra, (column, energy)."""
        return np.square(self.spectra)

    @cached_property
    def of_element(self) -> dict[int, slice]:
        """The columns of every element of the library, by its index."""
        elements, first = np.unique(self.element, return_index=True)
        ends = np.append(first[1:], self.element.size)
        return {int(element): slice(int(a), int(b)) for element, a, b in zip(elements, first, ends, strict=True)}

    def usual(self, element: int) -> int:
        """Return the likeliest column of an element."""
        columns = self.of_element[element]
        return int(columns.start + np.argmin(self.improbable[columns]))

    def slopes(self, columns: NDArray[np.intp]) -> Floats:
        """Return the derivatives of spectra by their channels, (column, energy)."""
        return np.gradient(self.spectra[columns].astype(np.float64), axis=1)


def _usual_shift(recipe: Recipe, low: float, high: float) -> tuple[float, float]:
    """Return mean and standard deviation, eV, of the shift of an element with this range of chemical shifts."""
    mean, spread = moments(recipe.element_shift)
    if recipe.element_shift_range is None:
        return mean, spread
    share, of_range = moments(recipe.element_shift_range)
    return mean + low + share * (high - low), float(np.hypot(spread, of_range * (high - low)))


def _steps(mean: float, spread: float, step: float) -> Floats:
    """Return the shifts, eV, that are looked at for an element; where none is drawn, its mean alone."""
    first, last = np.floor((mean - _WIDEST * spread) / step), np.ceil((mean + _WIDEST * spread) / step)
    return step * (np.arange(first, last + 1) if spread > 0 else np.array([np.rint(mean / step)]))
