"""Peaks that are of no element which was found: the sign, and the reason it gives."""

from dataclasses import replace

import numpy as np
import pytest

from proposers import Saying
from specquant.discovery import load_technique
from specquant.fits import Hybrid
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.quantifiers import MOST_STRANGE, Sign, decided
from specquant.spectra import Spectra
from specquant.technique import FitDecisions, FitPriors, FitSettings, Floats, Technique
from specquant.verdict import Ground, Judge, Reason

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SETTINGS = FitSettings(
    FitPriors(parameters={"voltage": 0.3}, groups={"main": 0.01, "second": 0.02, "continuum": 0.1}, model_error=0.005),
    FitDecisions(least=0.005, significance=3.0),
)
TRUTH = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return replace(load_technique("bulk"), fit=SETTINGS)


def far_from_lines(bulk: Technique, expected: Floats) -> int:
    """The channel in the middle of the axis around which the spectrum is flattest."""
    middle = np.arange(40, bulk.axis.size - 40)
    spans = [np.ptp(expected[channel - 20 : channel + 21]) for channel in middle]
    return int(middle[int(np.argmin(spans))])


def answered(bulk: Technique, height: float, away: int = 0) -> tuple[dict[str, float], list[Reason], float]:
    """Signs and reasons of an answer to a spectrum with a peak of `height` over its largest; where that was put."""
    expected = 5e4 * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(TRUTH, bulk.defaults())
    at = (int(np.argmax(expected)) if away else far_from_lines(bulk, expected)) + away
    shape = np.exp(-0.5 * ((np.arange(bulk.axis.size) - at) / 2.5) ** 2)
    counts = np.random.default_rng(1).poisson(expected + height * np.ptp(expected) * shape).astype(float)[None]
    spectra = Spectra(counts, np.ones(counts.shape, dtype=bool), np.array([[10.0, 40.0]]))
    method = Hybrid(bulk, RenderedLibrary(bulk), Saying(bulk, TRUTH))
    composition = method.quantify(spectra.under(None))
    signs = dict(zip(composition["sign"].values.tolist(), composition["signs"].values[0].tolist(), strict=True))
    (judgement,) = Judge(bulk, None).judge("hybrid", composition, spectra)
    return signs, [one for one in judgement.reasons if one.ground is Ground.STRANGE], float(bulk.axis.centres[at])


def test_a_peak_far_from_all_lines_is_strange_and_named(bulk: Technique) -> None:
    signs, (reason,), energy = answered(bulk, 0.6)
    assert signs[Sign.STRANGE] > MOST_STRANGE
    assert signs[Sign.STRANGE_AT] == pytest.approx(energy, abs=5 * bulk.axis.step)
    assert reason.text.startswith(f"a peak at {bulk.axis.text(signs[Sign.STRANGE_AT])} is of no element that was found")


def test_without_it_or_beside_a_line_nothing_is(bulk: Technique) -> None:
    for signs, reasons, _ in (answered(bulk, 0.0), answered(bulk, 0.3, away=6)):
        assert signs[Sign.STRANGE] < MOST_STRANGE
        assert reasons == []


def test_the_elements_that_may_be_there_are_named(bulk: Technique) -> None:
    import xarray as xr

    peak = max((peak for peak in bulk.peaks if peak.element == bulk.elements[1]), key=lambda peak: peak.intensity)
    spectra = Spectra(np.full((1, bulk.axis.size), 50.0), np.ones((1, bulk.axis.size), bool), np.array([[10.0, 40.0]]))
    composition = xr.Dataset(
        {
            "fraction": (("sample", "element"), TRUTH[None]),
            "signs": (("sample", "sign"), np.array([[0.5, peak.energy]])),
        },
        coords={"sign": [str(Sign.STRANGE), str(Sign.STRANGE_AT)]},
    )
    (judgement,) = Judge(bulk, None).judge("hybrid", composition, spectra)
    (text,) = [one.text for one in judgement.reasons if one.ground is Ground.STRANGE]
    assert text.endswith(f"50 % as high as the largest: the strongest line of {peak.element} lies there")


def test_such_a_sign_decides_alone() -> None:
    signs = {Sign.STRANGE: np.array([0.1, 0.3, np.nan]), Sign.COUNTS: np.zeros(3)}
    assert decided(signs).tolist() == [False, True, False]
    assert decided({Sign.CONTRADICTED: np.array([0.0, 1.0])}).tolist() == [False, True]
