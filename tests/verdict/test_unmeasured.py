"""What an answer may lack because it was not measured: which elements, how likely, and what the verdict says."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from specquant.fits.model.hidden import Hidden
from specquant.learning.doubt import GOOD_ACCURACY
from specquant.notes import shortened
from specquant.quantifiers import MOST_UNSEEN, Sign
from specquant.quantifiers.unmeasured import strongest_channels, unmeasured
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import Technique
from specquant.verdict import Ground, Judge, Judgement, judgements_of
from specquant.verdict.unmeasured import LIKELY, unseen


@pytest.fixture(scope="module")
def xps() -> Session:
    return open_session("xps")


@pytest.fixture(scope="module")
def technique(xps: Session) -> Technique:
    return xps.technique


def between(technique: Technique, low: float, high: float) -> np.ndarray:
    return (technique.axis.centres >= low) & (technique.axis.centres <= high)


def answered(technique: Technique, **upper: float) -> xr.Dataset:
    """An answer of carbon alone, with upper ends of some other elements."""
    fraction, most = np.zeros((1, len(technique.elements))), np.zeros((1, len(technique.elements)))
    fraction[0, technique.elements.index("C")] = most[0, technique.elements.index("C")] = 1.0
    for symbol, value in upper.items():
        most[0, technique.elements.index(symbol)] = value
    dims = ("sample", "element")
    return xr.Dataset({"fraction": (dims, fraction), "upper": (dims, most)}, {"element": list(technique.elements)})


def missing_in(technique: Technique, observed: np.ndarray) -> set[str]:
    return set(np.array(technique.elements)[unmeasured(strongest_channels(technique), observed)].tolist())


def test_an_element_is_unmeasured_where_its_strongest_line_is(technique: Technique) -> None:
    missing = missing_in(technique, between(technique, 0.0, 500.0))
    assert {"O", "F", "Na", "Cu"} <= missing
    assert not missing & {"C", "N", "Si", "Au"}
    hole = between(technique, 0.0, 1400.0) & ~between(technique, 520.0, 545.0)
    assert "O" in missing_in(technique, hole)
    assert not missing_in(technique, hole) & {"F", "C", "Na", "Cu"}


def test_what_lies_beyond_the_axis_is_unmeasured() -> None:
    observed = np.array([True, False, True])
    np.testing.assert_array_equal(unmeasured(np.array([0, 1, 2, 3, -1]), observed), [False, True, False, True, True])


@pytest.mark.parametrize("probability", [0.0, LIKELY, float("nan")])
def test_what_is_unlikely_is_no_reason(technique: Technique, probability: float) -> None:
    answer = answered(technique, O=0.9)
    assert not list(unseen(technique, answer, between(technique, 0.0, 500.0), 0, probability))


def test_the_reason_names_what_was_not_measured(technique: Technique) -> None:
    answer = answered(technique, O=0.9, F=0.2, Li=0.6, Cu=0.1)
    (reason,) = unseen(technique, answer, between(technique, 0.0, 500.0), 0, 0.7)
    assert reason.ground is Ground.AXIS
    assert reason.text == (
        "15 % of O, F would not show from 0 to 500 eV: with a probability of 70 % they have more than that"
    )


def test_of_many_the_first_are_named() -> None:
    assert shortened([str(number) for number in range(10)], 8) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert shortened(["a: 1", "b: 2", "c: 3"], 2, "; ") == "a: 1; b: 2; and 1 more"


def test_an_answer_that_lacks_no_more_is_good() -> None:
    assert GOOD_ACCURACY == 0.85
    assert pytest.approx(0.15) == MOST_UNSEEN


def test_how_likely_more_is_hidden() -> None:
    hidden = Hidden(np.array([0.05, 0.15, 0.2, 0.4]), np.array([0.1, 0.2, 0.03, 0.02]))
    assert hidden.beyond(0.15) == pytest.approx(0.05)
    assert Hidden.nothing().beyond(0.0) == 0.0


@pytest.fixture(scope="module")
def survey(xps: Session) -> Spectra:
    """A fresh survey of C 40 O 60."""
    batch = xps.synthesizer(xps.recipe("field"), 5).batch(4, 1)
    symbols = np.array(xps.technique.elements)[batch.fraction.numpy()[0] > 0.0]
    assert list(symbols) == ["C", "O"]
    return batch.spectra()


def judged(session: Session, spectra: Spectra, low: float, high: float) -> tuple[Judgement, dict[str, float]]:
    """Return the judgement on the answer to what was measured between two energies, and its signs."""
    observed = spectra.observed & between(session.technique, low, high)
    cut = replace(spectra, counts=np.where(observed, spectra.counts, 0.0), observed=observed)
    composition = session.judged("hybrid", session.methods(["hybrid"])["hybrid"].quantify(cut), cut)
    signs = Judge(session.technique, session.network).signs(composition, cut)
    return judgements_of(composition)[0], {name: float(values[0]) for name, values in signs.items()}


def test_a_survey_without_the_line_of_oxygen_is_doubtful_for_that(xps: Session, survey: Spectra) -> None:
    judgement, signs = judged(xps, survey, -20.0, 500.0)
    assert signs[Sign.UNSEEN] > LIKELY
    (text,) = (reason.text for reason in judgement.reasons if reason.ground is Ground.AXIS)
    assert text.startswith("15 % of O, F")


def test_one_with_all_that_matters_is_good_however_much_was_not_measured(xps: Session, survey: Spectra) -> None:
    judgement, signs = judged(xps, survey, -20.0, 720.0)
    assert signs[Sign.UNSEEN] < LIKELY
    assert np.isnan(signs[Sign.MISSING])  # the share of the axis says nothing beside that
    assert judgement == Judgement()
