"""Columns of words in a table: comments, flags, dates with names of months. They hinder no number beside them."""

import re
from collections import Counter
from collections.abc import Sequence

from specquant.readers.dialects import DIALECTS, MOMENT, Dialect

_MARK = "0:00"
"""What stands for a word in a line that is read for its numbers: a time, which is passed over."""

_FEWEST = 10
"""Lines, or columns, of which a table with words has as many at least: as one without. Chosen."""

_SHOWN = 60
"""Characters of a line that a message shows."""

_TWO_NUMBERS = re.compile(r"[0-9][^0-9.]+\.?[0-9]")
"""What a line has that may hold two numbers, whatever else stands in it."""


def marked(lines: Sequence[str]) -> list[str] | None:
    """Return lines in which every word of a column of words is marked; None if no such column stands beside numbers.

    Parameters
    ----------
    lines
        Lines of a text.
    """
    best: dict[int, str] = {}
    for dialect in DIALECTS:
        others = _marked(lines, dialect)
        best = others if len(others) > len(best) else best
    return [best.get(index, line) for index, line in enumerate(lines)] if best else None


def kind_of(cell: str) -> str:
    """Return what stands in a column that is passed over, by one of its cells."""
    return "dates or times" if MOMENT.fullmatch(cell) else "words"


def telling_line(lines: Sequence[str]) -> str:
    """Return in words the line that shows how a text is written: the first with two numbers, else the first with any.

    Parameters
    ----------
    lines
        Lines of a text.
    """
    written = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    number, line = next((one for one in written if _TWO_NUMBERS.search(one[1])), written[0] if written else (1, ""))
    return f"line {number} is {line[:_SHOWN]!r}"


def _marked(lines: Sequence[str], dialect: Dialect) -> dict[int, str]:
    """Return the lines of a table with words, by index, their words marked, if this is its dialect."""
    rows: dict[int, list[str]] = {}
    for index, line in enumerate(lines):
        cells = dialect.cells(line)
        if len(cells) > 2 and sum(dialect.number(cell) is not None for cell in cells) > 1:
            rows[index] = cells
    kinds = Counter(tuple(bool(cell) and dialect.number(cell) is None for cell in cells) for cells in rows.values())
    words, times = kinds.most_common(1)[0] if kinds else ((), 0)
    if not any(words) or max(times, len(words)) < _FEWEST or times < 2:
        return {}
    between = dialect.separator or "\t"
    return {
        index: between.join(_MARK if is_word else cell for cell, is_word in zip(cells, words, strict=True))
        for index, cells in rows.items()
        if len(cells) == len(words)
    }
