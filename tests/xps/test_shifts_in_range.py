"""A chemical shift stays in the range of its element: in every answer, and in what is told of it."""

import numpy as np
import pytest

from specquant.quantifiers import Quantifier
from specquant.report.json_report import sample_dict
from specquant.session import Session, open_session
from specquant.spectra import Spectra

SEED = 77
"""Of its fresh spectra, the fits of a tenth once had lines beyond their range."""

UNDER_A_LAYER = 57
"""One of osmium, potassium and tantalum under a thick layer, of which the network knows no potassium: K 2p lies 8 eV
above C 1s."""


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("xps")


@pytest.fixture(scope="module")
def method(session: Session) -> Quantifier:
    return session.methods(["hybrid"])["hybrid"]


@pytest.fixture(scope="module")
def fresh(session: Session) -> Spectra:
    drawn = session.synthesizer(session.technique.recipe("field"), SEED, "evaluation").spectra(0, 64)
    return Spectra.of(drawn, session.technique, "test")


def test_no_answer_has_lines_beyond_their_range(session: Session, method: Quantifier, fresh: Spectra) -> None:
    elements, ranges = session.technique.elements, session.technique.shift_ranges
    moved = 0
    for modelled in method.quantify_modelled(fresh)[1]:
        if modelled is None:
            continue
        assert modelled.chemical is not None
        lowest, highest = ranges[[elements.index(symbol) for symbol in modelled.elements]].T
        assert (lowest <= modelled.chemical).all()
        assert (modelled.chemical <= highest).all()
        moved += int(np.count_nonzero(np.abs(modelled.chemical) > 1.0))
    assert moved > 30  # else nothing was shown


def test_an_element_that_nobody_proposed_takes_the_place_of_another(
    session: Session, method: Quantifier, fresh: Spectra
) -> None:
    fraction = method.answer(fresh.take([UNDER_A_LAYER])).fraction[0]
    potassium, carbon = (fraction[session.technique.elements.index(symbol)] for symbol in ("K", "C"))
    assert potassium > 0.15
    assert carbon < 0.05


def test_a_report_for_programs_tells_shifts_with_their_ranges(session: Session, fresh: Spectra) -> None:
    counts = fresh.counts[UNDER_A_LAYER].astype(float)
    (sample,) = session.quantify((session.technique.axis.centres, counts)).samples()
    told = {row["element"]: row for row in sample_dict(sample, session.technique)["chemical_shifts"]}
    assert {"Os", "Ta"} <= set(told)
    for symbol, row in told.items():
        assert (row["lowest"], row["highest"]) == session.technique.chemical_shift[symbol]
        assert row["lowest"] <= row["shift"] <= row["highest"]
