"""The table in a text: rows, what stands around them, titles; no row vanishes in silence."""

from pathlib import Path

import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers.rows import Table, table_in

HERE = Path("a.csv")
ROWS = [f"{n},{10 * n + 1}" for n in range(12)]


def table(*lines: str) -> Table:
    return table_in(lines, HERE)


def test_titles_header_and_numbers() -> None:
    read = table("made up", "", "Energy (eV),Counts", *ROWS)
    assert read.values.shape == (12, 2)
    assert read.titles == ("Energy (eV)", "Counts")
    assert (read.header, read.first, read.notes) == (["made up", "Energy (eV),Counts"], 4, ())


def test_titles_over_two_lines() -> None:
    assert table("Energy,Counts", "eV,cps", *ROWS).titles == ("Energy eV", "Counts cps")


@pytest.mark.parametrize(
    ("at", "line"),
    [(6, "n/a,5"), (1, "x,7"), (11, "Region 2"), (6, "5,"), (6, '"6,61"')],
)
def test_a_line_amid_the_rows_is_refused_by_number(at: int, line: str) -> None:
    lines = [*ROWS[:at], line, *ROWS[at:]]
    with pytest.raises(ReadError, match=rf"a\.csv, line {at + 1}: a line amid the numbers"):
        table(*lines)


def test_a_longer_row_is_refused_by_number() -> None:
    with pytest.raises(ReadError, match=r"line 7: a line amid the numbers.*found '6,61,7'"):
        table(*ROWS[:6], "6,61,7", *ROWS[6:])


def test_another_table_is_refused_by_the_line_between() -> None:
    with pytest.raises(ReadError, match=r"line 13: a line amid the numbers.*give each table its own file"):
        table(*ROWS, "Region 2", *(f"{n},1,2" for n in range(12)))


def test_comments_and_lines_after_the_numbers_are_noted() -> None:
    read = table(*ROWS[:5], "# pause", "#5,51", *ROWS[5:], "", "end of data")
    assert len(read.values) == 12
    assert [(note.kind, note.text) for note in read.notes] == [
        (NoteKind.LEFT_OUT, "2 lines of comment amid the numbers, from line 6 on"),
        (NoteKind.LEFT_OUT, "1 line after the numbers, from line 16 on"),
    ]


def test_samples_of_different_length_side_by_side() -> None:
    short = table(*(f"{n},1,{n},2" for n in range(12)), *(f"{n},3" for n in range(12, 30)))
    assert short.values.shape == (30, 4)
    assert np.isnan(short.values[12:, 2:]).all()
    padded = table(*(f"{n},1,{n},2" for n in range(12)), *(f"{n},3,," for n in range(12, 30)))
    np.testing.assert_array_equal(short.values, padded.values)


def test_a_few_numbers_above_the_table_are_its_header() -> None:
    read = table("1200 0 0.5 20", *(row.replace(",", " ") for row in ROWS))
    assert read.values.shape == (12, 2)
    assert read.header == ["1200 0 0.5 20"]


def test_empty_columns_are_left_out() -> None:
    assert table(*(f"{row}," for row in ROWS)).values.shape == (12, 2)


def test_words_are_no_table() -> None:
    with pytest.raises(ReadError, match=r"is text, but no spectrum.*line 2 is 'Dear colleague'"):
        table("", "Dear colleague")


@pytest.mark.parametrize("written", ["{:.2f},1_{:03d}", "{:.2f},1'{:03d} ?", "{:.0f}|{:d}"])
def test_lines_like_rows_beside_the_table_are_refused_by_number(written: str) -> None:
    others = [written.format(100 + n, n) for n in range(10)]
    with pytest.raises(ReadError, match=r"a\.csv, line 13: a line beside the table looks like a row, and is none"):
        table(*ROWS, *others)
    with pytest.raises(ReadError, match=r"a\.csv, line 11: a line beside the table looks like a row, and is none"):
        table("Energy,Counts", *others, *ROWS)
    assert len(table(*others[:9], *ROWS).values) == 12
