"""Tables as CSV: what is written can be read back, and what is not a table is refused."""

from pathlib import Path

import pytest

from specquant.errors import OutputError, ReadError
from specquant.tables import read_table, write_table


def test_a_table_comes_back(tmp_path: Path) -> None:
    rows = [("a, b", 0.1), ("µ", None)]
    path = write_table(("name", "value"), rows, tmp_path / "new" / "table.csv")
    assert path.read_bytes() == 'name,value\r\n"a, b",0.1\r\nµ,\r\n'.encode()
    assert read_table(path) == ([{"name": "a, b", "value": "0.1"}, {"name": "µ", "value": ""}], ["name", "value"])


def test_short_rows_are_filled_and_spaces_skipped_if_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeffa, b\n1, 2\n3\n", encoding="utf-8")
    assert read_table(path, spaced=True) == ([{"a": "1", "b": "2"}, {"a": "3", "b": ""}], ["a", "b"])
    assert read_table(path)[1] == ["a", " b"]


def test_an_empty_file_has_neither_rows_nor_columns(tmp_path: Path) -> None:
    (tmp_path / "table.csv").touch()
    assert read_table(tmp_path / "table.csv") == ([], [])


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match=r"table\.csv: is not a table in UTF-8; found .* Save it as CSV in UTF-8"):
        read_table(tmp_path / "table.csv")


def test_what_is_too_long_or_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specquant.tables.MOST_BYTES", 3)
    (tmp_path / "table.csv").write_bytes(b"a\n1\n")
    with pytest.raises(ReadError, match=r"table\.csv: is too long; found 4 bytes; wanted at most 3"):
        read_table(tmp_path / "table.csv")
    with pytest.raises(ReadError, match=r"missing\.csv: cannot be read; found No such file"):
        read_table(tmp_path / "missing.csv")


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    def rows() -> object:
        yield (1,)
        raise OSError("full")

    with pytest.raises(OutputError, match="full"):
        write_table(("a",), rows(), tmp_path / "table.csv")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
