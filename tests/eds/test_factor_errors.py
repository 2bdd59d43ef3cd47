"""What an error of 20 % of every sensitivity factor does to intervals, and how much of it a spectrum shows (0047).

Printed with ``pytest -m long -s tests/eds/test_factor_errors.py``.
"""

import numpy as np
import pytest

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.search import ElementSearch
from specquant.intervals import Z90
from specquant.quantifiers.factorerrors import spread_of
from specquant.session import Session, open_session
from specquant.study.trust.shares import Share
from specquant.technique import Floats
from specquant.verdict import FRESH, Verdict, alterations, altered, judgements_of

pytestmark = pytest.mark.long

ERROR = 0.2
"""Relative error of every factor under the shift ``sensitivity``."""

SAMPLES, SEED = 192, 11

LEAST = 0.01
"""Atomic fraction of the elements that are counted."""


class Answers:
    """Judged answers to spectra of one shift, truth, fraction and interval (sample, element) each, and their fits."""

    def __init__(self, session: Session, shift: str, monkeypatch: pytest.MonkeyPatch) -> None:
        one = alterations(session.technique, session.recipe("field"))[shift]
        synthesizer = session.synthesizer(one.shift.recipe, SEED, "evaluation")
        spectra, self.truth = altered(one, session.technique, synthesizer, SAMPLES, SEED)
        self.fits: list[Fit] = []
        searched = ElementSearch.fit

        def kept(search: ElementSearch, target: Target, beforehand: Beforehand) -> Fit:
            self.fits.append(searched(search, target, beforehand))
            return self.fits[-1]

        with monkeypatch.context() as patch:
            patch.setattr(ElementSearch, "fit", kept)
            answer = session.judged("hybrid", session.methods(["hybrid"])["hybrid"].quantify(spectra), spectra)
        self.fraction, lower, upper = (answer[name].values for name in ("fraction", "lower", "upper"))
        self.below, self.above = self.fraction - lower, upper - self.fraction
        flagged = [one.verdict is not Verdict.GOOD for one in judgements_of(answer)]
        self.flagged = np.array(flagged)[:, None]
        self.counted = self.truth >= LEAST

    def interval(self, factor: float, error: float) -> tuple[Floats, Floats]:
        """Return intervals that are `factor` times as wide, with a further relative `error` of factors."""
        away = Z90 * error * spread_of(self.fraction)
        lower = np.maximum(self.fraction - np.hypot(factor * self.below, away), 0.0)
        return lower, np.minimum(self.fraction + np.hypot(factor * self.above, away), 1.0)

    def held(self, factor: float, error: float, flags: bool) -> Share:
        """Return the share of elements in their intervals, those of flagged answers counted as such with `flags`."""
        lower, upper = self.interval(factor, error)
        within = (lower <= self.truth) & (self.truth <= upper) | (flags & self.flagged)
        return Share.of((within & self.counted).sum(axis=1), self.counted.sum(axis=1))

    def width(self, factor: float, error: float) -> float:
        """Return the median of half the interval over the fraction."""
        lower, upper = self.interval(factor, error)
        return float(np.median(((upper - lower) / 2.0)[self.counted] / self.truth[self.counted]))

    def score(self, factor: float, error: float) -> float:
        """Return the mean interval score of 90 % (Gneiting and Raftery, J. Am. Stat. Assoc. 102 (2007) 359), at%."""
        lower, upper = self.interval(factor, error)
        outside = np.maximum(lower - self.truth, 0.0) + np.maximum(self.truth - upper, 0.0)
        return float(100.0 * (upper - lower + 20.0 * outside)[self.counted].mean())


@pytest.fixture(scope="module")
def answers() -> dict[str, Answers]:
    session, patch = open_session("eds"), pytest.MonkeyPatch()
    return {shift: Answers(session, shift, patch) for shift in (FRESH, "sensitivity")}


