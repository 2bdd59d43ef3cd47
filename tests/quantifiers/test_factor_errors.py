"""Intervals that hold an error of sensitivity factors which the user states."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant import open as open_session
from specquant.errors import SettingError
from specquant.intervals import Z90
from specquant.quantifiers import Delegate
from specquant.quantifiers.base import Quantifier
from specquant.quantifiers.estimates import Estimate
from specquant.quantifiers.factorerrors import WithFactorErrors, spread_of
from specquant.session import Session
from specquant.spectra import Spectra

pytestmark = pytest.mark.usefixtures("toy_is_installed")

FRACTION = np.array([[0.6, 0.3, 0.1, 0.0], [0.5, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])


def drawn(fraction: np.ndarray, error: float) -> np.ndarray:
    """Fractions as they come out with sensitivity factors that are off at random."""
    factors = 1.0 + error * np.random.default_rng(3).normal(size=(20_000, fraction.size))
    wrong = fraction * factors
    return wrong / wrong.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("row", range(len(FRACTION)))
def test_the_spread_is_that_of_factors_that_are_off(row: int) -> None:
    expected = drawn(FRACTION[row], 0.02).std(axis=0) / 0.02
    np.testing.assert_allclose(spread_of(FRACTION)[row], expected, atol=0.005)


def test_what_is_fixed_neither_moves_nor_moves_others() -> None:
    fixed = np.array([[True, False, False, False]])
    spread = spread_of(FRACTION[:1], fixed)[0]
    rest = drawn(np.array([0.75, 0.25, 0.0]), 0.02).std(axis=0) / 0.02
    np.testing.assert_allclose(spread, [0.0, *(0.4 * rest)], atol=0.005)


def test_nothing_found_has_no_spread() -> None:
    np.testing.assert_array_equal(spread_of(np.zeros((1, 4))), 0.0)


class _Sure(Quantifier):
    """A method that is sure to 1 at%."""

    def estimate(self, spectra: Spectra) -> Estimate:
        fraction = np.zeros((len(spectra), len(self.technique.elements)))
        fraction[:, :2] = 0.5
        return Estimate(fraction, np.maximum(fraction - 0.01, 0.0), np.where(fraction > 0, fraction + 0.01, 0.2))


@pytest.fixture
def toy(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy")


def test_intervals_widen_and_fractions_and_limits_stay(toy: Session) -> None:
    spectra = toy.synthesizer(toy.recipe(), 1).batch(0, 2).spectra()
    plain = _Sure(toy.technique, toy.library)
    before, after = plain.answer(spectra), WithFactorErrors(plain, 0.2).answer(spectra)
    np.testing.assert_array_equal(after.fraction, before.fraction)
    away = np.hypot(0.01, Z90 * 0.2 * 0.5 * np.sqrt(0.5))
    np.testing.assert_allclose(after.lower[:, :2], 0.5 - away)
    np.testing.assert_allclose(after.upper[:, :2], 0.5 + away)
    np.testing.assert_array_equal(after.upper[:, 2:], before.upper[:, 2:])


def test_a_delegate_is_the_method_in_all_else(toy: Session) -> None:
    method = toy.methods(["nnls"])["nnls"]
    wrapped = WithFactorErrors(method, 0.2)
    names = ("name", "origin", "known", "supposes_usual_instrument", "fits_fractions", "technique", "library")
    assert [getattr(wrapped, name) for name in names] == [getattr(method, name) for name in names]
    assert wrapped.explained is method.explained
    assert isinstance(wrapped, Delegate)


def test_a_session_states_it_with_every_answer(tmp_path: Path) -> None:
    session, stated = open_session("toy"), open_session("toy", sensitivity_error=20.0)
    spectra = session.synthesizer(session.recipe(), 1).batch(0, 1).spectra()
    path = tmp_path / "a.csv"
    rows = zip(session.technique.axis.centres, np.rint(spectra.counts[0]), strict=True)
    path.write_text("\n".join(f"{energy},{counts}" for energy, counts in rows))
    (notes,) = stated.quantify(path, method="nnls").notes
    assert "given: sensitivity factors may be off by 20 % (one standard deviation); intervals hold it" in map(
        str, notes
    )
    (without,) = session.quantify(path, method="nnls").notes
    assert not any("sensitivity" in str(note) for note in without)
    assert isinstance(stated.methods(["nnls"])["nnls"], WithFactorErrors)
    assert not isinstance(replace(stated, sensitivity_error=0.0).methods(["nnls"])["nnls"], WithFactorErrors)


@pytest.mark.parametrize("percent", [-1.0, 101.0, float("nan")])
def test_what_is_no_error_is_refused(percent: float) -> None:
    with pytest.raises(SettingError, match="is not an error of sensitivity factors"):
        open_session("toy", sensitivity_error=percent)
