"""How a table is written as text: what separates its columns, marks decimals and groups thousands."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, islice, zip_longest
from pathlib import Path

import numpy as np

from specquant.errors import ReadError
from specquant.technique import Floats

_PLAIN_CELL = r"[-+]?+(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][-+]?+[0-9]++)?+"
"""A number as Python reads it; nothing in it is tried again, so that long texts are read in linear time."""

_PLAIN = {
    separator: rf"{_PLAIN_CELL}(?:{between}{_PLAIN_CELL})++"
    for separator, between in ((None, "[ \t]++"), ("\t", "[ ]*+\t[ ]*+"), (";", "[ ]*+;[ ]*+"), (",", "[ ]*+,[ ]*+"))
}
"""Lines of which every cell is such a number: nearly all there are, and quick to tell."""

_PLAIN_LINE = {separator: re.compile(rf"[ ]*+{plain}[ ]*+", re.ASCII) for separator, plain in _PLAIN.items()}
"""One such line."""

_PLAIN_LINES = {separator: re.compile(rf"^(?:[ ]*+{plain}[ ]*+$\n?+)++", re.M) for separator, plain in _PLAIN.items()}
"""Many such lines, one after the other."""

_LONGEST_CELL = 64
"""Characters of a number; no program writes as many, and longer digits would take long to turn into a number."""

_SAMPLE_LINES = 400
"""Lines in the middle of a text that show its dialect; chosen: more than a header has, and fast."""

_BLANKS = " \u00a0\u2009\u202f"
"""Signs between thousands that look like a blank: blank, no-break blank, thin blank, narrow no-break blank."""

_POSSIBLE = re.compile(rf"[\s0-9+\-.,;:/'\"\u2019\u2212{_BLANKS}ednaiftyzpm]*", re.I)
"""Lines of signs that numbers, moments, separators and quotes have: no other is a row, quick to tell of a long text."""

_DATE = r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{2}){1,2}"
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\s*(?:Z|[ap]m|[+-][0-9]{2}:?[0-9]{2})?"
MOMENT = re.compile(rf"(?:{_DATE})(?:[T ]\s*{_TIME})?|{_TIME}", re.I)
"""Cells that say when a row was measured: they are no numbers, and hinder none beside them."""

_MIXED_SHARE = 0.02
"""Share of numbers below 1000 in a column from which on a sign before three digits groups thousands: of numbers with
three decimals, one in a thousand ends in three zeros, which some programs leave out. Chosen between."""

Row = list[float | None]
"""Numbers of a line; None for an empty cell."""


@dataclass(frozen=True)
class PlainRows:
    """Rows that are quick to read: the index of the first, their lines, all as long, with as many cells in each."""

    first: int
    lines: Sequence[str]
    length: int
    separator: str | None

    @property
    def last(self) -> int:
        """The index of the line after the last."""
        return self.first + len(self.lines)

    def values(self) -> Floats:
        """Return the numbers, (row, column)."""
        text = " ".join(self.lines)
        cells = (text if self.separator is None else text.replace(self.separator, " ")).split()
        return np.array(list(map(float, cells))).reshape(len(self.lines), self.length)


@dataclass(frozen=True)
class Dialect:
    """What separates columns (None: any white space) and marks decimals, and whether numbers may group thousands."""

    separator: str | None
    decimal: str
    grouped: bool = False

    def cells(self, line: str) -> list[str]:
        """Return what stands in the columns of a line, without quotes."""
        if '"' not in line:
            return [cell.strip() for cell in line.split(self.separator)]
        if self.separator is None:
            line = " ".join(line.split())
        try:
            (cells,) = csv.reader([line], delimiter=self.separator or " ", skipinitialspace=True)
        except (csv.Error, ValueError):
            return []
        return [cell.strip() for cell in cells]

    def numbers(self, line: str) -> Row | None:
        """Return the numbers of a line; None if it is not a row of at least two numbers."""
        if self.separator is not None and self.separator not in line:
            return None
        if self.decimal == "." and len(line) <= _LONGEST_CELL and _PLAIN_LINE[self.separator].fullmatch(line):
            return list(map(float, line.split(self.separator)))
        cells = ["" if MOMENT.fullmatch(cell) else cell for cell in self.cells(line)]
        if sum(map(bool, cells)) < 2:
            return None
        values = [self.number(cell) if cell else None for cell in cells]
        return None if any(value is None and cell for value, cell in zip(values, cells, strict=True)) else values

    def rows(self, lines: Sequence[str]) -> dict[int, Row]:
        """Return the numbers of every line that is a row, by its index, see `numbers`."""
        known: dict[int, Row] = {}
        for first, some in self._plain_lines(lines):
            known.update(enumerate([list(map(float, line.split(self.separator))) for line in some], first))
        rows = ((index, known.get(index) or self.numbers(line)) for index, line in enumerate(lines))
        return {index: row for index, row in rows if row is not None}

    def plain_rows(self, lines: Sequence[str]) -> PlainRows | None:
        """Return all rows of lines, if they are quick to read, of one length, and stand together; None if not.

        Parameters
        ----------
        lines
            Lines of a text.
        """
        runs = list(islice(self._plain_lines(lines), 2))
        if len(runs) != 1:
            return None
        ((first, some),) = runs
        lengths = {line.count(self.separator) + 1 if self.separator else len(line.split()) for line in some}
        others = chain(islice(lines, first), islice(lines, first + len(some), None))
        if len(lengths) > 1 or any(self.numbers(line) is not None for line in others):
            return None
        return PlainRows(first, some, lengths.pop(), self.separator)

    def _plain_lines(self, lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield runs of lines that are quick to read, each with the index of its first line."""
        text, first, seen = "\n".join(lines), 0, 0
        for match in _PLAIN_LINES[self.separator].finditer(text) if self.decimal == "." else ():
            first, seen = first + text.count("\n", seen, match.start()), match.start()
            some = match.group().removesuffix("\n").split("\n")
            if max(map(len, some)) <= _LONGEST_CELL:
                yield first, some

    def number(self, cell: str) -> float | None:
        """Return the number that is all of a cell, None if it is something else or too long."""
        if len(cell) > _LONGEST_CELL:
            return None
        text = cell.replace("\u2212", "-")
        if _number(self.decimal).fullmatch(text):
            return float(text.replace(self.decimal, ".").replace("d", "e").replace("D", "e"))
        if self.grouped and _groups(self.decimal).fullmatch(text):
            digits = "".join(sign for sign in text if sign.isdigit() or sign in "+-" or sign == self.decimal)
            return float(digits.replace(self.decimal, "."))
        return None


