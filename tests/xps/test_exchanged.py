"""An element in excess gives way to one that was proposed and dropped, or that explains the background far better."""

from collections.abc import Sequence

import numpy as np
import pytest

from specquant.fits import Hybrid
from specquant.library import RenderedLibrary
from specquant.session import Session, open_session
from specquant.synthesizer import Batch

SEED, ROW = 9001, 499
"""A fresh survey of recipe `field`: Ni 60, Cl 29, C 9, O 2 at%, of which the fit alone makes Ni with 17 at% of Co."""

COVERED = 240
"""Another, of Fe 67, Sr 32 at% under four mean free paths of something else: of counts that are background and little
else, in which a fit without strontium takes carbon for it."""


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("xps")


@pytest.fixture(scope="module")
def batch(session: Session) -> Batch:
    return session.synthesizer(session.recipe("field"), SEED, "evaluation").batch(ROW, 1)


def index(session: Session, symbols: Sequence[str]) -> list[int]:
    return [session.technique.elements.index(symbol) for symbol in symbols]


def test_an_element_in_excess_gives_way_to_those_that_were_proposed_and_dropped(session: Session, batch: Batch) -> None:
    (cobalt,), truth = index(session, ["Co"]), batch.fraction.cpu().numpy()[0]
    answer = session.methods(["hybrid"])["hybrid"].answer(batch.spectra())
    assert truth[cobalt] == 0.0
    assert answer.fraction[0, cobalt] < 0.02
    assert 1 - np.abs(answer.fraction[0] - truth).sum() / 2 > 0.8


def test_an_element_in_excess_gives_way_to_one_that_shows_by_its_background(session: Session) -> None:
    strontium, carbon = index(session, ["Sr", "C"])
    covered = session.synthesizer(session.recipe("field"), SEED, "evaluation").batch(COVERED, 1)
    answer = session.methods(["hybrid"])["hybrid"].answer(covered.spectra())
    assert covered.fraction[0, strontium] > 0.3
    assert answer.fraction[0, strontium] > 0.25
    assert answer.fraction[0, carbon] < 0.02


def test_what_is_proposed_and_the_library_lacks_takes_the_place_of_none(session: Session, batch: Batch) -> None:
    library, lacking = RenderedLibrary(session.technique), ["N", "O"]
    spectra = batch.spectra()
    assert (session.network.answer(spectra).fraction[0, index(session, lacking)] > 0.005).all()
    library.dataset = library.dataset.isel(component=~np.isin(library.dataset["element"].values, lacking))
    answer = Hybrid(session.technique, library, session.network).answer(spectra)
    np.testing.assert_array_equal(answer.fraction[0, index(session, lacking)], 0.0)
