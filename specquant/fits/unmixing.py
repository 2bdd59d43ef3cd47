"""Library fits: one non-negative amount per element and a smooth background, by least squares or by likelihood.

Both fit ``counts = sum_e amount_e * column_e + background``. The column of an element is its nominal library spectrum
per atom, so that amounts are atoms; the background is a sum of broad non-negative hats. Neither knows the elements or
any shift: they are the baselines that a network has to beat.

Where a technique has its own mixing law, columns depend on the composition that is looked for. The fit then begins with
the spectra of the pure elements and is repeated with columns at the composition last found, until that settles: the
iterated matrix correction of electron-probe analysis. What the law says belongs to no element is then one column more.

Elements that cannot be there have no column. Where fractions are fixed, amounts are brought to them in every round:
lines of such an element say nothing of the composition.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.constraints import Constraints
from specquant.fits.model.backgrounds import smooth_hats
from specquant.library import PureLibrary
from specquant.library.mixed import MixedLibrary
from specquant.quantifiers.base import Quantifier
from specquant.quantifiers.estimates import Estimate
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_ITERATIONS = 300
"""Squared steps of expectation maximisation at most: chosen, since columns that are alike settle slowly."""

_TOLERANCE = 1e-6
"""Change of any amount, in units of the largest, below which expectation maximisation has settled: chosen."""

_CHUNK = 128
"""Spectra fitted side by side: chosen, to bound the memory that their models take."""

_ROUNDS = 8
"""Repetitions at most with columns at the composition last found: chosen, matrix corrections settle in a few."""

_SETTLED = 1e-3
"""Change of any atomic fraction below which the composition has settled: chosen, a tenth of what counts as present."""

_TRACE = 1e-4
"""Atomic fraction up to which an element is left out of the next round: chosen, far below what counts as present."""


@dataclass(frozen=True)
class Design:
    """What a spectrum is fitted by: columns of unit length, the background's last.

    `matrix` has shape (energy, column), `scale` (column,) is the length the columns had, `chosen` (chosen,) are the
    indices of the elements that the first of them belong to.
    """

    matrix: Floats
    scale: Floats
    chosen: NDArray[np.int64]

    @staticmethod
    def of(lines: Floats, chosen: NDArray[np.int64], background: Floats) -> "Design":
        """Return the design of lines (chosen, energy) and background (column, energy)."""
        columns = np.vstack([lines, background])
        scale = np.linalg.norm(columns, axis=1)
        return Design((columns / scale[:, None]).T, scale, chosen)


class Unmixing(Quantifier):
    """What both fits share: the designs, the rounds of a law that is not linear, and amounts to fractions."""

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        super().__init__(technique, library)
        self._mixed = MixedLibrary(technique, library)
        self._hats = smooth_hats(technique.axis.size)
        self._nominal = self._pure_design(technique.defaults(), None)

    def estimate(self, spectra: Spectra) -> Estimate:
        """Fit every spectrum on its own observed channels."""
        fraction = np.zeros((len(spectra), len(self.technique.elements)))
        constraints = spectra.constraints
        groups = [np.arange(len(spectra))] if constraints is None else constraints.alike()
        for rows in groups:
            known = None if constraints is None else constraints.take(rows[:1])
            for first in range(0, len(rows), _CHUNK):
                part = rows[first : first + _CHUNK]
                fraction[part] = self._fractions(spectra.take(part), known)
        return _told(fraction)

    def _fractions(self, spectra: Spectra, known: Constraints | None) -> Floats:
        """Return fractions (sample, element) of spectra that share what is known of their elements."""
        target = np.where(spectra.observed, spectra.counts, 0.0).astype(np.float64)
        target /= np.maximum(target.max(axis=1, keepdims=True), 1e-12)
        if not self._mixed.linear:
            return self._in_rounds(target, spectra.observed, spectra.parameters(self.technique), known)
        design = self._nominal if known is None else self._pure_design(self.technique.defaults(), known)
        return self._brought(self._amounts(target, spectra.observed, design), known)

    def _brought(self, amounts: Floats, known: Constraints | None) -> Floats:
        """Return amounts (sample, element) as fractions, those that are fixed as stated; uniform where nothing is."""
        fraction = _normalised(amounts)
        if known is None or not known.fixed.any():
            return fraction
        there = amounts.any(axis=1)
        fraction[there] = known.repeated(int(there.sum())).brought(fraction[there], self.technique.elements)
        return fraction

    @abstractmethod
    def _fit(self, target: Floats, observed: NDArray[np.bool_], matrix: Floats) -> Floats:
        """Return the weight of every column of (energy, column), (sample, column), for spectra with maximum one."""

    def _amounts(self, target: Floats, observed: NDArray[np.bool_], design: Design) -> Floats:
        """Return amounts (sample, element) of spectra that share a design."""
        weights = self._fit(target, observed, design.matrix) / design.scale
        amounts = np.zeros((len(target), len(self.technique.elements)))
        amounts[:, design.chosen] = weights[:, : design.chosen.size]
        return amounts

    def _pure_design(self, values: Mapping[str, float], known: Constraints | None) -> Design:
        """Return the design of the pure elements that have lines under these instrument parameters and can be there."""
        lines, others = self._mixed.pure(values)
        there = lines.any(axis=1)
        chosen = np.flatnonzero(there if known is None else there & known.candidates[0])
        return Design.of((lines + others)[chosen], chosen, self._hats)

    def _in_rounds(
        self,
        target: Floats,
        observed: NDArray[np.bool_],
        values: Mapping[str, Floats],
        known: Constraints | None,
    ) -> Floats:
        """Return fractions (sample, element) by a law with columns that depend on them; `values` has all parameters."""
        amounts = np.zeros((len(target), len(self.technique.elements)))
        settings, which = np.unique(np.array(list(values.values())).T, axis=0, return_inverse=True)
        for number, setting in enumerate(settings):
            alike = np.flatnonzero(which == number)
            design = self._pure_design(dict(zip(values, setting.tolist(), strict=True)), known)
            amounts[alike] = self._amounts(target[alike], observed[alike], design)
        fraction = self._brought(amounts, known)
        active = np.flatnonzero(amounts.any(axis=1))
        for _ in range(_ROUNDS):
            before = fraction[active]
            yields = self._mixed.yields(before, {name: value[active] for name, value in values.items()})
            for row, of_row in zip(active, yields, strict=True):
                one = slice(row, row + 1)
                again = self._amounts(target[one], observed[one], self._design_at(fraction[row], of_row))
                fraction[one] = self._brought(again, known) if again.any() else fraction[one]
            active = active[np.abs(fraction[active] - before).max(axis=1, initial=0.0) >= _SETTLED]
        return fraction

    def _design_at(self, fraction: Floats, yields: Floats) -> Design:
        """Return the design of the elements found, at fractions (element,) and their yields (component,)."""
        chosen = np.flatnonzero(fraction > _TRACE)
        others = self._mixed.of_no_element(yields)
        background = np.vstack([others, self._hats]) if others.any() else self._hats
        return Design.of(self._mixed.of_elements(yields, chosen), chosen, background)


class LeastSquares(Unmixing):
    """Non-negative least squares (Lawson & Hanson 1974) in the Anscombe-like metric of the counts.

    Residuals are weighted with ``1 / sqrt(counts + 1 % of the maximum)``, so that strong peaks do not decide alone.
    """

    name = "nnls"

    def _fit(self, target: Floats, observed: NDArray[np.bool_], matrix: Floats) -> Floats:
        from scipy.optimize import nnls  # its import takes long

        weight = np.where(observed, 1.0 / np.sqrt(target + 0.01), 0.0)
        pairs = zip(target, weight, strict=True)
        return np.array([nnls(matrix * w[:, None], spectrum * w)[0] for spectrum, w in pairs])


class PoissonLikelihood(Unmixing):
    """Poisson maximum likelihood by expectation maximisation (Richardson 1972, Lucy 1974), accelerated by squares.

    Each step multiplies the amounts by the back-projected ratio of counts to model, which keeps them non-negative and
    raises the likelihood; SQUAREM steps (Varadhan & Roland, Scand. J. Stat. 35 (2008) 335) shorten the way. Spectra
    are fitted side by side, each until it settles.
    """

    name = "poisson"

    def _fit(self, target: Floats, observed: NDArray[np.bool_], matrix: Floats) -> Floats:
        sums = np.maximum(observed @ matrix, 1e-12)
        amounts = np.repeat(target.sum(axis=1, keepdims=True) / sums.sum(axis=1, keepdims=True), sums.shape[1], axis=1)
        active = np.arange(len(target))
        for _ in range(_ITERATIONS):
            before = amounts[active]
            after = _squared_step(before, target[active], sums[active], matrix)
            amounts[active] = after
            active = active[np.abs(after - before).max(axis=1) >= _TOLERANCE * after.max(axis=1)]
            if not active.size:
                break
        return amounts


def _squared_step(amounts: Floats, target: Floats, sums: Floats, matrix: Floats) -> Floats:
    """Return amounts after two steps of expectation maximisation, or beyond them where that is likelier."""
    once = _step(amounts, target, sums, matrix)
    twice = _step(once, target, sums, matrix)
    first, second = once - amounts, twice - 2 * once + amounts
    lengths = np.linalg.norm(first, axis=1) / np.maximum(np.linalg.norm(second, axis=1), 1e-12)
    length = np.maximum(lengths, 1.0)[:, None]
    leap = np.maximum(amounts + 2 * length * first + length**2 * second, 1e-3 * twice)
    moved = _step(leap, target, sums, matrix)
    likelier = _log_likelihood(moved, target, sums, matrix) >= _log_likelihood(twice, target, sums, matrix)
    return np.where(likelier[:, None], moved, twice)


def _step(amounts: Floats, target: Floats, sums: Floats, matrix: Floats) -> Floats:
    model = np.maximum(amounts @ matrix.T, 1e-12)
    return np.asarray(amounts * ((target / model) @ matrix) / sums)


def _log_likelihood(amounts: Floats, target: Floats, sums: Floats, matrix: Floats) -> Floats:
    model = np.maximum(amounts @ matrix.T, 1e-12)
    return np.asarray((target * np.log(model)).sum(axis=1) - (amounts * sums).sum(axis=1))


NOTHING = "no line of any element was found; that all elements share alike says nothing about the sample"
"""Said of a fit that takes all of a spectrum for background."""


def _told(fraction: Floats) -> Estimate:
    """Return the estimate of fractions (sample, element), with a remark and all that can be where nothing was found."""
    estimate = Estimate.without_interval(fraction)
    nothing = (fraction == fraction[:, :1]).all(axis=1)
    if not nothing.any():
        return estimate
    lower, upper = (np.where(nothing[:, None], bound, np.nan) for bound in (0.0, 1.0))
    remarks = tuple(NOTHING if one else "" for one in nothing)
    return Estimate(fraction, np.broadcast_to(lower, fraction.shape), np.broadcast_to(upper, fraction.shape), remarks)


def _normalised(amounts: Floats) -> Floats:
    """Return amounts (sample, element) as fractions; uniform where there is nothing at all."""
    total = amounts.sum(axis=1, keepdims=True)
    uniform = np.full_like(amounts, 1.0 / amounts.shape[1])
    return np.where(total > 0, amounts / np.where(total > 0, total, 1.0), uniform)
