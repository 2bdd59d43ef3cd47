"""What the intervals of `hybrid` on EDS are made of, and for which answers they are right; prints all figures.

``pytest tests/benchmarks/test_interval_parts.py -m benchmark -s``; see docs/decisions/0038-hidden.md.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from mapmaking import bright_spectra, synthetic_map
from specquant.fits import Hybrid
from specquant.fits.descent.fitting import shares
from specquant.quantifiers import Z90
from specquant.readers import on_axis
from specquant.session import open_session

pytestmark = pytest.mark.benchmark

SPECTRA = 119
COUNTS = 1.44e5
"""Counts of a spectrum: those of a map of 12 by 12 pixels with a thousand each."""
LEAST = 0.01
"""True fraction from which on an element counts."""


@dataclass(frozen=True)
class Seen:
    """One element of one answer.

    Its true fraction, that without what the answer leaves aside by its own words, the answer with its standard error,
    how far its lower end reaches for what may be hidden, and whether any element of LEAST is missed in the spectrum.
    """

    truth: float
    as_said: float
    fraction: float
    error: float
    reach: float
    missed: bool


def share(some: list[Seen], hidden: bool, as_said: bool = False) -> str:
    """Return the shares of true fractions in 90 % intervals, and beyond either end, with what may be `hidden`."""
    away = np.array([(one.as_said if as_said else one.truth) - one.fraction for one in some])
    above = away > Z90 * np.array([one.error for one in some])
    below = away < -np.array([one.reach if hidden else Z90 * one.error for one in some])
    return f"{1 - above.mean() - below.mean():.3f} ({above.mean():.3f} above, {below.mean():.3f} below)"


def test_for_which_answers_intervals_hold():
    session = open_session("eds")
    technique, decisions = session.technique, session.technique.fit.decisions
    method = session.methods(["hybrid"])["hybrid"]
    assert isinstance(method, Hybrid)
    seen, missed, hidden = list[Seen](), dict[str, int](), list[tuple[float, float]]()
    for seed, one in enumerate(bright_spectra(session, SPECTRA)):
        raw = synthetic_map(technique, one, COUNTS / 144, seed)
        total = np.asarray(raw.counts).sum(axis=(0, 1), dtype=np.float64)
        spectra = on_axis([raw.spectrum("sum", total)], technique, "sum", session.stated, session.axis_correction)
        (fit,) = method.with_fits(spectra)[1]
        if fit is None:
            continue
        truth = one.fraction.numpy()[0].astype(float)
        fraction, error = shares(fit)
        absent = np.setdiff1d(np.flatnonzero(truth >= LEAST), fit.chosen)
        hidden.append((float(fit.hidden.amount @ fit.hidden.probability), 1.0 - float(truth[fit.chosen].sum())))
        for index in absent:
            missed[technique.elements[index]] = missed.get(technique.elements[index], 0) + 1
        aside = [technique.elements.index(name) for name in {"C", *decisions.only_if_listed}]
        left = truth[np.setdiff1d(aside, fit.chosen)].sum()
        error = decisions.widening * error
        reaches = fraction * fit.hidden.reaches(error / fraction)
        for element, part, deviation, reach in zip(fit.chosen, fraction, error, reaches, strict=True):
            if truth[element] >= LEAST:
                given = (truth[element], truth[element] / (1.0 - left), part, deviation, reach)
                seen.append(Seen(*map(float, given), missed=bool(absent.size)))
    right, wrong = [one for one in seen if not one.missed], [one for one in seen if one.missed]
    print(f"\n{len(seen)} found elements of 1 at% or more; missed ones by element: {missed}")
    foreseen, true = 100 * np.mean(hidden, axis=0)
    print(f"hidden of a sample on average: {foreseen:.1f} at% as foreseen, {true:.1f} at% in truth")
    for name, some in (("all", seen), ("nothing missed", right), ("something missed", wrong)):
        print(f"{name} ({len(some)}): intervals hold {share(some, True)}, by errors alone {share(some, False)}")
    print(f"all, as the answers say: {share(seen, True, True)}, by errors alone {share(seen, False, True)}")
