"""Tables as files, CSV and workbooks, written and read the same way everywhere."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from specquant.errors import ReadError
from specquant.filekinds import kind_of
from specquant.files import atomic_path
from specquant.terminal import cell, shown
from specquant.typed import MOST_BYTES

_MARGIN = 3
"""Letters that a column of a workbook is wider than its title: chosen, a number fits."""

_ZERO = "\0"
"""A sign that no text holds."""

_LONGEST_CELL = 32_767
"""Letters that a cell of a workbook can hold."""


def write_table(columns: Sequence[str], rows: Iterable[Iterable[object]], path: Path) -> Path:
    """Write a table row by row and return its path; texts that a spreadsheet takes for formulas are written as text.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(value) if isinstance(value, str) else value for value in row])
    return path


def write_workbook(sheets: Mapping[str, tuple[Sequence[str], Iterable[Iterable[object]]]], path: Path) -> Path:
    """Write tables, columns and rows by the name of their sheet, as a workbook (.xlsx) and return its path.

    Texts are texts: none is taken for a formula, an address or a number, and what steers the eye is escaped.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    from xlsxwriter import Workbook  # its import takes long

    with atomic_path(path) as partial:
        book = Workbook(partial, {"constant_memory": True})
        bold = book.add_format({"bold": True})
        for name, (columns, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(columns):
                sheet.set_column(column, column, len(title) + _MARGIN)
                sheet.write_string(0, column, shown(title), bold)
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, int | float):
                        sheet.write_number(number, column, value)
                    elif value not in ("", None):
                        sheet.write_string(number, column, shown(str(value))[:_LONGEST_CELL])
        book.close()
    return path


def read_table(path: Path, spaced: bool = False) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows of a table by column, and the columns; `spaced` skips spaces after commas.

    Columns are parted by commas, or by semicolons where those part the titles.

    Raises
    ------
    ReadError
        If it is not a table in UTF-8, is too long, cannot be read, or a row has more cells than there are columns.
    """
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ReadError("is too long", where=path, found=f"{size} bytes", wanted=f"at most {MOST_BYTES}")
        with path.open(newline="", encoding="utf-8-sig") as file:
            titles = file.readline()
            if _ZERO in titles:
                raise ReadError("is not a table", where=path, found=kind_of(path), wanted="a line of titles, and rows")
            file.seek(0)
            semicolons = ";" in titles and "," not in titles
            content = csv.DictReader(file, restval="", skipinitialspace=spaced, delimiter=";" if semicolons else ",")
            return [_checked(row, content, path) for row in content], list(content.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadError(
            "is not a table in UTF-8", where=path, found=kind_of(path), todo="Save it as CSV in UTF-8."
        ) from error
    except OSError as error:
        kind = kind_of(path) if path.is_dir() else error.strerror or error
        raise ReadError("cannot be read", where=path, found=kind, wanted="a table, CSV") from error


def _checked(row: dict[str, str], content: "csv.DictReader[str]", path: Path) -> dict[str, str]:
    """Return a row of a table, unless it has more cells than the table has columns: they would vanish."""
    cells = row.get(None)  # type: ignore[call-overload]
    if cells:
        columns = len(content.fieldnames or ())
        raise ReadError(
            "a row has more cells than there are columns",
            where=f"{path}, line {content.line_num}",
            found=f"{columns + len(cells)} cells",
            wanted=columns,
            todo="Write decimals with a point, or part the columns by semicolons.",
        )
    return row
