"""The search for the elements of a spectrum that is a sum of shifted pure spectra, and for the shift of each.

The cost of a sum is that of its residuals, in variances, of its shifts, in squared standard deviations, and of the
elements in it, by what is thought of each beforehand. Shifts are searched over their whole range, so that no start is
a bad one. Elements are taken up and dropped as long as that makes the cost smaller.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.conclusions.outcome import Outcome
from specquant.fits.descent.cost import LEAST_COUNTS
from specquant.fits.model.shares import shares_of
from specquant.fits.sums.shifted import ShiftedSpectra
from specquant.fits.sums.weighed import LEAST_NOISE, Sum, Weighed, gain
from specquant.intervals import MEDIAN_SIZE, Z90
from specquant.library import PureLibrary
from specquant.recipes import Recipe, moments
from specquant.technique import Floats, Technique

_SWEEPS = 6
"""Times at most that the shifts of all elements are searched in turn: chosen, two or three are usual."""

_ROUNDS = 6
"""Times at most that elements are searched with new variances: chosen, two or three are usual."""

_MOST = 10
"""Elements at most in a sum: chosen, twice those of any recipe that sums."""

_WORTHWHILE = 20.0
"""Cost above that of the whole at which a sum without an element is still searched for better shifts: chosen, others
seldom make up for more."""

_GAIN = 1e-6
"""Least decrease of cost: chosen, above rounding."""

_SMOOTH = 1.0
"""Standard deviation, channels, of the smoothing that first variances come from: chosen, narrower than a line."""

_SECOND_DIFFERENCE = np.array([1.0, -2.0, 1.0])
"""What is left of counts that are smooth: nothing but noise, with squares of these as weights of the variances."""

_HOPELESS = 4.0
"""Times the highest noise of the recipe from which on a sum is given up at once: chosen; on spectra of recipe `article`
of XPS what the first elements leave over is below 1.5, on those of `field` above 3 (64 and 24 spectra)."""

_LIKELY = 5.0
"""Standard deviations up to which the noise may differ from the recipe's: chosen, no draw lies beyond."""


@dataclass(frozen=True)
class Expected:
    """What is expected of one spectrum, (element,) each.

    Parameters
    ----------
    start
        Elements to begin with.
    needed
        Decrease of the cost that an element has to bring to be in the sum.
    possible
        The elements there can be.
    listed
        Whether all that is possible is there.
    """

    start: NDArray[np.bool_]
    needed: Floats
    possible: NDArray[np.bool_]
    listed: bool = False


class SumSearch:
    """Fits of single spectra of a recipe that sums shifted pure spectra.

    Parameters
    ----------
    technique
        The technique of the spectra.
    library
        Its pure spectra.
    recipe
        How the spectra were drawn, see `specquant.fits.sums.shifted.sums_shifted_spectra`.
    """

    def __init__(self, technique: Technique, library: PureLibrary, recipe: Recipe) -> None:
        self._shifted = ShiftedSpectra.of(technique, library, recipe)
        self._noise = moments(recipe.noise_factor)
        self._size = len(technique.elements)

    def fit(self, counts: Floats, observed: NDArray[np.bool_], expected: Expected) -> Outcome | None:
        """Return what a sum says of counts (energy,); None where it explains them worse than spectra of the recipe.

        Raises
        ------
        numpy.linalg.LinAlgError
            If there are no counts, or no element to begin with.
        """
        mean, spread = self._noise
        scatter = np.hypot(spread, mean * np.sqrt(2.0 / max(int(np.count_nonzero(observed)), 1)))
        highest = mean + _LIKELY * scatter
        best, weighed = search(self._shifted, counts.astype(np.float64), observed, expected, _HOPELESS * highest)
        if weighed.noise > highest or best.amounts.sum() <= 0:
            return None
        chosen = self._shifted.element[best.columns]
        share, error = shares_of(best.amounts, weighed.covariance(best))
        most, speaking = np.zeros(self._size), np.zeros(self._size)
        if not expected.listed:
            most, speaking = self._most(best, weighed, expected)
        most[chosen] = speaking[chosen] = 0.0
        return Outcome(chosen, share, Z90 * error, most, speaking)

    def _most(self, best: Sum, weighed: Weighed, expected: Expected) -> tuple[Floats, Floats]:
        """Return the fraction (element,) that each element may have unseen: at the shift at which most is missed.

        Beside it is what the spectrum says for each, see `Outcome.speaking`.
        """
        amount, error = weighed.missed(best.columns, slice(None), moving=True)
        score = gain(amount, error) - self._shifted.improbable
        total, most, speaking = best.amounts.sum(), np.full(self._size, np.nan), np.zeros(self._size)
        for element, columns in self._shifted.of_element.items():
            if not expected.possible[element]:
                continue
            likeliest = columns.start + np.argmax(score[columns])
            unseen = max(float(amount[likeliest]), 0.0) + Z90 * float(error[likeliest])
            most[element] = 1.0 / (1.0 + total / unseen)
            speaking[element] = max(float(score[likeliest]), 0.0)
        return most, speaking


