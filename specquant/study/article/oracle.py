"""The practical limit: how accurate amounts can be when all else about a spectrum is known.

The oracle fits each synthetic spectrum by Poisson maximum likelihood. It knows which elements are present and every
nuisance as it was drawn: shifts, factors, response, background, scale. Only the amounts are free, and not negative.

The Cramér-Rao bound of the same spectra is the inverse of the Fisher information of the amounts,
``J = sum over channels of column x column / (noise factor x expected)``, the same things known. With fractions
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
from specquant.synthesizer import BLOCK, InstrumentsSynthesizer, RecipeSynthesizer, blocks
from specquant.technique import Floats

_ROUNDS = 50
"""Steps of a fit at most; Fisher's scoring settles in far fewer."""

_SETTLED = 1e-9
"""Largest change of an amount at which a fit has settled, in units of the amounts."""

_HALVINGS = 8
"""Halvings of a step that would lower the likelihood, before the fit is taken to have settled."""

_LEAST_COUNTS = 1e-9
"""Least expected counts of a channel: keeps quotients and logarithms finite; in a fit, relative to the most counts."""

_TINY = 1e-300
"""Least sum of amounts that is divided by: a spectrum without any has fractions of zero."""

_PRIOR = 1.0
"""Information of a fraction that no channel tells of: a standard deviation of one keeps its bound finite."""


@dataclass(frozen=True)
class Limit:
    """Accuracies of the same spectra: the oracle's, and an efficient estimator's by the Cramér-Rao bound."""

    oracle: float
    bound: float


def limit_of(synthesizer: RecipeSynthesizer | InstrumentsSynthesizer, samples: int) -> Limit:
    """Return the limits of the first `samples` spectra."""
    accuracies, losses = [], []
    for start, count in blocks(samples):
        spectra = synthesizer.spectra(start, count)
        anatomy, noise = synthesizer.anatomy(start // BLOCK), spectra["noise_factor"].values
        for row, counts in enumerate(spectra["counts"].values.astype(np.float64)):
            pairs, observed = anatomy.pairs(row), anatomy.observed[row]
            columns, background = anatomy.columns[pairs][:, observed], anatomy.background[row][observed]
            fraction, amounts = anatomy.fraction[pairs], likeliest_amounts(columns, background, counts[observed])
            answer = amounts / max(amounts.sum(), _TINY)
            accuracies.append(article_accuracy(answer[None], fraction[None])[0])
            losses.append(expected_loss(columns, background, fraction, float(noise[row])))
    return Limit(float(np.mean(accuracies)), 1.0 - float(np.mean(losses)))


def likeliest_amounts(columns: Floats, background: Floats, counts: Floats) -> Floats:
    """Return the non-negative amounts (element,) that make counts (energy,) likeliest, by Poisson's law.

    Columns (element, energy) are expected counts per unit of amount, `background` (energy,) those of no element. A
    factor on the variance of the counts changes nothing. Fisher's scoring: least squares weighted with the
    variances that the last amounts expect. Steps that would lower the likelihood are halved.
    """
    least = _LEAST_COUNTS * max(counts.max(initial=0.0), 1.0)
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

    Columns (element, energy) are expected counts per unit of fraction, `background` (energy,) those of no element, in
    observed channels; `fraction` (element,) is true, and `noise_factor` the variance of the counts over their mean.
    """
    expected = np.maximum(fraction @ columns + background, _LEAST_COUNTS)
    information = (columns / (noise_factor * expected)) @ columns.T + _PRIOR * np.eye(len(columns))
    slope = np.eye(fraction.size) - fraction[:, None]
    variance = np.einsum("ij,jk,ik->i", slope, np.linalg.inv(information), slope)
    return min(float(np.sqrt(np.maximum(variance, 0.0)).sum()) / sqrt(2.0 * pi), 1.0)
