"""Library fits: one non-negative amount per element and a smooth background, by least squares or by likelihood.

Both fit ``counts = sum_e amount_e * pure_e + background``. The pure spectrum of an element is the nominal library
spectrum times its sensitivity factor, so that amounts are atoms; the background is a sum of broad non-negative hats.
Neither is told the elements or any shift: they are the baselines that a network has to beat.
"""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specquant.library import PureLibrary
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.synthesizer.mixing import mixing_law
from specquant.technique import Floats, Technique

_HATS = 8
_ITERATIONS = 300
_TOLERANCE = 1e-6
_CHUNK = 128


class Unmixing(Quantifier):
    """What both fits share: the design matrix, and amounts to fractions."""

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        super().__init__(technique)
        columns = library.columns(technique)
        self._held = np.flatnonzero(columns.any(axis=1))
        hats = smooth_hats(technique.axis.size)
        design = np.vstack([columns[self._held], hats])
        self._scale = np.linalg.norm(design, axis=1)
        self._design = (design / self._scale[:, None]).T
        factors = np.array([technique.sensitivity[symbol] for symbol in technique.elements])
        self._law = mixing_law(technique, list(technique.elements), factors)

    def estimate(self, counts: Floats, observed: NDArray[np.bool_]) -> Estimate:
        """Fit every spectrum on its own observed channels."""
        target = np.where(observed, counts, 0.0).astype(np.float64)
        target /= np.maximum(target.max(axis=1, keepdims=True), 1e-12)
        amounts = np.zeros((len(counts), len(self.technique.elements)))
        for first in range(0, len(counts), _CHUNK):
            rows = slice(first, first + _CHUNK)
            found = self._fit(target[rows], observed[rows]) / self._scale
            amounts[rows, self._held] = found[:, : self._held.size]
        return Estimate.without_interval(self._law.fractions(amounts))

    @abstractmethod
    def _fit(self, target: Floats, observed: NDArray[np.bool_]) -> Floats:
        """Return the weight of every column of the design, (sample, column), for spectra with maximum one."""


class LeastSquares(Unmixing):
    """Non-negative least squares (Lawson & Hanson 1974) in the Anscombe-like metric of the counts.

    Residuals are weighted with ``1 / sqrt(counts + 1 % of the maximum)``, so that strong peaks do not decide alone.
    """

    name = "nnls"

    def _fit(self, target: Floats, observed: NDArray[np.bool_]) -> Floats:
        weight = np.where(observed, 1.0 / np.sqrt(target + 0.01), 0.0)
        pairs = zip(target, weight, strict=True)
        return np.array([nnls(self._design * w[:, None], spectrum * w)[0] for spectrum, w in pairs])


class PoissonLikelihood(Unmixing):
    """Poisson maximum likelihood by expectation maximisation (Richardson 1972, Lucy 1974), accelerated by squares.

    Each step multiplies the amounts by the back-projected ratio of counts to model, which keeps them non-negative and
    raises the likelihood; SQUAREM steps (Varadhan & Roland, Scand. J. Stat. 35 (2008) 335) shorten the way. Spectra
    are fitted side by side, each until it settles.
    """

    name = "poisson"

    def _fit(self, target: Floats, observed: NDArray[np.bool_]) -> Floats:
        sums = np.maximum(observed @ self._design, 1e-12)
        amounts = np.repeat(target.sum(axis=1, keepdims=True) / sums.sum(axis=1, keepdims=True), sums.shape[1], axis=1)
        active = np.arange(len(target))
        for _ in range(_ITERATIONS):
            before = amounts[active]
            after = self._squared_step(before, target[active], sums[active])
            amounts[active] = after
            active = active[np.abs(after - before).max(axis=1) >= _TOLERANCE * after.max(axis=1)]
            if not active.size:
                break
        return amounts

    def _squared_step(self, amounts: Floats, target: Floats, sums: Floats) -> Floats:
        """Return amounts after two steps of expectation maximisation, or beyond them where that is likelier."""
        once = self._step(amounts, target, sums)
        twice = self._step(once, target, sums)
        first, second = once - amounts, twice - 2 * once + amounts
        lengths = np.linalg.norm(first, axis=1) / np.maximum(np.linalg.norm(second, axis=1), 1e-12)
        length = np.maximum(lengths, 1.0)[:, None]
        leap = np.maximum(amounts + 2 * length * first + length**2 * second, 1e-3 * twice)
        moved = self._step(leap, target, sums)
        likelier = self._log_likelihood(moved, target, sums) >= self._log_likelihood(twice, target, sums)
        return np.where(likelier[:, None], moved, twice)

    def _step(self, amounts: Floats, target: Floats, sums: Floats) -> Floats:
        model = np.maximum(amounts @ self._design.T, 1e-12)
        return np.asarray(amounts * ((target / model) @ self._design) / sums)

    def _log_likelihood(self, amounts: Floats, target: Floats, sums: Floats) -> Floats:
        model = np.maximum(amounts @ self._design.T, 1e-12)
        return np.asarray((target * np.log(model)).sum(axis=1) - (amounts * sums).sum(axis=1))


def smooth_hats(size: int) -> Floats:
    """Return overlapping raised-cosine hats that sum to one, shape (hat, energy): any smooth positive background."""
    knots = np.linspace(0, size - 1, _HATS)
    distance = (np.arange(size)[None, :] - knots[:, None]) / (knots[1] - knots[0])
    return np.where(np.abs(distance) < 1, 0.5 * (1 + np.cos(np.pi * distance)), 0.0)
