"""Text files as lines, and the numbers in them."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from specquant.plugin import Floats, ReadError, lines_in

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_PLAIN = re.compile(r"[\d.eE+\-\s]{1,1000}")

_LONGEST_NUMBER = 64
"""Characters of a number: a float64 with all its digits has about 25."""

_LONGEST_HEADER = 1000
"""Characters of a header's line that patterns see, so that a long line cannot slow them down. Chosen."""

_CUT = "The file is damaged or cut short; export it again."


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, or raise ReadError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file in any usual encoding and with any line ends, or raise ReadError."""
    return lines_in(content_of(path))


def header_text(line: str) -> str:
    """Return a line of a header for patterns to match: its beginning, without blanks side by side."""
    return " ".join(line[:_LONGEST_HEADER].split())


def number_in(text: str) -> float | None:
    """Return the number that is all of a text (decimal point or comma), None if it is something else or too long."""
    plain = text.replace(",", ".") if "," in text and "." not in text else text
    if len(plain) > _LONGEST_NUMBER or not _NUMBER.fullmatch(plain):
        return None
    return float(plain)


def leading_number(text: str) -> float | None:
    """Return the number that a text such as ``4.25 eV`` begins with, None if it begins with none."""
    first = text.split()[:1]
    return number_in(first[0]) if first else None


def leading_numbers(texts: Mapping[str, str]) -> dict[str, float]:
    """Return the numbers that texts begin with, by their keys; without those that begin with none."""
    numbers = {key: leading_number(text) for key, text in texts.items()}
    return {key: number for key, number in numbers.items() if number is not None}


def row_of(line: str, where: object) -> list[float]:
    """Return the numbers of a line in a block of numbers.

    Raises
    ------
    ReadError
        If a field is not a number.
    """
    fields = line.split()
    if _PLAIN.fullmatch(line):
        with suppress(ValueError):
            return [float(field) for field in fields]
    if len(fields) == 1:
        fields = re.split("[,;]", line.strip().rstrip(",;"))
    numbers = [number_in(field.rstrip(",;")) for field in fields]
    if None in numbers:
        raise damaged("a line amid the numbers is not a row", where, repr(line.strip()[:40]), "numbers")
    return [number for number in numbers if number is not None]


def table_of(rows: Sequence[Sequence[float]], least: int, where: object) -> Floats:
    """Return rows of numbers as an array of shape (row, column); raises ReadError if they are of different lengths.

    Parameters
    ----------
    rows
        The numbers.
    least
        How many columns there are at least.
    where
        The file and block, for the message.
    """
    widths = {len(row) for row in rows}
    if len(widths) > 1 or (widths and min(widths) < least):
        raise damaged(
            "rows of numbers differ in length", where, f"{min(widths)} to {max(widths)} columns", f"{least} or more"
        )
    return np.array(rows, dtype=np.float64).reshape(len(rows), max(widths, default=least))


def damaged(what: str, where: object, found: object, wanted: object) -> ReadError:
    """Make the error for a damaged or cut file."""
    return ReadError(what, where=where, found=found, wanted=wanted, todo=_CUT)
