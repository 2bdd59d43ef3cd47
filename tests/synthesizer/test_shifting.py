import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from specquant.synthesizer.shifting import PHASES, ShiftTable
from specquant.technique import EnergyAxis, Floats

AXIS = EnergyAxis(0.0, 100.0, 0.5)
PADDING = 20
PADDED = AXIS.padded(PADDING * AXIS.step).centres
ROWS = np.stack(
    [
        np.exp(-0.5 * ((PADDED - 40.0) / 1.5) ** 2),
        np.exp(-0.5 * ((PADDED - 61.3) / 2.0) ** 2) + 0.2,
    ]
)


@pytest.fixture(scope="module")
def table() -> ShiftTable:
    return ShiftTable(ROWS, AXIS, PADDING, "cpu")


def moved(table: ShiftTable, row: int, shift: float, weight: float = 1.0) -> Floats:
    return table.sum(np.array([0]), np.array([row]), np.array([shift]), np.array([weight]), 1)[0].double().numpy()


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("shift", [0.0, 0.125, 0.25, 0.375, 0.5, 3.0, 7.625, -0.125, -0.25, -0.375, -0.5, -3.0, -7.875])
def test_a_line_moves_by_the_shift(table: ShiftTable, row: int, shift: float) -> None:
    expected = CubicSpline(PADDED, ROWS[row])(AXIS.centres - shift)
    np.testing.assert_allclose(moved(table, row, shift), expected, atol=1e-4)


def test_positive_shift_moves_to_higher_energy(table: ShiftTable) -> None:
    assert AXIS.centres[moved(table, 0, 5.0).argmax()] == 45.0
    assert AXIS.centres[moved(table, 0, -5.0).argmax()] == 35.0


def test_without_shift_the_row_itself_comes_out(table: ShiftTable) -> None:
    np.testing.assert_array_equal(moved(table, 0, 0.0), ROWS[0][PADDING:-PADDING].astype(np.float32))


def test_shifts_are_rounded_to_a_quarter_of_a_channel(table: ShiftTable) -> None:
    step = AXIS.step / PHASES
    assert table.quarters(np.array([0.0, step, -step, 1.4 * step, 1.6 * step])).tolist() == [0, 1, -1, 1, 2]
    np.testing.assert_array_equal(moved(table, 0, 1.3 * step), moved(table, 0, step))


@pytest.mark.parametrize("sign", [1, -1])
def test_largest_shift_reaches_the_end_of_the_padding(table: ShiftTable, sign: int) -> None:
    shift = sign * PADDING * AXIS.step
    expected = ROWS[1][: AXIS.size] if sign > 0 else ROWS[1][-AXIS.size :]
    np.testing.assert_array_equal(moved(table, 1, shift), expected.astype(np.float32))


@pytest.mark.parametrize("sign", [1, -1])
def test_larger_shifts_are_clipped_to_the_padding(table: ShiftTable, sign: int) -> None:
    np.testing.assert_array_equal(moved(table, 1, sign * 1e3), moved(table, 1, sign * PADDING * AXIS.step))


def test_rows_are_weighted_and_summed_per_sample(table: ShiftTable) -> None:
    sample, row = np.array([0, 0, 0, 2]), np.array([0, 1, 0, 1])
    shift, weight = np.array([0.25, -1.0, 2.0, 0.0]), np.array([2.0, 0.5, 1.0, 3.0])
    summed = table.sum(sample, row, shift, weight, 4).double().numpy()
    single = [moved(table, int(which), by, factor) for which, by, factor in zip(row, shift, weight, strict=True)]
    np.testing.assert_allclose(
        summed, [sum(single[:3]), np.zeros(AXIS.size), single[3], np.zeros(AXIS.size)], atol=1e-6
    )


def test_nothing_to_add_gives_zeros(table: ShiftTable) -> None:
    none, nothing = np.zeros(0, dtype=int), np.zeros(0)
    assert not table.sum(none, none, nothing, nothing, 3).any()


def test_area_is_kept(table: ShiftTable) -> None:
    for shift in (0.125, -0.25, 3.375):
        assert moved(table, 0, shift).sum() == pytest.approx(ROWS[0].sum(), rel=1e-4)


def test_sharp_lines_never_ring_below_zero() -> None:
    spike = np.zeros((1, AXIS.size + 2 * PADDING))
    spike[0, 100] = 1.0
    assert moved(ShiftTable(spike, AXIS, PADDING, "cpu"), 0, 0.25).min() >= 0.0
