"""What the intervals of `hybrid` on EDS are made of, and for which answers they are right; prints all figures.

``pytest tests/benchmarks/test_interval_parts.py -m benchmark -s``; see docs/decisions/0035-small-maps.md.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from mapmaking import bright_spectra, synthetic_map
from specquant.fits import Hybrid
from specquant.fits.fitting import shares
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

    Its true fraction, that without what the answer leaves aside by its own words, the answer with its standard error
    without and with the widening, and whether any element of LEAST is missed in the spectrum.
    """

    truth: float
    as_said: float
    fraction: float
    error: float
    widened: float
    missed: bool


def share(some: list[Seen], widened: bool, as_said: bool = False) -> str:
    """Return the share of true fractions in 90 % intervals."""
    inside = [
        abs(one.fraction - (one.as_said if as_said else one.truth)) <= Z90 * (one.widened if widened else one.error)
        for one in some
    ]
    return f"{np.mean(inside):.3f}"


def test_for_which_answers_intervals_hold():
    session = open_session("eds")
    technique, decisions = session.technique, session.technique.fit.decisions
    method = session.methods(["hybrid"])["hybrid"]
    assert isinstance(method, Hybrid)
    seen, missed = list[Seen](), dict[str, int]()
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
        for index in absent:
            missed[technique.elements[index]] = missed.get(technique.elements[index], 0) + 1
        aside = [technique.elements.index(name) for name in {"C", *decisions.only_if_listed}]
        left = truth[np.setdiff1d(aside, fit.chosen)].sum()
        for element, part, deviation in zip(fit.chosen, fraction, error, strict=True):
            if truth[element] >= LEAST:
                given = (truth[element], truth[element] / (1.0 - left), part, deviation, decisions.widening * deviation)
                seen.append(Seen(*map(float, given), missed=bool(absent.size)))
    right, wrong = [one for one in seen if not one.missed], [one for one in seen if one.missed]
    print(f"\n{len(seen)} found elements of 1 at% or more; missed ones by element: {missed}")
    for name, some in (("all", seen), ("nothing missed", right), ("something missed", wrong)):
        print(f"{name} ({len(some)}): intervals hold {share(some, True)}, without the widening {share(some, False)}")
    print(f"all, as the answers say: {share(seen, True, True)}, without the widening {share(seen, False, True)}")
