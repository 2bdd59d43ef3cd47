"""Fixed fractions in a fit: amounts, derivatives and errors against what numbers say."""

import numpy as np
import pytest

from specquant.constraints import Constraints
from specquant.fits.model.fixed import FixedShares
from specquant.fixedfractions import parse_fixed
from specquant.technique import Floats

SYMBOLS = ("Li", "C", "N", "O")
APPARENT = np.array([2.0, 5.0, 1.0, 40.0])
"""Amounts by the lines, a dose included: those of oxygen say nothing where it is fixed."""


def fixed(*texts: str) -> FixedShares:
    shares = FixedShares.of(Constraints.of(SYMBOLS, fixed=parse_fixed(texts, SYMBOLS)), 0, SYMBOLS)
    assert shares is not None
    return shares


def fractions(shares: FixedShares, apparent: Floats) -> Floats:
    actual = shares.actual(apparent)
    return actual / actual.sum()


def test_nothing_is_fixed_without_a_constraint() -> None:
    assert FixedShares.of(Constraints.of(SYMBOLS, excluded=("Li",)), 0, SYMBOLS) is None


def test_what_is_fixed_is_met_and_the_rest_keeps_its_proportions() -> None:
    shares = fixed("O=60")
    assert shares.elements.tolist() == [3]
    np.testing.assert_allclose(fractions(shares, APPARENT), [0.4 * 2 / 8, 0.4 * 5 / 8, 0.4 / 8, 0.6], rtol=1e-12)


@pytest.mark.parametrize("texts", [("O=60",), ("O=30", "N=10wt%")])
def test_slopes_are_the_derivatives_of_fractions(texts: tuple[str, ...]) -> None:
    shares, step = fixed(*texts), 1e-6
    steps = step * np.eye(len(SYMBOLS))
    numeric = [(fractions(shares, APPARENT + each) - fractions(shares, APPARENT - each)) / (2 * step) for each in steps]
    np.testing.assert_allclose(shares.slopes(APPARENT), np.transpose(numeric), atol=1e-9)


def test_errors_are_those_of_amounts_carried_on() -> None:
    shares, chosen = fixed("O=60+-0"), np.array([0, 1, 2])
    covariance = np.diag([0.04, 0.09, 0.01])
    fraction, error = shares.shares(APPARENT, covariance, chosen)
    np.testing.assert_allclose(fraction, [0.1, 0.25, 0.05], rtol=1e-9)
    draws = np.random.default_rng(1).normal(APPARENT[:3], np.sqrt(np.diag(covariance)), (20_000, 3))
    drawn = np.array([fractions(shares, np.append(each, APPARENT[3]))[:3] for each in draws])
    np.testing.assert_allclose(error, drawn.std(axis=0), rtol=0.03)


def test_the_stated_deviation_is_in_every_error() -> None:
    shares, chosen = fixed("O=60+-3"), np.arange(4)
    _, error = shares.shares(APPARENT, np.zeros((4, 4)), chosen)
    np.testing.assert_allclose(error, [0.03 / 4, 0.03 * 5 / 8, 0.03 / 8, 0.03], rtol=1e-3)


def test_two_stated_deviations_add_as_squares() -> None:
    several, chosen = fixed("O=30+-2", "N=20+-1"), np.arange(4)
    alone = [fixed("O=30+-2", "N=20+-0"), fixed("O=30+-0", "N=20+-1")]
    errors = [each.shares(APPARENT, np.zeros((4, 4)), chosen)[1] for each in (several, *alone)]
    np.testing.assert_allclose(errors[0] ** 2, errors[1] ** 2 + errors[2] ** 2, rtol=1e-3)


def test_a_deviation_larger_than_the_fraction_leaves_some_of_it() -> None:
    shares = fixed("O=1+-5")
    _, error = shares.shares(APPARENT, np.zeros((4, 4)), np.arange(4))
    assert error[3] == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_amounts_are_in_any_unit(unit: float) -> None:
    shares, covariance, chosen = fixed("O=60+-3"), np.diag([0.04, 0.09, 0.01, 0.2]), np.arange(4)
    in_unit = shares.shares(unit * APPARENT, unit**2 * covariance, chosen)
    np.testing.assert_allclose(in_unit, shares.shares(APPARENT, covariance, chosen), rtol=1e-9)


def test_nothing_at_all_has_no_fractions_and_no_infinity() -> None:
    fraction, error = fixed("O=60").shares(np.zeros(4), np.zeros((4, 4)), np.arange(4))
    assert not fraction.any()
    assert np.isfinite(error).all()
