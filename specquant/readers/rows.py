"""The table in a text: its rows of numbers, the lines around them, and the titles over its columns."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ReadError
from specquant.notes import Note, NoteKind
from specquant.readers.dialects import DIALECTS, Dialect, Row, dialect_of
from specquant.readers.words import kind_of, marked, telling_line
from specquant.technique import Floats

_COMMENT = "#%!;/*"
"""Signs with which lines of comment begin, unless such a line is a row."""

_FEWEST_ROWS = 10
"""Rows of equal length that are a table of their own; fewer before or after it are numbers of its header. Chosen, as
spectra of fewer points are refused."""

_HEADER_ROWS = 2
"""Rows of another length right above the numbers that are of the header, such as range, step and number of points."""

_TITLE_LINES = 3
"""Lines above the numbers in which titles, units and names of columns may stand."""

_ALONE = re.compile(r"\s*[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?\s*[,;]?\s*")
"""Lines of one number."""

_BETWEEN = re.compile(r"[;,\t |]+")
"""What may stand between numbers, however they are written."""

_SHOWN = 60
"""Characters of a line that a message shows."""


@dataclass(frozen=True)
class Table:
    """The numbers of a text, with what stands around them.

    Parameters
    ----------
    values
        Numbers, (row, column); NaN where a cell is empty.
    empty
        Which cells are empty, (row, column).
    titles
        One for each column, maybe empty.
    numbers
        The number of each column in the file, counted from 1, as columns without numbers are left out.
    header
        The lines before the numbers.
    notes
        What was not read.
    first
        Number of the line of the first row, counted from 1.
    """

    values: Floats
    empty: NDArray[np.bool_]
    titles: tuple[str, ...]
    numbers: tuple[int, ...]
    header: list[str]
    notes: tuple[Note, ...]
    first: int


def table_in(lines: Sequence[str], path: Path) -> Table:
    """Return the table of a text.

    Parameters
    ----------
    lines
        Lines of a text file.
    path
        The file, for the message.

    Raises
    ------
    ReadError
        If there is none, a line amid the numbers is not a row, or rows differ in length; it names the line.
    """
    written, dialect = lines, dialect_of(lines, path)
    if dialect is None or not _has_rows(lines, dialect):
        with_marks = marked(lines)
        if with_marks is not None:
            lines, dialect = with_marks, dialect_of(with_marks, path)
    if dialect is None:
        _check_pairs(lines, 0, path)
        raise _no_table(lines, path)
    inside, values, empty = _numbers(lines, dialect, path)
    width = values.shape[1]
    if len(values) < _FEWEST_ROWS <= width:
        raise ReadError(
            "is a table on its side",
            where=path,
            found=f"{len(values)} rows of {width} numbers",
            wanted="a row for every energy",
            todo="Exchange its rows and columns.",
        )
    seen = np.array([index for index in range(width) if not empty[:, index].all() or width == 2])
    header = [line.strip() for line in written[: inside[0]] if line.strip()]
    titles = _titles(header, dialect, width)
    named = tuple(titles[index] for index in seen) if titles else ()
    unseen = [index for index in range(width) if index not in seen]
    notes = (*_notes(lines, inside), *_of_words(dialect.cells(written[inside[0]]), unseen, titles))
    return Table(values[:, seen], empty[:, seen], named, tuple((seen + 1).tolist()), header, notes, inside[0] + 1)


def _has_rows(lines: Sequence[str], dialect: Dialect) -> bool:
    """Say whether as many lines as a table has are rows."""
    rows = (line for line in lines if dialect.numbers(line) is not None)
    return sum(1 for _ in islice(rows, _FEWEST_ROWS)) == _FEWEST_ROWS


def _no_table(lines: Sequence[str], path: Path) -> ReadError:
    return ReadError(
        "is text, but no spectrum",
        where=path,
        found=f"no line of two numbers alone; {telling_line(lines)}",
        wanted="columns of energy and intensity",
        todo="Export it as two-column text.",
    )


def _of_words(cells: Sequence[str], unseen: Sequence[int], titles: Sequence[str]) -> Iterator[Note]:
    """Yield a note on the columns that hold no numbers, by the cells of one row."""
    texts = [
        f"column {index + 1} {titles[index] if titles else ''!r} ({kind_of(cells[index])})"
        for index in unseen
        if index < len(cells) and cells[index]
    ]
    if texts:
        yield Note(NoteKind.LEFT_OUT, "; ".join(texts), "file")


def _numbers(lines: Sequence[str], dialect: Dialect, path: Path) -> tuple[Sequence[int], Floats, NDArray[np.bool_]]:
    """Return the indices of the lines that are the table, its numbers, and which cells are empty, (row, column)."""
    plain = dialect.plain_rows(lines)
    if plain is not None:
        _check_pairs(lines, len(plain.lines), path)
        _check_beside(lines, range(plain.first, plain.last), path)
        values = plain.values()
        return range(plain.first, plain.last), values, np.zeros(values.shape, dtype=bool)
    rows = dialect.rows(lines)
    _check_pairs(lines, len(rows), path)
    inside, width = _inside(lines, rows, path)
    _check_beside(lines, inside, path)
    padded = [rows[index] + [None] * (width - len(rows[index])) for index in inside]
    empty = np.array([[value is None for value in row] for row in padded])
    return inside, np.array(padded, dtype=np.float64), empty  # None becomes NaN


def _check_pairs(lines: Sequence[str], rows: int, path: Path) -> None:
    """Refuse a text in which nearly all numbers stand alone: counts, without energies."""
    if rows >= _FEWEST_ROWS:
        return
    alone = sum(1 for line in lines if _ALONE.fullmatch(line))
    if alone >= _FEWEST_ROWS and alone > rows:
        raise ReadError(
            "has no energies",
            where=path,
            found=f"{alone} lines with one number each",
            wanted="columns of energy and intensity",
            todo="Export it with its energies, or put the energy of every channel before its counts.",
        )


def _check_beside(lines: Sequence[str], inside: Sequence[int], path: Path) -> None:
    """Refuse a text with lines right above or below the table that look like its rows, and cannot be read."""
    above, below = range(inside[0] - 1, -1, -1), range(inside[-1] + 1, len(lines))
    for beside in (above, below):
        alike = list(islice(takewhile(lambda index: _is_like_row(lines[index]), beside), _FEWEST_ROWS))
        if len(alike) == _FEWEST_ROWS:
            raise ReadError(
                "a line beside the table looks like a row, and is none",
                where=f"{path}, line {alike[0] + 1}",
                found=repr(lines[alike[0]].strip()[:_SHOWN]),
                wanted="numbers that are written as those of the table",
                todo="Write all numbers in one way.",
            )


def _is_like_row(line: str) -> bool:
    """Say whether a line begins with a number, has another one, and no letters."""
    text = line.strip()[: 2 * _SHOWN]
    if not text or text[0] not in "0123456789+-'\"" or any(map(str.isalpha, text)):
        return False
    return sum(any(map(str.isdigit, part)) for part in _BETWEEN.split(text)) > 1


def _inside(lines: Sequence[str], rows: Mapping[int, Row], path: Path) -> tuple[list[int], int]:
    """Return the indices of the lines that are the table, and how many columns it has.

    It is the longest run of rows that only blank lines and comments part. Rows may become shorter towards the end, as
    those of samples side by side do, never longer; a few longer ones above it are of the header.
    """
    every = list(rows)
    if every[-1] - every[0] == len(every) - 1 and len(lengths := set(map(len, rows.values()))) == 1:
        return every, lengths.pop()
    runs: list[list[int]] = []
    before = -1
    for index in rows:
        parted = _is_parted(lines, before, index)
        longer = before >= 0 and len(rows[index]) > len(rows[before])
        if before < 0 or parted or longer:
            runs.append([])
        runs[-1].append(index)
        before = index
    table = max(runs, key=len)
    widths = Counter(len(rows[index]) for index in table)
    width = max((width for width, times in widths.items() if times >= _FEWEST_ROWS), default=max(widths))
    inside = [index for index in table if len(rows[index]) <= width]
    for run in runs:
        above = run[0] < inside[0] and len(run) > _HEADER_ROWS and not _is_parted(lines, run[-1], inside[0])
        same = any(len(rows[index]) == width for index in run)
        if run is not table and (len(run) >= _FEWEST_ROWS or above or same):
            raise _parted(lines, run, inside, width, path)
    return inside, width


def _is_parted(lines: Sequence[str], before: int, index: int) -> bool:
    """Say whether text stands between two rows."""
    return index > before + 1 and any(map(_is_text, lines[before + 1 : index]))


def _parted(lines: Sequence[str], run: list[int], inside: list[int], width: int, path: Path) -> ReadError:
    """Return the error for rows apart from the table: about the line that parts them, or the row that is longer."""
    between = range(run[-1] + 1, inside[0]) if run[0] < inside[0] else range(inside[-1] + 1, run[0])
    index = next((index for index in between if _is_text(lines[index])), max(run[0], inside[0]))
    return ReadError(
        "a line amid the numbers is not a row of the table",
        where=f"{path}, line {index + 1}",
        found=repr(lines[index].strip()[:_SHOWN]),
        wanted=f"{width} numbers",
        todo="Mend the line, or give each table its own file.",
    )


def _is_text(line: str) -> bool:
    text = line.strip("\x1a \t\r\f\v")
    return bool(text) and text[0] not in _COMMENT


def _notes(lines: Sequence[str], inside: Sequence[int]) -> Iterator[Note]:
    """Yield what was passed over: comments amid the numbers, lines after them."""
    table = set(inside)
    comments = [index for index in range(inside[0], inside[-1]) if index not in table and lines[index].strip()]
    after = [index for index in range(inside[-1] + 1, len(lines)) if lines[index].strip("\x1a \t\r\f\v,;")]
    for indices, what in ((comments, "of comment amid the numbers"), (after, "after the numbers")):
        if indices:
            text = f"{len(indices)} line{'s' * (len(indices) > 1)} {what}, from line {indices[0] + 1} on"
            yield Note(NoteKind.LEFT_OUT, text, "file")


def _titles(header: Sequence[str], dialect: Dialect, width: int) -> list[str]:
    """Return the titles over the columns: the last line of the header, joined to such lines above it."""
    for way in (dialect, *DIALECTS):
        lines = [_title_cells(line, way, width) for line in header[-_TITLE_LINES:]]
        if lines and lines[-1]:
            last = next((at for at, line in reversed(list(enumerate(lines))) if not line), -1)
            return [" ".join(filter(None, words)) for words in zip(*lines[last + 1 :], strict=True)]
    return []


def _title_cells(line: str, dialect: Dialect, width: int) -> list[str]:
    """Return the cells of a line of titles; nothing if there are not as many as columns, or one is a number."""
    cells = dialect.cells(line.lstrip(_COMMENT).strip(" " if dialect.separator == "\t" else None))
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    numbers = [dialect.number(cell) is not None for cell in cells]
    named = width > 2 and cells[:1] != [""] and numbers[:1] == [False] and all(numbers[1:])  # energy, 1, 2, 3
    good = len(cells) == width and any(cells) and (named or not any(numbers))
    return cells if good else []
