"""Library fits: one non-negative amount per element and a smooth background, by least squares or by likelihood.

Both fit ``counts = sum_e amount_e * pure_e + background``. The pure spectrum of an element is the nominal library
spectrum times its sensitivity factor, so that amounts are atoms; the background is a sum of broad non-negative hats.
Neither is told the elements or any shift: they are the baselines that a network has to beat.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specquant.library import PureLibrary
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.synthesizer.mixing import mixing_law
from specquant.technique import Floats, Technique

_HATS = 8
_ITERATIONS = 300
_TOLERANCE = 1e-5


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
        amounts = np.zeros((len(counts), len(self.technique.elements)))
        for row, (spectrum, seen) in enumerate(zip(counts, observed, strict=True)):
            target = spectrum[seen].astype(np.float64)
            unit = max(float(target.max()), 1e-12)
            amounts[row, self._held] = (self._fit(self._design[seen], target / unit) / self._scale)[: self._held.size]
        return Estimate.without_interval(self._law.fractions(amounts))

    def _fit(self, design: Floats, target: Floats) -> Floats:
        raise NotImplementedError


class LeastSquares(Unmixing):
    """Non-negative least squares (Lawson & Hanson 1974) in the Anscombe-like metric of the counts.

    Residuals are weighted with ``1 / sqrt(counts + 1 % of the maximum)``, so that strong peaks do not decide alone.
    """

    name = "nnls"

    def _fit(self, design: Floats, target: Floats) -> Floats:
        weight = 1.0 / np.sqrt(target + 0.01)
        solution: Floats = nnls(design * weight[:, None], target * weight)[0]
        return solution


class PoissonLikelihood(Unmixing):
    """Poisson maximum likelihood by expectation maximisation (Richardson 1972, Lucy 1974), accelerated by squares.

    Each step multiplies the amounts by the back-projected ratio of counts to model, which keeps them non-negative and
    raises the likelihood; SQUAREM steps (Varadhan & Roland, Scand. J. Stat. 35 (2008) 335) shorten the way.
    """

    name = "poisson"

    def _fit(self, design: Floats, target: Floats) -> Floats:
        sums = np.maximum(design.sum(axis=0), 1e-12)

        def step(amounts: Floats) -> Floats:
            return np.asarray(amounts * (design.T @ (target / np.maximum(design @ amounts, 1e-12))) / sums)

        amounts = np.full(design.shape[1], target.sum() / sums.sum())
        for _ in range(_ITERATIONS):
            once = step(amounts)
            twice = step(once)
            first, second = once - amounts, twice - 2 * once + amounts
            length = max(float(np.linalg.norm(first)) / max(float(np.linalg.norm(second)), 1e-12), 1.0)
            moved = step(np.maximum(amounts + 2 * length * first + length**2 * second, 1e-3 * twice))
            better = _log_likelihood(design, target, moved) >= _log_likelihood(design, target, twice)
            following = moved if better else twice
            settled = np.abs(following - amounts).max() < _TOLERANCE * following.max()
            amounts = following
            if settled:
                break
        return amounts


def _log_likelihood(design: Floats, target: Floats, amounts: Floats) -> float:
    model = np.maximum(design @ amounts, 1e-12)
    return float((target * np.log(model) - model).sum())


def smooth_hats(size: int) -> Floats:
    """Return overlapping raised-cosine hats that sum to one, shape (hat, energy): any smooth positive background."""
    knots = np.linspace(0, size - 1, _HATS)
    distance = (np.arange(size)[None, :] - knots[:, None]) / (knots[1] - knots[0])
    return np.where(np.abs(distance) < 1, 0.5 * (1 + np.cos(np.pi * distance)), 0.0)
