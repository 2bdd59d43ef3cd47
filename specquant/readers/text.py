"""Reading spectra written as columns of text, in the many ways people write them."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ReadError
from specquant.technique import RawSpectrum, Reader

_COMMENT = "#%!;/'\"*"
"""Signs with which lines of comment begin."""

_LINE_END = re.compile(r"(?<!\r)\r*\n|\r")
"""Any line end, CR CR LF as one; the look behind keeps long runs of CR linear in time."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
"""A number with a decimal point, with exponents as C and Fortran write them."""

_PLAIN = {
    separator: re.compile(rf"\s*[-+.0-9eE]+(?:[ ]*{between}[ ]*[-+.0-9eE]+)+\s*", re.ASCII)
    for separator, between in ((None, "[ \t]"), ("\t", "\t"), (";", ";"), (",", ","))
}
"""Lines of which every field is a number if Python reads it as one: nearly all there are, and quick to tell."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Signs that no text holds."""

_SAMPLE_LINES = 400
"""Lines in the middle of a text that show its dialect; chosen: more than a header has, and fast."""

_LONGEST_FIELD = 64
"""Characters of a number; no program writes as many, and longer digits would take long to turn into a number."""

_EVENNESS = 1e-3
"""Share of a step by which a second column may leave the first, to be the same energy on another scale; chosen."""

_ROUNDING = 0.011
"""The same in eV, where energies were rounded: both columns to two decimals."""


@dataclass(frozen=True)
class _Dialect:
    """What separates columns (None: any white space) and marks decimals."""

    separator: str | None
    decimal: str

    def fields(self, line: str) -> list[str]:
        fields = [field.strip().strip('"').strip() for field in line.split(self.separator)]
        while len(fields) > 2 and not fields[-1]:
            fields.pop()
        return fields

    def numbers(self, line: str) -> list[float] | None:
        """Return the line's numbers, or None if it is not a row of at least two."""
        if self.separator is not None and self.separator not in line:
            return None
        if self.decimal == "." and len(line) <= _LONGEST_FIELD and _PLAIN[self.separator].fullmatch(line):
            try:
                return [float(field) for field in line.split(self.separator)]
            except ValueError:
                return None
        fields = self.fields(line)
        if len(fields) < 2:
            return None
        numbers = []
        for field in fields:
            number = field if self.decimal == "." else _point(field)
            if len(number) > _LONGEST_FIELD or not _NUMBER.fullmatch(number):
                return None
            numbers.append(float(number.replace("d", "e").replace("D", "e")))
        return numbers


def _point(field: str) -> str:
    return "?" if "." in field else field.replace(",", ".")


_DIALECTS = (
    _Dialect("\t", "."),
    _Dialect(";", "."),
    _Dialect(",", "."),
    _Dialect(None, "."),
    _Dialect("\t", ","),
    _Dialect(";", ","),
    _Dialect(None, ","),
)
"""Ways to write a table; of those that read the same rows the first is taken."""


