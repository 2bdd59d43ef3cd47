import numpy as np
import pytest

from specquant.quantifiers.featureless import REMARK, without_features
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.verdict import Ground


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy")


def spectra_of(counts: np.ndarray) -> Spectra:
    rows = np.atleast_2d(counts).astype(np.float32)
    return Spectra(rows, np.ones(rows.shape, dtype=bool), np.zeros((len(rows), 0)))


POSITION = np.linspace(0, 1, 201)
FLAT = {
    "empty": np.zeros(201),
    "constant": np.full(201, 7.0),
    "noise": np.random.default_rng(1).poisson(100.0, 201),
    "few counts": np.random.default_rng(2).poisson(0.1, 201),
    "slope": np.random.default_rng(3).poisson(2000 * np.exp(-3 * POSITION) + 20),
}


@pytest.mark.parametrize("method", ["nnls", "poisson"])
@pytest.mark.parametrize("name", FLAT)
def test_nothing_is_known_of_a_spectrum_without_features(toy: Session, method: str, name: str) -> None:
    result = toy.quantify(spectra_of(FLAT[name]), method, force=True)
    (judgement,) = result.judgements
    assert not judgement.is_answer
    assert judgement.reasons[0].ground is Ground.FEATURELESS
    assert not any(REMARK in note.text for note in result.notes[0])  # the verdict says it
    for row in result.to_dataset()["lower"].values, 1 - result.to_dataset()["upper"].values:
        np.testing.assert_array_equal(row, 0.0)
    assert np.isfinite(result.to_dataset()["fraction"].values).all()


def test_an_element_that_cannot_be_there_stays_out(toy: Session) -> None:
    result = toy.quantify(spectra_of(FLAT["noise"]), "nnls", "Li,Be", force=True).to_dataset()
    np.testing.assert_array_equal(result["upper"].values[0], [1, 1, 0, 0, 0, 0])


def test_lines_are_features(toy: Session) -> None:
    drawn = toy.synthesizer(toy.recipe("field"), 1).batch(0, 256)
    assert without_features(drawn.counts.numpy(), drawn.observed.numpy()).mean() < 0.02


def test_noise_is_taken_for_noise_whatever_was_observed() -> None:
    counts = np.random.default_rng(4).poisson(50.0, (400, 300))
    observed = np.random.default_rng(5).random((1, 300)).repeat(400, axis=0) > 0.3
    assert without_features(counts, observed).mean() > 0.98
    assert without_features(counts, np.zeros_like(observed)).all()


def test_a_fit_that_finds_nothing_says_so(toy: Session) -> None:
    steps = np.where(np.arange(201) % 40 < 20, 100.0, 100.0) + 900 * (np.arange(201) > 195)
    result = toy.quantify(spectra_of(steps), "nnls")
    fraction = result.to_dataset()["fraction"].values[0]
    if np.ptp(fraction) == 0:
        assert any("no line of any element was found" in note.text for note in result.notes[0])
