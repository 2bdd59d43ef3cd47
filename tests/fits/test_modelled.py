"""A fit taken apart: the parts are the fit, and the evidence of channels is that of their element."""

from dataclasses import replace

import numpy as np
import pytest

from proposers import Saying
from specquant.discovery import load_technique
from specquant.fits import Hybrid, LeastSquares
from specquant.fits.conclusions.parts import modelled
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.presence.evidence import evidence
from specquant.library import LibraryShelf, MixedLibrary, RenderedLibrary
from specquant.quantifiers import MOST_MODELLED, Z90, PerInstrument, counting_errors
from specquant.spectra import Spectra
from specquant.technique import FitDecisions, FitPriors, FitSettings, Floats, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

TRUTH = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
OBSERVED = np.arange(201) >= 20


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    priors = FitPriors({"voltage": 0.3}, groups={"main": 0.01, "continuum": 0.1}, model_error=0.005)
    return replace(load_technique("bulk"), fit=FitSettings(priors, FitDecisions(least=0.005, significance=3.0)))


def spectra(bulk: Technique, count: int = 1) -> Spectra:
    exact = 5e4 * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(TRUTH, bulk.defaults())
    rows = np.random.default_rng(1).poisson(np.repeat(exact[None], count, axis=0)).astype(float) * OBSERVED
    return Spectra(rows, np.repeat(OBSERVED[None], count, axis=0), np.tile([10.0, 40.0], (count, 1)))


def fitted(bulk: Technique) -> Fit:
    one, model = spectra(bulk), ForwardModel(bulk, RenderedLibrary(bulk))
    target = Target(one.counts[0], one.observed[0], bulk.defaults())
    return fit_from(model, target, nominal_point(model, target, TRUTH), np.flatnonzero(TRUTH))


def test_parts_and_background_are_the_fit(bulk: Technique) -> None:
    fit = fitted(bulk)
    taken = modelled(fit)
    assert taken.elements == tuple(np.array(bulk.elements)[TRUTH > 0])
    assert taken.total == pytest.approx(fit.spectrum)
    assert (taken.parts >= 0).all()
    for symbol, part in zip(taken.elements, taken.parts, strict=True):
        own = [peak for peak in bulk.peaks if peak.element == symbol]
        strongest = max(own, key=lambda peak: peak.intensity)
        assert abs(bulk.axis.centres[np.argmax(part)] - strongest.energy) <= bulk.axis.step, symbol
    residual = (fit.target.counts - taken.total)[OBSERVED] / taken.deviation[OBSERVED]
    assert np.sqrt(np.mean(residual**2)) == pytest.approx(fit.misfit)


def test_evidence_of_channels_sums_to_that_of_the_element(bulk: Technique) -> None:
    fit = fitted(bulk)
    by_channel = modelled(fit).evidence
    assert by_channel is not None
    assert by_channel.sum(axis=1) == pytest.approx(evidence(fit).scores, rel=1e-6)
    assert (by_channel[:, ~OBSERVED] == 0).all()


def test_the_hybrid_hands_over_the_fit_of_its_answer(bulk: Technique) -> None:
    method = Hybrid(bulk, RenderedLibrary(bulk), Saying(bulk, TRUTH))
    composition, (one,) = method.quantify_modelled(spectra(bulk))
    assert one is not None
    assert one.is_fit
    found = composition["element"].values[composition["fraction"].values[0] > 0]
    assert set(one.elements) == set(found.tolist())
    estimate: Floats = method.answer(spectra(bulk)).fraction
    assert estimate == pytest.approx(composition["fraction"].values)


def test_fits_that_are_discarded_and_those_of_a_map_are_not_kept(bulk: Technique) -> None:
    poor = replace(bulk, fit=FitSettings(bulk.fit.priors, FitDecisions(poor=1e-3)))  # type: ignore[union-attr]
    assert Hybrid(poor, RenderedLibrary(bulk), Saying(bulk, TRUTH)).quantify_modelled(spectra(bulk))[1] == (None,)
    many = spectra(bulk).take([0] * (MOST_MODELLED + 1))
    assert set(Hybrid(bulk, RenderedLibrary(bulk), Saying(bulk, TRUTH)).answer(many).modelled) == {None}


def test_methods_without_a_model_have_none_and_several_instruments_keep_theirs(bulk: Technique) -> None:
    library = RenderedLibrary(bulk)
    assert LeastSquares(bulk, library).quantify_modelled(spectra(bulk))[1] == (None,)
    shelf = LibraryShelf(bulk, library)
    each = PerInstrument(shelf, lambda technique, pure: Hybrid(technique, pure, Saying(technique, TRUTH)))
    assert all(one is not None and one.is_fit for one in each.quantify_modelled(spectra(bulk, 2))[1])


def test_counting_errors_are_how_far_repeated_spectra_scatter(bulk: Technique) -> None:
    """Of 60 spectra that differ by counting alone; the whole error, which holds factors of lines, is larger."""
    method = Hybrid(bulk, RenderedLibrary(bulk), Saying(bulk, TRUTH))
    composition, taken = method.quantify_modelled(spectra(bulk, 60))
    errors = counting_errors(taken, bulk.elements)
    there = TRUTH > 0
    scatter = composition["fraction"].values[:, there].std(axis=0, ddof=1)
    np.testing.assert_allclose(np.median(errors[:, there], axis=0), scatter, rtol=0.35)
    assert np.isnan(errors[:, ~there]).all()
    whole = (composition["upper"] - composition["lower"]).values[:, there] / (2 * Z90)
    assert (errors[:, there] < whole).all()
