"""The best that any method can do under the declared shift ``sensitivity``, by the likelihood ratio of its spectra.

Spectra are linearised where fits of fresh ones end: counts change with the true amounts (lines, absorption, continuum),
with an error that all lines of an element share, with the strength of each family, and with all else that a fit leaves
free. Everything but the amounts has the spread of the recipe, and the physics is exact. So no method knows more, but
for what compositions are likely.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from scipy.special import ndtr, ndtri

from specquant.fits.descent.cost import Cost
from specquant.fits.descent.fitting import Fit
from specquant.recipes import LogNormal, Recipe
from specquant.technique import Floats

ENDS = np.log([0.8, 1.2])
"""Logarithms of the factors that the shift draws."""

MOST_PATTERNS = 1024
"""Signs of the errors of all elements that are tried one by one, or else drawn."""

LEAST = 0.01
"""Atomic fraction of the elements that are counted."""


@dataclass(frozen=True)
class Shown:
    """What a spectrum shows of amounts and errors of factors, both in logarithms.

    Parameters
    ----------
    information
        Information on the amounts and then on the errors, all else being unknown, (2 element, 2 element).
    by_amount
        Derivatives of fractions by amounts, (counted, element).
    scatter
        Deviation of the errors in the recipe.
    """

    information: Floats
    by_amount: Floats
    scatter: float

    @property
    def count(self) -> int:
        """Number of elements."""
        return len(self.information) // 2

    @cached_property
    def fresh(self) -> Floats:
        """Covariance of amounts and errors for who knows that the spectrum is fresh, (2 element, 2 element)."""
        known = np.repeat([0.0, self.scatter**-2], self.count)
        return np.asarray(np.linalg.inv(self.information + np.diag(known)))

    @cached_property
    def deviations(self) -> Floats:
        """Standard errors of fractions in a fresh spectrum, (counted,)."""
        covariance = self.fresh[: self.count, : self.count]
        return np.asarray(np.sqrt(np.einsum("ci,ij,cj->c", self.by_amount, covariance, self.by_amount)))

    @cached_property
    def alone(self) -> Floats:
        """Covariance of the amounts where the errors are known, (element, element)."""
        return np.asarray(np.linalg.inv(self.information[: self.count, : self.count]))

    @cached_property
    def of_errors(self) -> Floats:
        """Information on the errors where the amounts are unknown, (element, element)."""
        to_errors = self.information[self.count :, : self.count]
        whole = self.information[self.count :, self.count :] - to_errors @ self.alone @ to_errors.T
        return np.asarray(0.5 * (whole + whole.T))

    @cached_property
    def root(self) -> Floats:
        """A matrix with the information as its square, by which noise is drawn, (2 element, 2 element)."""
        values, vectors = np.linalg.eigh(self.information)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))

    def drawn(self, errors: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return what a spectrum says with these errors (element,), and by how much fractions (counted,) are missed."""
        true = np.concatenate([np.zeros(self.count), errors])
        said = self.information @ true + self.root @ rng.normal(size=true.size)
        return said, self.by_amount @ (self.fresh @ said)[: self.count]

    def patterns(self, rng: np.random.Generator) -> Floats:
        """Return errors that the shift draws, equally likely, (pattern, element)."""
        if 2**self.count <= MOST_PATTERNS:
            return np.array(list(product(ENDS, repeat=self.count)))
        return np.asarray(rng.choice(ENDS, (MOST_PATTERNS, self.count)))

    def ratio(self, said: Floats, patterns: Floats, within: float) -> tuple[float, float]:
        """Return the likelihood of the shift over that of fresh spectra, and the same times the fractions missed.

        Missed are those that lie further than `within` standard errors of fresh spectra from the answer to them.
        """
        of_errors = said[self.count :] - self.information[self.count :, : self.count] @ self.alone @ said[: self.count]
        exponents = patterns @ of_errors - 0.5 * np.einsum("pi,ij,pj->p", patterns, self.of_errors, patterns)
        scaled = np.eye(self.count) + self.scatter**2 * self.of_errors
        spread = np.linalg.solve(scaled, self.scatter**2 * of_errors)
        fresh = 0.5 * of_errors @ spread - 0.5 * np.linalg.slogdet(scaled)[1]
        likely = np.exp(exponents - fresh) / len(patterns)
        return float(likely.sum()), float(likely @ self._missed(said, patterns, within))

    def _missed(self, said: Floats, patterns: Floats, within: float) -> Floats:
        """Return how many fractions are missed where the errors are known, on average, (pattern,)."""
        answer = self.by_amount @ (self.fresh @ said)[: self.count]
        apart = said[: self.count] - patterns @ self.information[self.count :, : self.count]
        away = answer - apart @ self.alone @ self.by_amount.T
        error = np.sqrt(np.einsum("ci,ij,cj->c", self.by_amount, self.alone, self.by_amount))
        most = within * self.deviations
        return np.asarray((1.0 - ndtr((most - away) / error) + ndtr((-most - away) / error)).sum(axis=1))


def shown_by(fit: Fit, recipe: Recipe, noise: float) -> Shown | None:
    """Return what the spectrum of a fit shows; None without two elements.

    The variance of its counts is `noise` times the counts.
    """
    share = fit.atoms / fit.atoms.sum()
    if share.size < 2:
        return None
    variance = noise * np.maximum(fit.spectrum[fit.target.seen], 1.0)
    whole, asked = _normal(fit, recipe, 1.0 / variance)[0], 2 * share.size
    left = whole[:asked, asked:] @ np.linalg.pinv(whole[asked:, asked:], hermitian=True) @ whole[asked:, :asked]
    by_amount = (np.diag(share) - np.outer(share, share))[share >= LEAST]
    return Shown(whole[:asked, :asked] - 0.5 * (left + left.T), by_amount, _scatter(recipe))


