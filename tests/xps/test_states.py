"""Second chemical states of elements: a fit finds those that a spectrum shows, and no others."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point
from specquant.fits.model.families import Family
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.fits.presence.states import States
from specquant.report.json_report import sample_dict
from specquant.report.reasons import reasons
from specquant.session import open_session
from specquant.spectra import Spectra

SHARE, FURTHER = 0.34, 7.3
"""Share of the second state, and how far above the first it lies, eV."""

NUDGES = 0.01, 0.05
"""Changes of share and place, eV, to either side: the error of such differences is of second order."""

WITHIN = 0.02
"""Relative error that a derivative may have."""

COUNTS = 2e4
"""Counts of the highest channel."""


@pytest.fixture(scope="module")
def model() -> ForwardModel:
    return ForwardModel(*open_session("xps").shelf.default)


@pytest.fixture(scope="module")
def sample(model: ForwardModel) -> tuple[Point, list[Family]]:
    """Molybdenum with a little oxygen, as a fit would begin with it."""
    technique = model.technique
    fraction = np.zeros(len(technique.elements))
    fraction[[technique.elements.index("O"), technique.elements.index("Mo")]] = 0.05, 0.95
    size = technique.axis.size
    settings = {**technique.defaults(), **model.priors.usual}
    point = nominal_point(model, Target(np.ones(size), np.ones(size, dtype=bool), settings), fraction)
    point = replace(point, chemical=model.chemical[:, 0].copy())
    families = model.families(np.flatnonzero(fraction))
    scale = COUNTS / model.spectrum(point, families).max()
    return replace(point, atoms=scale * point.atoms), families


def split(model: ForwardModel, point: Point, share: float, further: float) -> Point:
    """Return a point at which molybdenum has a second state."""
    second = np.zeros((point.atoms.size, 2))
    second[model.technique.elements.index("Mo")] = share, further
    return replace(point, second=second)


def fitted(model: ForwardModel, start: Point, counts: np.ndarray) -> Fit:
    """Return the fit of counts from a point, with a first look at second states."""
    target = Target(counts, np.ones(counts.size, dtype=bool), start.values)
    target = target.weighed(model, np.maximum(counts, 1.0), np.zeros(counts.size))
    return States(model).with_likely(fit_from(model, target, start, np.flatnonzero(start.atoms)))


def test_derivatives_by_a_second_state_are_those_of_the_spectrum(
    model: ForwardModel, sample: tuple[Point, list[Family]]
) -> None:
    point, families = sample
    slopes = model.at(split(model, point, SHARE, FURTHER), families).second
    for slope, share, further in zip(slopes, (NUDGES[0], 0.0), (0.0, NUDGES[1]), strict=True):
        high, low = (
            model.spectrum(split(model, point, SHARE + sign * share, FURTHER + sign * further), families)
            for sign in (1, -1)
        )
        central = (high - low) / (2 * (share + further))
        assert np.linalg.norm(slope - central) < WITHIN * np.linalg.norm(central)


def test_a_second_state_is_found_where_it_is_and_nowhere_else(
    model: ForwardModel, sample: tuple[Point, list[Family]]
) -> None:
    point, families = sample
    rng, molybdenum = np.random.default_rng(1), model.technique.elements.index("Mo")
    drawn = rng.poisson(model.spectrum(split(model, point, SHARE, FURTHER), families)).astype(float)
    fit = fitted(model, point, drawn)
    assert fit.point.split(fit.chosen).tolist() == (fit.chosen == molybdenum).tolist()
    assert fit.point.second[molybdenum] == pytest.approx([SHARE, FURTHER], abs=0.05)
    usual = fitted(model, point, rng.poisson(model.spectrum(point, families)).astype(float))
    assert not usual.point.split(usual.chosen).any()


def test_a_fit_with_fewer_elements_keeps_the_states_of_those_that_stay(
    model: ForwardModel, sample: tuple[Point, list[Family]]
) -> None:
    from specquant.fits.presence.exchange import only_with

    point, families = sample
    counts = model.spectrum(split(model, point, SHARE, FURTHER), families)
    fit = fitted(model, point, counts)
    molybdenum = fit.chosen == model.technique.elements.index("Mo")
    assert only_with(fit, molybdenum).unknowns.split.tolist() == [0]
    assert only_with(fit, ~molybdenum).unknowns.split.size == 0


def test_answers_say_which_elements_have_one(model: ForwardModel, sample: tuple[Point, list[Family]]) -> None:
    point, families = sample
    counts = np.random.default_rng(1).poisson(model.spectrum(split(model, point, SHARE, FURTHER), families))
    session = open_session("xps")
    result = session.quantify((session.technique.axis.centres, counts.astype(float)))
    (state,) = sample_dict(result.samples()[0], session.technique)["second_states"]
    assert state == {
        "element": "Mo",
        "share": pytest.approx(SHARE, abs=0.05),
        "further": pytest.approx(FURTHER, abs=0.3),
    }
    assert "In a second chemical state: Mo, 3" in str(reasons(session.technique, result.samples()[0], drawn=False))


def test_another_element_is_tried_in_place_of_a_second_state() -> None:
    """Mercury 4f had been read as two states of silicon 2p: Si 26 at% in place of 7."""
    session = open_session("xps")
    drawn = session.synthesizer(session.technique.recipe("field"), 20261130, "evaluation").spectra(112, 1)
    spectra = Spectra.of(drawn, session.technique, "test")
    fraction = session.methods(["hybrid"])["hybrid"].answer(spectra).fraction[0]
    silicon, mercury = (fraction[session.technique.elements.index(symbol)] for symbol in ("Si", "Hg"))
    assert silicon < 0.12
    assert mercury > 0.003
