"""Peaks, and lines beside all that is free in a fit, against numbers worked out by hand."""

import numpy as np
import pytest

from specquant.fits.descent.beside import Beside, Free, regular
from specquant.fits.model.peaks import peaks

COLUMN, WEIGHT, PRIOR = np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([1.0, 2.0, 1.0, 1.0]), np.array([[3.0]])
"""One column: 1 x 1 + 1 x 2 of its own, and 3 by its prior, so that its normal matrix is 6."""

FREE = Free(COLUMN, WEIGHT, PRIOR)
CLOSE = 1e-5
"""Relative error by what is added to normal matrices so that they can be solved."""


def test_peaks_of_what_does_not_vary_are_nothing() -> None:
    np.testing.assert_allclose(peaks(np.full((2, 60), 5.0)), 0.0, atol=1e-12)


def test_a_channel_loses_its_share_of_27_channels_and_its_neighbours_lose_it_too() -> None:
    rows = np.zeros((2, 3, 101))
    rows[1, 2, 50] = 27.0
    narrow = peaks(rows)
    assert narrow[1, 2, 50] == pytest.approx(26.0)
    assert narrow[1, 2, [37, 63]].tolist() == pytest.approx([-1.0, -1.0])
    assert narrow[1, 2, [36, 64]].tolist() == pytest.approx([0.0, 0.0])
    assert not narrow[0].any()


def test_what_rises_evenly_has_no_peaks() -> None:
    np.testing.assert_allclose(peaks(np.arange(100.0)[None])[:, 13:-13], 0.0, atol=1e-9)


def test_a_column_makes_up_for_what_it_shares_with_a_line() -> None:
    """A line [0 1 1 0] shares 2 with the column, of which the normal matrix leaves 2 / 6."""
    beside = Beside.of(np.array([[0.0, 1.0, 1.0, 0.0]]), FREE)
    np.testing.assert_allclose(beside.given, [[1 / 3]], rtol=CLOSE)
    np.testing.assert_allclose(beside.information, [3.0 - 2 / 3], rtol=CLOSE)
    assert beside.known.tolist() == [True]


def test_residuals_lose_what_columns_make_up_of_them() -> None:
    """[3 0 0 1] has 3 in common with the column, so that half of it goes."""
    np.testing.assert_allclose(FREE.without(np.array([3.0, 0.0, 0.0, 1.0])), [2.5, -0.5, 0.0, 1.0], rtol=CLOSE)


def test_two_columns_share_what_a_line_has_of_both() -> None:
    """Columns [1 0] and [1 1] without priors make up for all of a line [3 2]: once the first, twice the second."""
    free = Free(np.array([[1.0, 0.0], [1.0, 1.0]]), np.ones(2), np.zeros((2, 2)))
    np.testing.assert_allclose(Beside.of(np.array([[3.0, 2.0]]), free).given, [[1.0, 2.0]], rtol=1e-4)


def test_a_line_that_columns_hide_is_not_known_and_one_that_stands_out_by_a_hundredth_is() -> None:
    free = Free(COLUMN, WEIGHT, np.zeros((1, 1)))
    beside = Beside.of(np.array([[2.0, 2.0, 0.0, 0.0], [2.0, 2.0, 0.35, 0.0]]), free)
    assert beside.known.tolist() == [False, True]
    np.testing.assert_allclose(beside.information, [1.0, 0.35**2], rtol=1e-3)
    np.testing.assert_allclose(beside.fractions(np.array([0.25, 0.25])), [1.0, 0.2])


def test_amounts_beside_one_of_all_others_are_fractions() -> None:
    beside = Beside.of(np.eye(4)[2:], FREE)
    np.testing.assert_allclose(beside.fractions(np.array([0.0, 1.0])), [0.0, 0.5])


def test_columns_that_are_alike_and_empty_ones_can_be_solved() -> None:
    alike = Free(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), np.ones(2), np.zeros((3, 3)))
    given = Beside.of(np.array([[1.0, 1.0]]), alike).given
    np.testing.assert_allclose(given, [[0.5, 0.5, 0.0]], rtol=1e-4)


def test_a_regular_matrix_has_a_diagonal_of_one_and_a_scale() -> None:
    scaled, scale = regular(np.array([[4.0, 3.0], [3.0, 9.0]]))
    np.testing.assert_allclose(scale, [1 / 2, 1 / 3])
    np.testing.assert_allclose(scaled, [[1.0 + 1e-6, 0.5], [0.5, 1.0 + 1e-6]], rtol=1e-12)


def test_a_regular_matrix_does_not_depend_on_units() -> None:
    normal = np.array([[4.0, 3.0], [3.0, 9.0]])
    np.testing.assert_allclose(regular(1e-9 * normal)[0], regular(normal)[0])