def log_ratio(fit: Fit, recipe: Recipe, error: float) -> float:
    """Return how much likelier a spectrum is if each factor has an error of that deviation than by the recipe.

    It is the logarithm of a ratio of likelihoods, by what the fit leaves over and by how far it is from what is usual.
    """
    whole, gradient = _normal(fit, recipe, fit.weight)
    count = fit.chosen.size
    errors = np.isin(np.arange(len(whole)), np.arange(count, 2 * count))
    to_errors = whole[np.ix_(errors, ~errors)] @ np.linalg.pinv(whole[np.ix_(~errors, ~errors)], hermitian=True)
    said = gradient[errors] - to_errors @ gradient[~errors]
    information = whole[np.ix_(errors, errors)] - to_errors @ whole[np.ix_(~errors, errors)]

    def evidence(deviation: float) -> float:
        spread = np.eye(count) + deviation**2 * information
        return float(0.5 * said @ np.linalg.solve(spread, deviation**2 * said) - 0.5 * np.linalg.slogdet(spread)[1])

    return evidence(error) - evidence(_scatter(recipe))


def _normal(fit: Fit, recipe: Recipe, weight: Floats) -> tuple[Floats, Floats]:
    """Return the normal matrix and the gradient by amounts, errors, all else but factors, and families.

    Amounts and errors of factors have no priors; families have the scatter of the recipe.
    """
    unknowns, layout = fit.unknowns, fit.unknowns.layout
    rest = np.ones(layout.size, dtype=bool)
    rest[layout.amounts] = rest[layout.factors] = False
    families, deviations, away = _families(fit, recipe)
    lines = fit.by_lines[layout.amounts]
    columns = np.vstack([_amounts(fit), lines, fit.tangent.columns(fit.point)[rest], families])
    whole, gradient = (columns * weight) @ columns.T, columns @ (weight * fit.left_over)
    priors, pull = Cost(fit.target, unknowns).priors(fit.point)
    others = slice(2 * len(lines), 2 * len(lines) + int(rest.sum()))
    whole[others, others] += priors[np.ix_(rest, rest)]
    gradient[others] += pull[rest]
    whole[others.stop :, others.stop :] += np.diag(deviations**-2.0)
    gradient[others.stop :] -= away / deviations**2
    return whole, gradient


def _scatter(recipe: Recipe) -> float:
    assert isinstance(recipe.sensitivity_scatter, LogNormal)
    return recipe.sensitivity_scatter.sigma


def _amounts(fit: Fit) -> Floats:
    """Return the derivatives of counts by the logarithms of true amounts, (element, channel seen)."""
    unknowns, tangent = fit.unknowns, fit.tangent
    columns = tangent.columns(fit.point)[unknowns.layout.amounts]
    if not unknowns.mixed:
        return columns
    more = fit.atoms / tangent.amounts
    return columns + more[:, None] * tangent.rows[-unknowns.mixed :]


def _families(fit: Fit, recipe: Recipe) -> tuple[Floats, Floats, Floats]:
    """Return the derivatives of counts by strengths of families that scatter, how far they do, and how far they are.

    Both are logarithms, of the recipe and of the fit.
    """
    grown = fit.unknowns.strengths(fit.point) / fit.tangent.strengths
    listed = [(index, recipe.group_scatter.get(family.group)) for index, family in enumerate(fit.unknowns.families)]
    those = [(index, one) for index, one in listed if isinstance(one, LogNormal) and one.sigma > 0.0]
    indices = [index for index, _ in those]
    usual, deviations = np.array([(one.median, one.sigma) for _, one in those]).reshape(-1, 2).T
    return grown[indices, None] * fit.tangent.rows[indices], deviations, np.log(fit.point.factors[indices] / usual)


@dataclass(frozen=True)
class Best:
    """What the best flag does: shares of shifted spectra that it flags, of fractions held, and of either."""

    flagged: float
    held_fresh: float
    held: float
    held_or_flagged: float


def best(shown: list[Shown], level: float, alarms: float, times: int, rng: np.random.Generator) -> Best:
    """Return the best that intervals with a level for each fresh spectrum, and any flag, can do under the shift."""
    within = float(ndtri(0.5 + 0.5 * level))
    fresh = np.array(list(_outcomes(shown, within, times, rng, False)))
    shifted = np.array(list(_outcomes(shown, within, times, rng, True)))
    flags = [shifted[:, k] > np.quantile(fresh[:, k], 1.0 - alarms) for k in (0, 1)]
    counted = shifted[:, 2].sum()
    return Best(
        float(flags[0].mean()),
        float(1.0 - fresh[:, 3].sum() / fresh[:, 2].sum()),
        float(1.0 - shifted[:, 3].sum() / counted),
        float(1.0 - shifted[~flags[1], 3].sum() / counted),
    )


def _outcomes(
    shown: list[Shown], within: float, times: int, rng: np.random.Generator, shifted: bool
) -> Iterator[tuple[float, float, int, int]]:
    """Yield both ratios of spectra that are drawn, with the fractions that are counted and those that are missed."""
    for one in shown:
        patterns = one.patterns(rng)
        for _ in range(times):
            errors = rng.choice(ENDS, one.count) if shifted else one.scatter * rng.normal(size=one.count)
            said, missed = one.drawn(errors, rng)
            ratios = one.ratio(said, patterns, within)
            yield *ratios, missed.size, int((np.abs(missed) > within * one.deviations).sum())
