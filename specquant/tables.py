"""Tables as CSV files, written and read the same way everywhere."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from specquant.errors import ReadError
from specquant.files import atomic_path
from specquant.terminal import cell
from specquant.typed import MOST_BYTES


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


def read_table(path: Path, spaced: bool = False) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows of a table by column, and the columns; `spaced` skips spaces after commas.

    Raises
    ------
    ReadError
        If it is not a table in UTF-8, is too long, or cannot be read.
    """
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ReadError("is too long", where=path, found=f"{size} bytes", wanted=f"at most {MOST_BYTES}")
        with path.open(newline="", encoding="utf-8-sig") as file:
            content = csv.DictReader(file, restval="", skipinitialspace=spaced)
            return list(content), list(content.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadError("is not a table in UTF-8", where=path, found=error, todo="Save it as CSV in UTF-8.") from error
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
