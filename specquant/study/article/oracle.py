"""The practical limit: what is lost even by who knows everything about a spectrum but the amounts.

The oracle fits each synthetic spectrum by Poisson maximum likelihood, told which elements are present and every
nuisance as it was drawn: shifts, factors, response, background, scale. Only the amounts are free, and not negative.

The Cramér-Rao bound of the same spectra is the inverse of the Fisher information of the amounts,
``J = sum over channels of column x column / (noise factor x expected)``, the same things given. With fractions
``x = a / sum(a)`` of amounts `a` and ``G = dx/da``, their covariance is ``G J^-1 G^T``, and an efficient estimator,
being Gaussian, loses ``sum |dx| / 2 = sum sigma / sqrt(2 pi)`` of accuracy. (C. R. Rao, Bull. Calcutta Math. Soc. 37
(1945) 81; H. Cramér, Mathematical Methods of Statistics, 1946.) It holds for unbiased estimators. At few counts the
oracle may do better, as it knows that amounts are not negative.
"""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from scipy.optimize import nnls

from specquant.evaluation import article_accuracy
from specquant.synthesizer import BLOCK, RecipeSynthesizer, SourcesSynthesizer
from specquant.technique import Floats

_ROUNDS = 50
_SETTLED = 1e-9
_HALVINGS = 8
_PRIOR = 1.0
"""Information of a fraction that no channel tells of: a standard deviation of one keeps its bound finite."""


@dataclass(frozen=True)
class Limit:
    """Accuracies of the same spectra: the oracle's, and an efficient estimator's by the Cramér-Rao bound."""

    oracle: float
    bound: float


def limit_of(made: RecipeSynthesizer | SourcesSynthesizer, samples: int) -> Limit:
    """Return the limits of the first `samples` spectra."""
    found, bounds = [], []
    for start in range(0, samples, BLOCK):
        spectra = made.spectra(start, min(BLOCK, samples - start))
        anatomy, noise = made.anatomy(start // BLOCK), spectra["noise_factor"].values
        for row, counts in enumerate(spectra["counts"].values.astype(np.float64)):
            own, seen = anatomy.pairs(row), anatomy.observed[row]
            columns, background = anatomy.columns[own][:, seen], anatomy.background[row][seen]
            fraction, amounts = anatomy.fraction[own], likeliest_amounts(columns, background, counts[seen])
            answer = amounts / max(amounts.sum(), 1e-300)
            found.append(article_accuracy(answer[None], fraction[None])[0])
            bounds.append(expected_loss(columns, background, fraction, float(noise[row])))
    return Limit(float(np.mean(found)), 1.0 - float(np.mean(bounds)))


def likeliest_amounts(columns: Floats, background: Floats, counts: Floats) -> Floats:
    """Return the non-negative amounts (element,) that make counts (energy,) likeliest, by Poisson's law.

    Fisher's scoring: least squares weighted with the variances that the last amounts expect. Steps that would lower the
    likelihood are halved.

    Parameters
    ----------
    columns
        Expected counts per unit of amount, shape (element, energy).
    background
        Expected counts besides, shape (energy,).
    counts
        Shape (energy,); a factor on their variance changes nothing.
    """
    least = 1e-9 * max(counts.max(initial=0.0), 1.0)
    amounts = np.full(len(columns), 1.0 / len(columns))
    reached = _log_likelihood(amounts, columns, background, counts, least)
    for _ in range(_ROUNDS):
        weight = 1.0 / np.sqrt(np.maximum(amounts @ columns + background, least))
        step = nnls((columns * weight).T, (counts - background) * weight)[0] - amounts
        for _ in range(_HALVINGS):
            likelihood = _log_likelihood(amounts + step, columns, background, counts, least)
            if likelihood >= reached:
                break
            step = 0.5 * step
        else:
            break
        amounts, reached = amounts + step, likelihood
        if np.abs(step).max() <= _SETTLED:
            break
    return np.asarray(amounts)


def _log_likelihood(amounts: Floats, columns: Floats, background: Floats, counts: Floats, least: float) -> float:
    expected = np.maximum(amounts @ columns + background, least)
    return float(counts @ np.log(expected) - expected.sum())


def expected_loss(columns: Floats, background: Floats, fraction: Floats, noise_factor: float) -> float:
    """Return the accuracy that an efficient estimator loses on one spectrum; at most one.

    Parameters
    ----------
    columns, background
        Expected counts per unit of fraction (element, energy), and besides (energy,), in observed channels.
    fraction
        True fractions, shape (element,).
    noise_factor
        Variance of the counts over their mean.
    """
    expected = np.maximum(fraction @ columns + background, 1e-9)
    information = (columns / (noise_factor * expected)) @ columns.T + _PRIOR * np.eye(len(columns))
    slope = np.eye(fraction.size) - fraction[:, None]
    variance = np.einsum("ij,jk,ik->i", slope, np.linalg.inv(information), slope)
    return min(float(np.sqrt(np.maximum(variance, 0.0)).sum()) / sqrt(2.0 * pi), 1.0)
