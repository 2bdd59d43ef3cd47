"""Samples of which a share is charged differently: a fit finds lines that are doubled, and no others."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.search import ElementSearch
from specquant.recipes import Constant, Mixture, Recipe, Uniform
from specquant.session import open_session
from specquant.technique import DoubledLines

COUNTS = 1e5
"""Counts of the highest channel."""

SAMPLE = {"O": 0.6, "Si": 0.2, "Ti": 0.2}


@pytest.fixture(scope="module")
def search() -> ElementSearch:
    return ElementSearch(ForwardModel(*open_session("xps").shelf.default))


def fitted(search: ElementSearch, **charge: float) -> Fit:
    """Return the fit of a spectrum of the sample that is so charged, its composition known within 10 at%."""
    model, technique = search.model, search.model.technique
    fraction = np.array([SAMPLE.get(symbol, 0.0) for symbol in technique.elements])
    settings = {**technique.defaults(), **model.priors.usual}
    target = Target(np.ones(technique.axis.size), np.ones(technique.axis.size, dtype=bool), settings)
    point = nominal_point(model, target, fraction)
    point = replace(point, chemical=model.chemical[:, 0].copy(), values={**settings, **charge})
    spectrum = model.spectrum(point, model.families(np.flatnonzero(fraction)))
    counts = np.random.default_rng(3).poisson(spectrum * (COUNTS / spectrum.max())).astype(float)
    near = Beforehand(fraction, np.maximum(fraction - 0.1, 0.0), fraction + 0.1)
    return search.fit(replace(target, counts=counts), near)


@pytest.mark.parametrize(("share", "further"), [(0.54, 7.0), (0.3, -5.0)])
def test_doubled_lines_are_found_in_either_direction(search: ElementSearch, share: float, further: float) -> None:
    fit = fitted(search, charged_share=share, charged_shift=further)
    assert fit.point.values["charged_share"] == pytest.approx(share, abs=0.03)
    assert fit.point.values["charged_shift"] == pytest.approx(further, abs=0.3)
    assert not fit.point.split(fit.chosen).any()
    assert {search.model.technique.elements[element] for element in fit.chosen} == set(SAMPLE)


def test_lines_that_are_not_doubled_are_left_alone(search: ElementSearch) -> None:
    fit = fitted(search)
    assert fit.point.values["charged_share"] == 0.0
    assert fit.model is search.model


def test_doubled_lines_are_not_taken_for_another_element() -> None:
    """Niobium oxide of seed 77: 40 % of it 6 eV higher; Be 24.6 at% stood for doubled lines of Nb and O."""
    session = open_session("xps")
    batch = session.synthesizer(session.technique.recipe("field"), 77, "evaluation").batch(452, 1)
    answer = session.methods(["hybrid"])["hybrid"].answer(batch.spectra())
    assert np.abs(answer.fraction[0] - batch.fraction[0].numpy()).sum() / 2 < 0.1
    assert "40 % of the sample show all their lines 6.0 eV above those of the rest" in answer.each_remark[0]


def test_priors_are_those_of_the_samples_that_a_recipe_draws_so() -> None:
    share = Mixture(((0.9, Constant(0.0)), (0.1, Uniform(0.2, 0.4))))
    place = Mixture(((1, Constant(-3.0)), (3, Constant(5.0))))
    recipe = Recipe("r", "R", (1.0,), response={"share": share, "by": place})
    lines = DoubledLines.as_drawn(recipe, "share", "by")
    assert lines.probability == pytest.approx(0.1, abs=0.01)
    assert lines.shares == pytest.approx((0.3, 0.2 / 12**0.5), abs=0.005)
    assert lines.places == ((5.0, 0.0), (-3.0, 0.0))