@cache
def _number(decimal: str) -> re.Pattern[str]:
    """Return what matches a number without groups, with exponents as C and Fortran write them."""
    mark = re.escape(decimal)
    return re.compile(rf"[+-]?([0-9]+{mark}?[0-9]*|{mark}[0-9]+)([eEdD][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.I)


@cache
def _groups(decimal: str) -> re.Pattern[str]:
    """Return what matches a number with one sign between all its thousands."""
    signs = f"['\u2019{_BLANKS}{',' if decimal == '.' else '.'}]"
    more = rf"(?P<sign>{signs})[0-9]{{3}}((?P=sign)[0-9]{{3}})*"
    return re.compile(rf"[+-]?[1-9][0-9]{{0,2}}{more}({re.escape(decimal)}[0-9]*)?")


DIALECTS = (
    Dialect("\t", "."),
    Dialect(";", "."),
    Dialect(",", "."),
    Dialect(None, "."),
    Dialect("\t", ","),
    Dialect(";", ","),
    Dialect(None, ","),
    Dialect(",", ","),
)
"""Ways to write a table without grouped thousands; of those that read the same rows the first is taken."""

_GROUPED = tuple(replace(dialect, grouped=True) for dialect in DIALECTS if dialect.separator is not None)
"""The same with grouped thousands, where a sign between columns tells them from groups."""


def dialect_of(lines: Sequence[str], path: Path) -> Dialect | None:
    """Return the dialect that makes the most rows of equal length of a text; None if none makes any.

    Raises
    ------
    ReadError
        If numbers such as ``1,234`` may mean a thousand and more, or one and a part, and nothing in the text says so.
    """
    start = max(0, (len(lines) - _SAMPLE_LINES) // 2)
    for sample in (lines[start : start + _SAMPLE_LINES], lines):
        plainly = _plainly(sample)
        if plainly is not None:
            return _with_groups(plainly, lines, path)
        possible = [line for line in sample if _POSSIBLE.fullmatch(line)]
        plain, rows = _best(DIALECTS, possible)
        if plain is None or rows < sum(bool(line.strip()) for line in sample):
            grouped, more = _best(_GROUPED, possible)
            plain = grouped if more > rows else plain
        if plain is not None:
            return _with_groups(plain, lines, path)
    return None


def _plainly(lines: Sequence[str]) -> Dialect | None:
    """Return the dialect in which every line that is not blank is plainly a row; None if there is none.

    No other reads as many: in each, a sign separates columns that stands in no number, and in no line of another.
    """
    row = next(filter(str.strip, lines), "")
    for dialect in DIALECTS:
        if dialect.decimal == "." and dialect.separator is not None and dialect.separator in row:
            rows = dialect.plain_rows(lines)
            if rows is not None and not any(line.strip() for line in (*lines[: rows.first], *lines[rows.last :])):
                return dialect
    return None


def _best(dialects: Sequence[Dialect], lines: Sequence[str]) -> tuple[Dialect | None, int]:
    """Return the dialect that reads the most rows of one length, the first of equals, and how many those are."""
    best, most = None, 0
    every = sum(bool(line.strip()) for line in lines)
    for dialect in dialects:
        if 0 < every == most:
            break  # no other reads more
        widths = Counter(map(len, dialect.rows(lines).values()))
        rows = max(widths.values(), default=0)
        if rows > most:
            best, most = dialect, rows
    return best, most


def _with_groups(dialect: Dialect, lines: Sequence[str], path: Path) -> Dialect:
    """Return the dialect as all lines together show it: whether a point or comma before three digits is a decimal's."""
    if dialect.separator is None:
        return dialect
    for mark in ".,":
        rows = (dialect.cells(line) for line in lines if mark in line)
        if any(_is_decimal(cell, mark) for row in rows for cell in row):
            return replace(dialect, decimal=mark, grouped=True)
    for mark, other in ((",", "."), (".", ",")):
        cells = [cell for line in lines if mark in line for cell in dialect.cells(line)]
        if not any(mark in cell and _groups(other).fullmatch(cell) for cell in cells):
            continue
        columns = list(zip_longest(*map(dialect.cells, lines), fillvalue=""))
        if dialect.separator == mark or any(_mixed(column, mark, other) for column in columns):
            return replace(dialect, decimal=other, grouped=True)
        if mark == ",":
            raise _ambiguous(lines, cells, path)
        break
    return replace(dialect, decimal=".", grouped=True)


def _is_decimal(cell: str, mark: str) -> bool:
    """Say whether a sign in a number can only mark its decimals."""
    if mark not in cell or not _number(mark).fullmatch(cell):
        return False
    other = "," if mark == "." else "."
    return not _groups(other).fullmatch(cell)


def _mixed(column: Sequence[str], mark: str, other: str) -> bool:
    """Say whether a column has numbers below 1000 without the sign, and above only with it."""
    grouped = [cell for cell in column if mark in cell and _groups(other).fullmatch(cell)]
    bare = [cell for cell in column if cell.isdecimal()]
    if not grouped or len(bare) < _MIXED_SHARE * len(grouped):
        return False
    return all(len(cell) <= 3 for cell in bare)


def _ambiguous(lines: Sequence[str], cells: Sequence[str], path: Path) -> ReadError:
    cell = next(cell for cell in cells if "," in cell and _groups(".").fullmatch(cell))
    number = next(number for number, line in enumerate(lines, start=1) if cell in line)
    return ReadError(
        "a comma may mark decimals or thousands",
        where=f"{path}, line {number}",
        found=cell,
        wanted="numbers that can be read in one way",
        todo="Write the table without commas between thousands.",
    )
