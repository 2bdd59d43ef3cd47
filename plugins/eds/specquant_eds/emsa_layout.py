"""The lines of an EMSA/MAS file (ISO 22029): keywords, then numbers, once or several times in a file.

Described in R. F. Egerton, C. E. Fiori, J. A. Hunt, M. S. Isaacson, E. J. Kirkland, N. J. Zaluzec, Proc. EMSA 49 (1991)
526. Writers put units into keywords (``#BEAMKV   -kV:``) and leave out blanks and ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from specquant.plugin import Floats, ReadError, lines_in
from specquant_eds.headers import number

_KEYWORD = re.compile(r"#+\s*([A-Za-z]\w*)\s*(?:-\s*([^\s:]+))?\s*(?::\s*(.*))?$")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_NUMBERS = ("XPERCHAN", "OFFSET", "BEAMKV", "LIVETIME", "REALTIME", "PROBECUR", "ELEVANGLE")
"""Keywords with numbers that show whether a comma marks decimals."""


@dataclass
class Block:
    """One spectrum's keywords (upper case, first occurrence) and numbers, with the line each row stands in.

    `others` holds what further occurrences of a keyword say that is not what the first says.
    """

    values: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    rows: list[tuple[int, str]] = field(default_factory=list)
    begun: bool = False
    ended: bool = False

    def keyword(self, line: str) -> str:
        """Take in a line of the header; return its keyword, or nothing if it has none."""
        self.lines.append(line)
        match = _KEYWORD.match(line)
        if match is None:
            return ""
        key, text = match[1].upper(), (match[3] or "").strip()
        if key not in self.values:
            self.values[key], self.units[key] = text, match[2] or ""
        elif text != self.values[key]:
            self.others.setdefault(key, []).append(text)
        return key

    def number(self, key: str) -> float | None:
        """Return the number a keyword gives, or None."""
        return number(self.values.get(key, ""))

    def numbers(self, path: Path) -> tuple[Floats, set[int]]:
        """Return all numbers in reading order, shape (number,), and how many there are in a line.

        Raises
        ------
        ReadError
            If something else stands among them, naming the line.
        """
        firsts = (self.values.get(key, "").split(" ")[0] for key in _NUMBERS)
        decimal = any(map(_DECIMAL_COMMA.fullmatch, firsts))
        separator = re.compile(r"[;\s]+" if decimal else r"[,;\s]+")
        values: list[float] = []
        widths: set[int] = set()
        for line_number, line in self.rows:
            tokens = separator.split(line.strip(" ,;\t"))
            row = [_value(token.rstrip(",").replace(",", ".") if decimal else token) for token in tokens]
            if None in row:
                raise ReadError(
                    "a line amid the data is not a row of numbers",
                    where=f"{path}, line {line_number}",
                    found=repr(line[:60]),
                    wanted="numbers, or #ENDOFDATA",
                    todo="Mend the line, or export the spectrum again.",
                )
            values += [value for value in row if value is not None]
            widths.add(len(row))
        return np.array(values, dtype=np.float64), widths


def _value(token: str) -> float | None:
    try:
        return None if "_" in token else float(token.replace("d", "e").replace("D", "e"))
    except ValueError:
        return None


def blocks(data: bytes) -> Iterator[Block]:
    """Yield every spectrum of a file's bytes, as it is cut by ``#SPECTRUM``, ``#ENDOFDATA`` and the next header."""
    block = Block()
    for line_number, raw in enumerate(lines_in(data), start=1):
        line = raw.strip(" \t\f\v\0\x1a\ufeff")
        if not line:
            continue
        if not line.startswith("#"):
            if block.begun and not block.ended:
                block.rows.append((line_number, line))
            continue
        match = _KEYWORD.match(line)
        key = match[1].upper() if match else ""
        if key == "ENDOFDATA":
            block.ended = True
        elif not block.begun:
            block.begun = block.keyword(line) == "SPECTRUM"
        elif key == "FORMAT":
            yield block
            block = Block()
            block.keyword(line)
    yield block
