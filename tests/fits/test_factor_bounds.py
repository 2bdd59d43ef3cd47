"""How well any method could do where every sensitivity factor is off by 20 % (0047): a bound for each technique.

Printed with ``pytest -m long -s tests/fits/test_factor_bounds.py``.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from factorbounds import Best, Shown, best, log_ratio, shown_by
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.search import ElementSearch
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.verdict import FRESH, alterations, altered

DATA = Path(os.environ.get("SPECQUANT_REAL_DATA", "absent"))

SAMPLES, SEED, TIMES = 96, 11, 20

ERROR = 0.2
"""Relative error of every factor under the shift."""

ALARMS = 0.05
"""Share of fresh spectra that may be flagged."""


def fits(session: Session, given: Sequence[Spectra], patch: pytest.MonkeyPatch) -> list[Fit | None]:
    """Return the fit of each spectrum; None where there is none."""
    found: list[Fit] = []
    searched, method = ElementSearch.fit, session.methods(["hybrid"])["hybrid"]

    def kept(search: ElementSearch, target: Target, beforehand: Beforehand) -> Fit:
        found.append(searched(search, target, beforehand))
        return found[-1]

    with patch.context() as inside:
        inside.setattr(ElementSearch, "fit", kept)
        listed = []
        for spectra in given:
            found.clear()
            method.quantify(spectra)
            listed.append(found[-1] if found else None)
    return listed


def shown(name: str, patch: pytest.MonkeyPatch) -> list[Shown]:
    """Return what fresh spectra of a technique show of amounts and factors."""
    session = open_session(name)
    recipe = session.recipe("field")
    batch = session.synthesizer(recipe, SEED, "evaluation").batch(0, SAMPLES)
    noise, spectra = batch.nuisance["noise_factor"][1], batch.spectra()
    each = fits(session, [spectra.take(slice(row, row + 1)) for row in range(SAMPLES)], patch)
    listed = (shown_by(fit, recipe, float(noise[row])) for row, fit in enumerate(each) if fit is not None)
    return [one for one in listed if one is not None]


def bounds(name: str, patch: pytest.MonkeyPatch) -> list[Best]:
    spectra, rng = shown(name, patch), np.random.default_rng(1)
    found = [best(spectra, level, ALARMS, TIMES, rng) for level in (0.88, 0.90, 0.92)]
    print(f"\n{name}, {len(spectra)} spectra, {TIMES} draws of each")
    for one in found:
        print(
            f"fresh in intervals {one.held_fresh:.3f}   shifted in intervals {one.held:.3f}"
            f"   flagged {one.flagged:.3f}   held or flagged {one.held_or_flagged:.3f}"
        )
    return found


@pytest.mark.long
def test_no_survey_shows_factors_that_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    found = bounds("xps", monkeypatch)
    assert max(one.flagged for one in found) < 2.0 * ALARMS
    assert 0.5 < max(one.held_or_flagged for one in found) < 0.7


@pytest.mark.long
def test_were_the_physics_exact_most_spectra_of_eds_would_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = bounds("eds", monkeypatch)
    assert min(one.flagged for one in found) > 0.6
    assert 0.8 < found[1].held_or_flagged < 0.92


@pytest.mark.long
@pytest.mark.skipif(not DATA.is_dir(), reason="set SPECQUANT_REAL_DATA to the folder of measured spectra")
def test_measured_spectra_with_right_factors_look_more_wrong_than_shifted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_session("eds")
    recipe, given = session.recipe("field"), {}
    for shift in (FRESH, "sensitivity"):
        one = alterations(session.technique, recipe)[shift]
        synthesizer = session.synthesizer(one.shift.recipe, SEED, "evaluation")
        spectra = altered(one, session.technique, synthesizer, SAMPLES, SEED)[0]
        given[shift] = [spectra.take(slice(row, row + 1)) for row in range(SAMPLES)]
    given["measured"] = [item.spectra for item in session.labelled(DATA / "eds", ("glass", "mineral"))]
    each = {name: fits(session, spectra, monkeypatch) for name, spectra in given.items()}
    ratios = {
        name: np.array([log_ratio(fit, recipe, ERROR) for fit in listed if fit is not None and fit.chosen.size > 1])
        for name, listed in each.items()
    }
    for alarms_of in (FRESH, "measured"):
        limit = np.quantile(ratios[alarms_of], 1.0 - ALARMS)
        flagged = {name: float(np.mean(values > limit)) for name, values in ratios.items()}
        print(f"\n5 % of {alarms_of} flagged: {', '.join(f'{name} {share:.2f}' for name, share in flagged.items())}")
    assert flagged["sensitivity"] < 0.1  # at 5 % of the measured ones
    assert np.mean(ratios["measured"] > np.quantile(ratios[FRESH], 1.0 - ALARMS)) > 0.5


class TestBound:
    """The bound itself, on what is known without a fit."""

    @staticmethod
    def of(about_errors: float) -> Best:
        information = np.diag(np.concatenate([np.full(2, 1e8), np.full(2, about_errors)]))
        information[:2, 2:] = information[2:, :2] = 1e8 * np.eye(2)
        information[2:, 2:] += 1e8 * np.eye(2)
        by_amount = np.array([[0.25, -0.25], [-0.25, 0.25]])
        return best([Shown(information, by_amount, 0.02)] * 50, 0.9, ALARMS, 20, np.random.default_rng(1))

    def test_what_no_spectrum_shows_is_flagged_as_seldom_as_fresh_ones(self) -> None:
        one = self.of(1e-6)
        assert one.flagged <= 0.08
        assert one.held == pytest.approx(0.5, abs=0.05)  # both up or both down: fractions stay
        assert one.held_fresh == pytest.approx(0.9, abs=0.03)

    def test_what_a_spectrum_shows_well_is_flagged_and_corrected(self) -> None:
        one = self.of(1e6)
        assert one.flagged == 1.0
        assert one.held_or_flagged == 1.0
        assert one.held_fresh == pytest.approx(0.9, abs=0.03)