def search(
    shifted: ShiftedSpectra, counts: Floats, observed: NDArray[np.bool_], expected: Expected, hopeless: float = np.inf
) -> tuple[Sum, Weighed]:
    """Return the sum of shifted spectra that explains counts (energy,) best, and how they were weighed.

    With more noise than `hopeless` after the first elements are in their places, it is looked for no further.

    Raises
    ------
    numpy.linalg.LinAlgError
        If there are no counts, or no element to begin with.
    """
    start = [shifted.usual(int(element)) for element in np.flatnonzero(expected.start & expected.possible)]
    if not start or not counts[observed].any():
        raise np.linalg.LinAlgError("nothing to fit")
    smooth = np.maximum(gaussian_filter1d(counts, _SMOOTH), LEAST_COUNTS)
    needed = np.zeros(expected.needed.size) if expected.listed else expected.needed
    weighed = Weighed(shifted, counts * observed, observed / smooth, _noise(counts[observed]), needed)
    possible = expected.possible[shifted.element]
    best = _moved(weighed, weighed.sum_of(np.array(start)))
    best = best if expected.listed else _added(weighed, best, possible)
    for _ in range(_ROUNDS):
        before = best.columns
        weighed = weighed.renewed(best)
        best = weighed.sum_of(best.columns)
        if weighed.noise > hopeless:
            break
        best = _moved(weighed, best)
        best = _freed(weighed, best) if expected.listed else _exchanged(weighed, best, possible)
        if np.array_equal(best.columns, before):
            break
    return best, weighed


def _exchanged(weighed: Weighed, best: Sum, possible: NDArray[np.bool_]) -> Sum:
    """Return the best sum after elements were taken up, and others dropped, as long as that costs less."""
    while True:
        better = _freed(weighed, _dropped(weighed, _added(weighed, best, possible)))
        if better.cost > best.cost - _GAIN:
            return best
        best = better


def _moved(weighed: Weighed, best: Sum) -> Sum:
    """Return a sum with the shift of each of its elements searched over its range, the strongest first."""
    for _ in range(_SWEEPS):
        before = best.cost
        for index in np.argsort(-best.amounts):
            columns = _with_likeliest(weighed, best, index, moving=False)
            if columns[index] != best.columns[index]:
                best = min(best, weighed.sum_of(columns), key=_cost)
        if best.cost > before - _GAIN:
            break
    return best


def _freed(weighed: Weighed, best: Sum) -> Sum:
    """Return a sum out of the minimum in which elements of overlapping lines hold each other.

    Each element in turn goes where it would be best if the others moved a little, and all are moved after it.
    """
    for index in range(best.columns.size):
        columns = _with_likeliest(weighed, best, index, moving=True)
        if columns[index] != best.columns[index]:
            best = min(best, _moved(weighed, weighed.sum_of(columns)), key=_cost)
    return best


def _with_likeliest(weighed: Weighed, best: Sum, index: int, moving: bool) -> NDArray[np.intp]:
    """Return the columns of a sum with one element at its likeliest shift, given the others, which may be `moving`."""
    shifted = weighed.shifted
    of_element = shifted.of_element[int(shifted.element[best.columns[index]])]
    gains = weighed.gains(np.delete(best.columns, index), of_element, moving) - shifted.improbable[of_element]
    columns = best.columns.copy()
    columns[index] = of_element.start + np.argmax(gains)
    return columns


def _cost(one: Sum) -> float:
    return one.cost


def _added(weighed: Weighed, best: Sum, possible: NDArray[np.bool_]) -> Sum:
    """Return a sum with the elements, of columns that are `possible`, that make it cost less, one after the other."""
    shifted = weighed.shifted
    costs = np.where(possible, shifted.improbable + weighed.needed[shifted.element], np.inf)
    while best.columns.size < _MOST:
        gains = weighed.gains(best.columns, slice(None), moving=True) - costs
        gains[np.isin(shifted.element, shifted.element[best.columns])] = -np.inf
        other = _moved(weighed, weighed.sum_of(np.append(best.columns, np.argmax(gains))))
        if gains.max() <= 0 or other.cost > best.cost - _GAIN:
            break
        best = other
    return best


def _dropped(weighed: Weighed, best: Sum) -> Sum:
    """Return a sum without the elements that cost more than they bring, the worst first."""
    while best.columns.size > 1:
        others = [_without(weighed, best, index) for index in range(best.columns.size)]
        cheapest = min(others, key=_cost)
        if cheapest.cost > best.cost - _GAIN:
            break
        best = cheapest
    return best


def _without(weighed: Weighed, best: Sum, index: int) -> Sum:
    """Return the sum without one of its elements, its shifts searched again where that may make up for it."""
    other = weighed.sum_of(np.delete(best.columns, index))
    return _moved(weighed, other) if other.cost < best.cost + _WORTHWHILE else other


def _noise(counts: Floats) -> float:
    """Return the variance of counts over their mean, by their second differences, which lines make a little larger."""
    rough = np.convolve(counts, _SECOND_DIFFERENCE, "valid")
    variance = np.maximum(np.convolve(counts, _SECOND_DIFFERENCE**2, "valid"), LEAST_COUNTS)
    return max(float(np.median(np.abs(rough) / np.sqrt(variance)) / MEDIAN_SIZE) ** 2, LEAST_NOISE)
