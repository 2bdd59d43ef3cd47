"""A window that the spectrum shows, and that the technique is not made for, is a reason to doubt the answer."""

import numpy as np
import pytest

from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.verdict import Ground, Judgement


@pytest.fixture(scope="module")
def eds() -> Session:
    return open_session("eds")


@pytest.fixture(scope="module")
def drawn(eds: Session) -> tuple[Spectra, np.ndarray]:
    """Spectra of which nobody states the window, and how thick beryllium is in each, nm."""
    batch = eds.synthesizer(eds.recipe("windows"), 7, "evaluation").batch(0, 64)
    return batch.spectra(), np.asarray(batch.parameters["beryllium_window"])


def judged(eds: Session, spectra: Spectra) -> Judgement:
    (judgement,) = eds.quantified("x", spectra, eds.methods(["cnn"])).judgements("cnn")
    return judgement


def test_beryllium_that_is_found_is_a_doubt(eds: Session, drawn: tuple[Spectra, np.ndarray]) -> None:
    spectra, beryllium = drawn
    row = max(np.flatnonzero(beryllium > 0), key=lambda each: spectra.counts[each].sum())
    texts = [one.text for one in judged(eds, spectra.take([row])).reasons if one.ground is Ground.WARNED]
    assert [text.split(" ")[0] for text in texts] == ["beryllium"]
    assert "by the spectrum: a beryllium window absorbs" in texts[0]


def test_another_window_is_none(eds: Session, drawn: tuple[Spectra, np.ndarray]) -> None:
    spectra, beryllium = drawn
    row = max(np.flatnonzero(beryllium == 0), key=lambda each: spectra.counts[each].sum())
    assert all(one.ground is not Ground.WARNED for one in judged(eds, spectra.take([row])).reasons)
