"""The offset of an axis as the fit refines it, with its uncertainty, on rendered surveys."""

import numpy as np
import pytest

from specquant.library import MixedLibrary
from specquant.notes import NoteKind
from specquant.session import Result, Session, open_session
from specquant.spectra import Spectra
from specquant.verdict import Ground, Judge

DOSE = 3e6


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("xps")


def survey(session: Session, composition: dict[str, float], offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Return energies and counts of a survey with an axis that is `offset` eV off."""
    technique = session.technique
    fraction = np.array([composition.get(symbol, 0.0) for symbol in technique.elements])
    exact = MixedLibrary(technique, session.library).spectrum(fraction / fraction.sum(), technique.defaults())
    counts = np.random.default_rng(1).poisson(exact * DOSE / exact.sum())
    return technique.axis.centres + offset, counts.astype(float)


def told(result: Result) -> tuple[float, float, float]:
    """Return what was taken off the axis, what the fit says is left, and the error of that, eV."""
    answer = result.to_dataset()
    taken = result.files[0].spectra.facts[0].axis_offset
    return taken, float(answer["axis_shift"][0]), float(answer["axis_shift_error"][0])


@pytest.mark.parametrize("offset", [0.0, 1.5, 4.5, -3.5, 12.0])
@pytest.mark.parametrize("composition", [{"Ag": 1.0}, {"Si": 1.0, "O": 2.0}, {"C": 0.7, "O": 0.2, "N": 0.1}])
def test_network_and_fit_together_find_the_offset(
    session: Session, composition: dict[str, float], offset: float
) -> None:
    taken, left, error = told(session.quantify(survey(session, composition, offset)))
    usual = 0.35  # lines of the library lie at the peak table; usual chemistry lies above it, by up to 1.2 eV for O
    assert abs(taken + left - offset + usual) < 1.6448536 * error + 1.0
    assert 0.3 < error < 1.1


def test_what_was_taken_off_is_told_with_what_the_fit_adds(session: Session) -> None:
    result = session.quantify(survey(session, {"Ag": 1.0}, 12.0))
    taken, left, error = told(result)
    network, fit = [note.text for note in result.notes[0] if note.kind is NoteKind.AXIS_OFFSET]
    assert network.startswith(f"{taken:+.1f} eV (")
    assert fit == f"{left:+.1f} +- {error:.1f} eV by the fit of hybrid, {taken + left:+.1f} eV in all"


def test_graphite_with_its_line_far_away_says_so(session: Session) -> None:
    result = session.quantify(survey(session, {"C": 1.0}, 4.5))
    assert result.table[0].element == "C"
    (remark,) = [note.text for note in result.notes[0] if note.about == "hybrid" and "lines of C" in note.text]
    assert remark.endswith("above where they usually do, by its chemistry, or because the axis is off")


def test_a_fit_that_moves_the_axis_further_than_the_network_errs_is_a_reason(session: Session) -> None:
    energy, counts = survey(session, {"Ag": 1.0}, 3.5)
    on_axis = np.interp(session.technique.axis.centres, energy, counts)
    uncorrected = Spectra(on_axis[None], np.ones((1, on_axis.size), dtype=bool), np.array([[1486.6]]))
    result = session.quantify(uncorrected)
    (reason,) = [one for one in result.judgements[0].reasons if one.ground is Ground.OFFSET]
    assert reason.text.startswith("the fit moves the axis by +3.")


@pytest.mark.parametrize(("shift", "error", "is_doubted"), [(2.5, 0.3, True), (-2.5, 0.3, True), (2.5, 0.6, False)])
def test_the_fit_contradicts_the_network_only_beyond_its_own_error(
    session: Session, shift: float, error: float, is_doubted: bool
) -> None:
    energy, counts = survey(session, {"Ag": 1.0}, 0.0)
    given = Spectra(counts[None], np.ones((1, energy.size), dtype=bool), np.array([[1486.6]]))
    answer = session.methods(["hybrid"])["hybrid"].quantify(given)
    answer["axis_shift"].values[:], answer["axis_shift_error"].values[:] = shift, error
    (one,) = Judge(session.technique, session.network).judge("hybrid", answer, given)
    assert (Ground.OFFSET in {reason.ground for reason in one.reasons}) == is_doubted


@pytest.mark.parametrize("counts", [0.0, 20.0])
def test_an_axis_is_not_moved_by_noise(session: Session, counts: float) -> None:
    energy = session.technique.axis.centres
    noise = np.random.default_rng(3).poisson(counts, energy.size).astype(float)
    noise[400] += 1.0
    result = session.quantify((energy, noise))
    assert result.files[0].spectra.facts[0].axis_offset == 0.0
    assert not [note for note in result.notes[0] if "by where the lines lie" in note.text]
    assert [reason.ground for reason in result.judgements[0].reasons][:1] == [Ground.FEATURELESS]


def test_what_is_refused_by_a_fact_has_no_other_reasons(session: Session) -> None:
    energy = session.technique.axis.centres
    flat = np.random.default_rng(3).poisson(20.0, energy.size).astype(float)
    (judgement,) = session.quantify((energy, flat)).judgements
    assert [reason.ground for reason in judgement.reasons] == [Ground.FEATURELESS]
