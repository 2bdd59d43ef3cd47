"""Intervals where the peaks of a spectrum say little are wider, and agree with each other."""

from dataclasses import replace

import numpy as np
import pytest

from proposers import Saying
from specquant.constraints import Constraints
from specquant.discovery import load_technique
from specquant.fits import Hybrid
from specquant.fixedfractions import parse_fixed
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.quantifiers import Estimate
from specquant.spectra import Spectra
from specquant.technique import FitDecisions, FitPriors, FitSettings, Floats, Technique

TRUTH = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
PRESENT = TRUTH > 0.0
FEW, MANY = 60.0, 2e4
"""Doses at which peaks stand out by some standard errors, and by hundreds."""


WIDER = 1.8


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return load_technique("bulk")


def answered(
    bulk: Technique, dose: float, faint: float, constraints: Constraints | None = None, seed: int = 1
) -> Estimate:
    settings = FitSettings(FitPriors(model_error=0.005), FitDecisions(least=0.005, faint=faint))
    technique, library = replace(bulk, fit=settings), RenderedLibrary(bulk)
    counts = np.random.default_rng(seed).poisson(dose * MixedLibrary(bulk, library).spectrum(TRUTH, bulk.defaults()))
    rows = counts[None].astype(float)
    spectra = Spectra(rows, np.ones(rows.shape, dtype=bool), np.array([[10.0, 40.0]]), constraints=constraints)
    return Hybrid(technique, library, Saying(technique, TRUTH)).answer(spectra)


def reach(answer: Estimate) -> Floats:
    """Return how far intervals of what is found reach, before ends of other intervals cut them: the shorter side."""
    sides = [answer.fraction - answer.lower, answer.upper - answer.fraction]
    return np.asarray(np.minimum(*sides)[0, PRESENT])


@pytest.mark.parametrize(("dose", "wider"), [(FEW, WIDER), (MANY, 1.0)])
def test_intervals_are_wider_where_peaks_say_little(bulk: Technique, dose: float, wider: float) -> None:
    listed = Constraints.listing(PRESENT[None])
    told, plain = (answered(bulk, dose, faint, listed) for faint in (WIDER, 1.0))
    np.testing.assert_array_equal(told.fraction, plain.fraction)
    assert (reach(told) / reach(plain)).max() == pytest.approx(wider, rel=0.02)
    assert ("peaks say little" in told.each_remark[0]) == (wider > 1.0)
    assert "peaks say little" not in plain.each_remark[0]


@pytest.mark.parametrize("seed", range(6))
def test_intervals_agree_where_peaks_say_little(bulk: Technique, seed: int) -> None:
    answer = answered(bulk, FEW, WIDER, seed=seed)
    (low,), (high,), (fraction,) = answer.lower, answer.upper, answer.fraction
    assert "peaks say little" in answer.each_remark[0]
    assert ((low <= fraction + 1e-6) & (fraction <= high + 1e-6)).all()
    assert (high + low.sum() - low <= 1.0 + 1e-3).all()
    assert (low + high.sum() - high >= 1.0 - 1e-3).all()


def test_what_is_fixed_keeps_its_interval(bulk: Technique) -> None:
    symbols = bulk.elements
    fixed = Constraints.of(symbols, fixed=parse_fixed(("O=50+-2",), symbols))
    told, plain = (answered(bulk, FEW, faint, fixed) for faint in (WIDER, 1.0))
    oxygen = symbols.index("O")
    assert told.upper[0, oxygen] - told.lower[0, oxygen] <= plain.upper[0, oxygen] - plain.lower[0, oxygen] + 1e-9
    assert (told.upper - told.lower).sum() > (plain.upper - plain.lower).sum()
