"""Telling users where a text breaks off amid a row of numbers."""

import re
from pathlib import Path

from specquant.notes import Note, NoteKind
from specquant.readers.decoding import is_text, lines_in

_LAST_BYTES = 1 << 14
"""Bytes at the end of a file that are looked at, an even number for UTF-16: a line may have many columns. Chosen."""

_ROWS = 20
"""Rows that the last one is compared with: energies that end in .5 and in .0 are both among them. Chosen."""

_ROW = re.compile(r"[\s,;\"']*[+-]?\.?\d")
_BETWEEN = re.compile(r"[\s,;]+")

_SHOWN = 40
"""Characters of the line that the note shows."""


def broken_end(path: Path) -> Note | None:
    """Return a note if the text of a file breaks off amid a row, else None.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    OSError
        If it cannot be read again.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, (size - _LAST_BYTES) // 2 * 2))
        end = file.read()
    last = broken_row(end)
    if not last:
        return None
    said = f"the file breaks off amid its last row ({last[-_SHOWN:]!r}): is it cut short? Then export it again"
    return Note(NoteKind.WARNING, said, "file")


def broken_row(end: bytes) -> str:
    """Return the last line of a text if it has no line end, and less of a row than all rows before it; else "".

    Parameters
    ----------
    end
        The last bytes of a file.
    """
    if end.endswith((b"\n", b"\r")):
        return ""
    *before, last = lines_in(end)
    rows = before[-_ROWS:]
    if len(rows) < _ROWS or not is_text(last) or not all(map(_ROW.match, (*rows, last))):
        return ""
    fewer = _cells(last) < min(map(_cells, rows))
    return " ".join(last.split()) if fewer or len(last.rstrip()) < min(len(row.rstrip()) for row in rows) else ""


def _cells(row: str) -> int:
    return sum(map(bool, _BETWEEN.split(row)))
