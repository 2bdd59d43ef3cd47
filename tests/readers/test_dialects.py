"""How numbers are written: separators, decimal marks, grouped thousands, quotes."""

from pathlib import Path

import pytest

from specquant.errors import ReadError
from specquant.readers.dialects import Dialect, dialect_of

HERE = Path("a.csv")


@pytest.mark.parametrize(
    ("dialect", "line", "numbers"),
    [
        (Dialect(",", "."), "1.5,2", [1.5, 2.0]),
        (Dialect(",", ".", True), '"531.0","1,401"', [531.0, 1401.0]),
        (Dialect(",", ".", True), '"531.0","1,234,567.5"', [531.0, 1234567.5]),
        (Dialect(",", "."), '"531.0","1,401"', None),
        (Dialect(";", ",", True), "531,0;1.401", [531.0, 1401.0]),
        (Dialect(";", ",", True), "531,0;1.401,25", [531.0, 1401.25]),
        (Dialect("\t", ".", True), "531.0\t1 401", [531.0, 1401.0]),
        (Dialect("\t", ".", True), "531.0\t1\u202f401", [531.0, 1401.0]),
        (Dialect("\t", ".", True), "531.0\t1\u00a0401\u00a0000", [531.0, 1401000.0]),
        (Dialect("\t", ".", True), "531.0\t1'401", [531.0, 1401.0]),
        (Dialect("\t", ".", True), "531.0\t1\u2019401", [531.0, 1401.0]),
        (Dialect("\t", ".", True), "531.0\t1 401,000", None),
        (Dialect("\t", ".", True), "531.0\t0,401", None),
        (Dialect("\t", ".", True), "531.0\t14 01", None),
        (Dialect(None, "."), '"531.0"  "14"', [531.0, 14.0]),
        (Dialect(";", "."), "-5;\u22127.5", [-5.0, -7.5]),
        (Dialect(";", "."), "1e3;2d2", [1000.0, 200.0]),
        (Dialect(",", "."), "1,n/a", None),
        (Dialect(",", "."), "1", None),
        (Dialect(",", "."), '1,"2', [1.0, 2.0]),
    ],
)
def test_lines_are_rows_or_not(dialect: Dialect, line: str, numbers: list[float] | None) -> None:
    assert dialect.numbers(line) == numbers


def test_empty_cells_are_no_numbers() -> None:
    assert Dialect(",", ".").numbers(",,3,4") == [None, None, 3.0, 4.0]
    assert Dialect(",", ".").numbers(",,,4") is None


@pytest.mark.parametrize(("line", "numbers"), [("\t0\t1", [None, 0.0, 1.0]), ("0\t1\t", [0.0, 1.0, None])])
def test_a_separator_at_an_end_has_an_empty_cell_beside_it(line: str, numbers: list[float | None]) -> None:
    assert Dialect("\t", ".").numbers(line) == numbers


@pytest.mark.parametrize(
    ("lines", "dialect"),
    [
        (["1,2", "2,3"], Dialect(",", ".")),
        (["0,5;2", "1,5;3"], Dialect(";", ",")),
        (["0,000;205", "0,010;1.401"], Dialect(";", ",")),
        (["531.5\t205", "532.5\t1,401"], Dialect("\t", ".")),
        (["531,5\t205", "532,5\t1.401"], Dialect("\t", ",")),
        (["531\t205", *(f"{e}\t1,{e}" for e in range(532, 540))], Dialect("\t", ".")),
        (["531\t205", *(f"{e}\t1.{e}" for e in range(532, 540))], Dialect("\t", ",")),
        (["60.400\t3148", "61.600\t3143"], Dialect("\t", ".")),
        (["531\t1.401", "532\t1.402"], Dialect("\t", ".")),
        (['"531","1,401"', '"532","1,402"'], Dialect(",", ".")),
        (['"0,5","205,0"', '"1,5","206,0"'], Dialect(",", ",")),
        (["531.0\t205", "532.0\t1 401"], Dialect("\t", ".")),
        (["1 2", "2 3"], Dialect(None, ".")),
    ],
)
def test_a_text_shows_how_it_is_written(lines: list[str], dialect: Dialect) -> None:
    shown = dialect_of(lines, HERE)
    assert shown is not None
    assert (shown.separator, shown.decimal) == (dialect.separator, dialect.decimal)


def test_what_may_be_read_in_two_ways_is_refused_by_line() -> None:
    with pytest.raises(ReadError, match=r"a.csv, line 2: a comma may mark decimals or thousands; found 1,401"):
        dialect_of(["Energy\tCounts", "531\t1,401", "532\t1,402"], HERE)


def test_words_have_no_dialect() -> None:
    assert dialect_of(["Dear colleague", "12"], HERE) is None