@dataclass(frozen=True)
class _Table:
    """The numbers of a text, and the lines around them."""

    values: NDArray[np.float64]
    header: list[str]
    columns: list[str]


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are text; whether it holds a spectrum is seen when it is read."""
    text = _decoded(head)
    return bool(text.strip()) and _CONTROL.search(text) is None


def read(path: Path) -> list[RawSpectrum]:
    """Read the first column as energy in eV and the second as intensity.

    A second column that runs evenly with the first is the same energy on another scale, and the third is the
    intensity. The header holds under ``header`` the lines before the numbers, under ``columns`` the column titles.

    Raises
    ------
    ReadError
        If the text is not a table of numbers, naming the line.
    """
    try:
        lines = lines_in(path.read_bytes())
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    table = _table(lines, path)
    intensity = _intensity_column(table.values)
    header: dict[str, object] = {"format": "text", "header": table.header, "columns": table.columns}
    if table.values.shape[1] > 2:
        header["intensity_column"] = intensity + 1
    energy, counts = table.values[:, 0].copy(), table.values[:, intensity].copy()
    return [RawSpectrum(path.stem, energy, counts, header=header)]


def lines_in(data: bytes) -> list[str]:
    """Return bytes as lines of text: UTF-8 or UTF-16 with or without a mark, else Latin-1; any line ends."""
    text = _decoded(data).replace("\r\n", "\n")
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if len(data) > 3 and data[1:64:2].count(0) > len(data[1:64:2]) // 2:
        return data.decode("utf-16-le", errors="replace")
    if len(data) > 3 and data[0:64:2].count(0) > len(data[0:64:2]) // 2:
        return data.decode("utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1").removeprefix("\xef\xbb\xbf")


def _dialect(lines: list[str]) -> _Dialect | None:
    """Return the dialect that makes the most rows of the middle of the text; the first of equals."""
    start = max(0, (len(lines) - _SAMPLE_LINES) // 2)
    for sample in (lines[start : start + _SAMPLE_LINES], lines):
        written = sum(bool(line.strip()) for line in sample)
        best, most = None, 0
        for dialect in _DIALECTS:
            rows = sum(dialect.numbers(line) is not None for line in sample)
            if rows > most:
                best, most = dialect, rows
            if most == written:
                break
        if best is not None:
            return best
    return None


def _table(lines: list[str], path: Path) -> _Table:
    dialect = _dialect(lines)
    if dialect is None:
        shown = next((line.strip() for line in lines if line.strip()), "")
        raise ReadError(
            "is text, but no spectrum",
            where=path,
            found=f"no line with two numbers; the first line is {shown[:60]!r}",
            wanted="columns of energy and intensity",
            todo="Export it as two-column text.",
        )
    rows = {index: row for index, line in enumerate(lines) if (row := dialect.numbers(line)) is not None}
    width = Counter(map(len, rows.values())).most_common(1)[0][0]
    inside = [index for index, row in rows.items() if len(row) == width]
    _check_gaps(lines, inside, width, path)
    header = [line.strip() for line in lines[: inside[0]] if line.strip()]
    values = np.array([rows[index] for index in inside], dtype=np.float64)
    return _Table(values, header, _columns(header, dialect, width))


def _check_gaps(lines: list[str], inside: list[int], width: int, path: Path) -> None:
    """Refuse a line between rows that is neither blank nor a comment."""
    for before, after in pairwise(inside):
        for index in range(before + 1, after):
            line = lines[index].strip()
            if line and line[0] not in _COMMENT:
                raise ReadError(
                    "a line amid the numbers is not a row of the table",
                    where=f"{path}, line {index + 1}",
                    found=repr(line[:60]),
                    wanted=f"{width} numbers",
                    todo="Mend the line, or give each table its own file.",
                )


def _columns(header: list[str], dialect: _Dialect, width: int) -> list[str]:
    """Return the titles in the last header line, if it has one per column."""
    if not header:
        return []
    line = header[-1].lstrip(_COMMENT.replace('"', "").replace("'", "")).strip()
    for way in (dialect, *_DIALECTS):
        titles = way.fields(line)
        if len(titles) == width and not any(_NUMBER.fullmatch(title) for title in titles):
            return titles
    return []


def _intensity_column(values: NDArray[np.float64]) -> int:
    if values.shape[1] < 3 or len(values) < 3 or not np.isfinite(values[:, :2]).all():
        return 1
    first, second = values[:, 0], values[:, 1]
    evenness = _EVENNESS * np.abs(np.diff(first)).mean()
    spread = min(np.ptp(second - first), np.ptp(second + first))
    return 2 if evenness > 0 and spread < max(evenness, _ROUNDING) else 1


TEXT_READER = Reader("text", (".csv", ".tsv", ".txt", ".dat", ".asc", ".xy"), sniff, read)
