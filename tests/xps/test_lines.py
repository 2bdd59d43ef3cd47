import time
from pathlib import Path

import numpy as np
import pytest

from specquant.errors import ReadError
from specquant_xps.readers.lines import header_text, leading_number, lines_of, number_in, row_of, table_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        (" -1.5e3 ", -1500.0),
        ("1,5", 1.5),
        (".5", 0.5),
        ("", None),
        ("nan", None),
        ("1_0", None),
        ("101\x1c", None),
    ],
)
def test_a_number_is_all_of_its_text(text: str, number: float | None) -> None:
    assert number_in(text) == number
    assert number_in("1" * 100) is None


def test_a_number_before_its_unit() -> None:
    assert leading_number("4.25 eV") == 4.25
    assert leading_number("eV 4") is None
    assert leading_number(" ") is None


@pytest.mark.parametrize("line", ["1 2.5", "1\t2.5", "1,2.5", " 1;2.5", "1, 2.5", "1,0 2,5"])
def test_a_row_in_any_dialect(line: str) -> None:
    assert row_of(line, "a.txt") == [1.0, 2.5]


@pytest.mark.parametrize("line", ["1 x", "1 2e", "1 nan"])
def test_what_is_no_number_is_told(line: str) -> None:
    with pytest.raises(ReadError, match=r"a\.txt, line 3: a line amid the numbers is not a row"):
        row_of(line, "a.txt, line 3")


def test_a_table_has_rows_of_one_length() -> None:
    np.testing.assert_array_equal(table_of([[1.0, 2.0], [3.0, 4.0]], 2, "a"), [[1, 2], [3, 4]])
    assert table_of([], 2, "a").shape == (0, 2)
    with pytest.raises(ReadError, match="differ in length; found 1 to 2 columns"):
        table_of([[1.0, 2.0], [3.0]], 2, "a")
    with pytest.raises(ReadError, match="wanted 2 or more"):
        table_of([[1.0], [3.0]], 2, "a")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_lines_end_in_any_way(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(end.join(["one", "", "two", ""]).encode())
    assert lines_of(path) == ["one", "", "two", ""]


def test_a_long_run_of_carriage_returns_takes_no_longer_than_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\r" * 300_000 + b"x")
    began = time.process_time()
    assert len(lines_of(path)) == 300_001
    assert time.process_time() - began < 5


def test_a_missing_file_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        lines_of(tmp_path / "none.txt")


def test_text_of_a_header_is_short_and_without_blanks_side_by_side() -> None:
    assert header_text("  a \t b  ") == "a b"
    assert len(header_text("x" * 100_000)) == 1000