def test_intervals_that_hold_both_are_twice_as_wide_and_worse(answers: dict[str, Answers]) -> None:
    fresh, shifted = answers.values()
    print("\nwidth  error   fresh in 90 %   shift holds or flagged   half over fraction   interval score")
    for factor, error in ((1, 0), (1, 0.05), (1, 0.1), (1, 0.125), (1, 0.16), (1, 0.2), (0.5, 0.2)):
        shares = fresh.held(factor, error, False), shifted.held(factor, error, True)
        held = "   ".join(f"{share.value:.3f} +-{share.error:.3f}" for share in shares)
        print(f"{factor:<7g}{error:<8g}{held:<41}{fresh.width(factor, error):<21.2f}{fresh.score(factor, error):.1f}")
    assert shifted.held(1, 0, True).value < 0.7
    assert shifted.held(0.5, ERROR, True).value > 0.8
    assert 0.86 < fresh.held(0.5, ERROR, False).value < 0.94
    assert fresh.width(0.5, ERROR) > 2.0 * fresh.width(1, 0)
    assert fresh.score(0.5, ERROR) > 1.2 * fresh.score(1, 0)


def test_a_spectrum_shows_little_of_an_error_that_all_lines_of_an_element_share(answers: dict[str, Answers]) -> None:
    left = [left_of(fit) for fit in answers[FRESH].fits if fit.chosen.size > 1]
    print("\nerror of fractions that is left of one of 20 % of each factor, were the physics exact:")
    medians = []
    for index, words in enumerate(
        ("all lines of an element alike", "each group by itself", "none: counts and instrument")
    ):
        values = np.concatenate([each[index] for each in left])
        medians.append(float(np.median(values)))
        print(f"  {words:<32}{np.quantile(values, (0.25, 0.5, 0.75)).round(2)} (quartiles, {values.size} fractions)")
    assert 0.6 < medians[0] < 0.9
    assert medians[2] < medians[1] < medians[0]


def left_of(fit: Fit) -> tuple[Floats, Floats, Floats]:
    """Return the error of fractions over that by factors alone, (counted,) each.

    First as all lines of an element are off alike: absorption and continuum show how much there really is. Then as each
    group of its lines is off by itself: they contradict each other. Then as none is off.
    """
    unknowns, tangent, point, count = fit.unknowns, fit.tangent, fit.point, fit.chosen.size
    priors = fit.priors.copy()
    priors[unknowns.layout.amounts] = priors[:, unknowns.layout.amounts] = 0.0
    grown, of_none = unknowns.strengths(point) / tangent.strengths, [each.element < 0 for each in unknowns.families]
    more = point.atoms[fit.chosen] / tangent.amounts
    law = more[:, None] * tangent.rows[-unknowns.mixed :]
    columns = tangent.columns(point)
    columns[unknowns.layout.amounts] += law
    dose = grown[of_none] @ tangent.rows[: len(grown)][of_none]
    by_factor = -(law + np.outer(point.doses[fit.chosen], dose))
    none = inverse(columns, priors, tangent.weight)[:count, :count]
    shared = inverse(np.vstack([columns, by_factor]), extended(priors, count), tangent.weight)
    true = np.hstack([np.eye(count), np.zeros((count, len(columns) - count)), -np.eye(count)])
    kept = np.ones(len(columns), dtype=bool)
    kept[unknowns.layout.factors] = False
    lines = np.flatnonzero(np.logical_not(of_none))
    groups = np.vstack([columns[kept], grown[lines, None] * tangent.rows[lines]])
    each = inverse(groups, extended(priors[np.ix_(kept, kept)], lines.size), tangent.weight)[:count, :count]
    usual = of_fractions(fit, none + ERROR**2 * np.eye(count))
    seen = fit.atoms / fit.atoms.sum() >= LEAST
    first, second, third = (of_fractions(fit, one) / usual for one in (true @ shared @ true.T, each, none))
    return first[seen], second[seen], third[seen]


def extended(priors: Floats, count: int) -> Floats:
    """Return what priors add to the normal matrix, with `count` further factors of that error."""
    size = len(priors)
    whole = np.diag(np.full(size + count, ERROR**-2))
    whole[:size, :size] = priors
    return whole


def inverse(columns: Floats, priors: Floats, weight: Floats) -> Floats:
    """Return the covariance of what counts depend on by `columns` (unknown, channel)."""
    return np.asarray(np.linalg.pinv((columns * weight) @ columns.T + priors, hermitian=True))


def of_fractions(fit: Fit, covariance: Floats) -> Floats:
    """Return the standard error of fractions by the covariance of the logarithms of amounts."""
    share = fit.atoms / fit.atoms.sum()
    by_amount = np.diag(share) - np.outer(share, share)
    return np.asarray(np.sqrt(np.diag(by_amount @ covariance @ by_amount.T)))
