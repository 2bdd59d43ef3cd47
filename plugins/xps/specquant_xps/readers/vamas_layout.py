"""The layout of VAMAS files: lines with a cursor over them, and the forty parameters of a block."""

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from specquant.plugin import Floats, ReadError, decoded
from specquant_xps.readers.lines import number_in

EXPERIMENT_MODES = ("MAP", "MAPDP", "MAPSV", "MAPSVDP", "NORM", "NOEXP", "SDP", "SDPSV", "SEM")
SCAN_MODES = ("REGULAR", "IRREGULAR", "MAPPING")

_INTEGER = re.compile(r"([+-]?\d{1,12})([.,]0*)?", re.ASCII)
_MAPS = frozenset({"MAP", "MAPDP"})
_LINESCANS = frozenset({"MAPSV", "MAPSVDP", "SEM"})
_PROFILES = frozenset({"MAPDP", "MAPSVDP", "SDP", "SDPSV"})
_ION_TECHNIQUES = frozenset(
    {"FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS", "SNMS energy spec"}
)
_ELECTRON_TECHNIQUES = frozenset({"AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF"})


_PADDING = "\x1a\0 \t\r"
"""Signs at the end of a file that say nothing."""


class Cursor:
    """The lines of a file, read one after the other; every complaint names the line."""

    def __init__(self, data: bytes, path: Path) -> None:
        text = decoded(data)
        self._lines = text.split("\n" if "\n" in text else "\r")
        self._path = path
        self._at = 0
        self.part = "file header"

    @property
    def left(self) -> int:
        """Number of lines not read yet."""
        return len(self._lines) - self._at

    def error(self, what: str, found: object, wanted: object, line: int | None = None) -> ReadError:
        """Make the error for the line read last, or for the one given."""
        number = self._at if line is None else line
        todo = "The file is damaged or cut short; export it again."
        return ReadError(
            what, where=f"{self._path}, line {number} ({self.part})", found=found, wanted=wanted, todo=todo
        )

    @property
    def written(self) -> int:
        """Number of lines not read yet that are not blank."""
        return sum(1 for line in self._lines[self._at :] if line.strip(_PADDING))

    def ahead(self) -> str:
        """Return the next line that is not blank, which stays to be read; "" at the end."""
        self.skip_blank()
        return self._lines[self._at].strip() if self.left else ""

    def skip_blank(self) -> None:
        """Skip blank lines."""
        while self.left and not self._lines[self._at].strip():
            self._at += 1

    def text(self, what: str) -> str:
        """Read a line."""
        if not self.left:
            raise self.error("file ends too early", "the end of the file", what, len(self._lines))
        self._at += 1
        return self._lines[self._at - 1].strip()

    def limited(self, number: int, what: str) -> int:
        """Return the number if that many lines are left."""
        if number > self.left:
            raise self.error(f"claims {number} {what}", f"{self.left} lines to the end of the file", f"{number} lines")
        return number

    def skip(self, number: int, what: str) -> None:
        """Skip lines."""
        self._at += self.limited(number, what)

    def texts(self, number: int, what: str) -> list[str]:
        """Read lines."""
        return [self.text(what) for _ in range(self.limited(number, what))]

    def integer(self, what: str) -> int:
        """Read a whole number."""
        line = self.text(what)
        match = _INTEGER.fullmatch(line)
        if not match:
            raise self.error(f"{what} is not a whole number", repr(line[:40]), "a whole number")
        return int(match[1])

    def count(self, what: str) -> int:
        """Read a number of things that follow, each at least a line."""
        number = self.integer(what)
        if number < 0:
            raise self.error(f"{what} is negative", number, "0 or more")
        return self.limited(number, what.removeprefix("number of "))

    def choice(self, what: str, words: Sequence[str]) -> str:
        """Read one of some words."""
        line = self.text(what).upper()
        if line not in words:
            raise self.error(f"unknown {what}", repr(line[:40]), f"one of {', '.join(words)}")
        return line

    def numbers(self, number: int, what: str) -> Floats:
        """Read numbers, one per line."""
        start = self._at
        lines = self._lines[start : start + self.limited(number, what)]
        self._at += number
        with suppress(ValueError):
            return np.array([float(line) for line in lines], dtype=np.float64)
        values = np.empty(number)
        for offset, line in enumerate(lines):
            value = number_in(line)
            if value is None:
                raise self.error(f"{what} is not a number", repr(line.strip()[:40]), "a number", start + offset + 1)
            values[offset] = value
        return values

    def check_end(self) -> None:
        """Refuse a file that stops within its last number: no line end after it."""
        if not self.left:
            raise self.error("file ends in its last line", repr(self._lines[-1][:40]), "a line end after it")


@dataclass(frozen=True)
class Layout:
    """What the file header says about the blocks.

    `included` numbers the block parameters that later blocks give; the others are as in the first block.
    `first_complete` says that the first block gives all of them, as the standard has it.
    """

    mode: str
    scan: str
    variables: tuple[str, ...]
    included: frozenset[int]
    upgrades: int
    first_complete: bool


VARIABLE = "variable "
"""What the names of experimental variables begin with among the fields of a block."""


@dataclass(frozen=True)
class Block:
    """One block: its header lines by name, and its data."""

    fields: dict[str, str]
    ordinates: tuple[str, ...] = ()
    energy: Floats = field(default_factory=lambda: np.empty(0))
    counts: Floats = field(default_factory=lambda: np.empty(0))
    abscissa: str = ""
    transmission: Floats = field(default_factory=lambda: np.empty(0))
    units: tuple[str, ...] = ()
    """Of the ordinates."""
    counted: int = 0
    """Index of the ordinate that is the counts."""
    left_out: tuple[str, ...] = ()
    """Labels of ordinates that are neither counts, energy nor transmission."""

    def text(self, name: str) -> str:
        """Return a header line, empty if the file does not give it."""
        return self.fields.get(name, "")

    def number(self, name: str) -> float:
        """Return a header line as a number, NaN if it is something else."""
        number = number_in(self.fields.get(name, ""))
        return math.nan if number is None else number

    def with_data(self, energy: Floats, counts: Floats, abscissa: str, transmission: Floats) -> "Block":
        """Return the block with its data."""
        return replace(self, energy=energy, counts=counts, abscissa=abscissa, transmission=transmission)

    def ordered(self, counted: int, left_out: Sequence[str]) -> "Block":
        """Return the block with which of its ordinates is the counts, and which are left out."""
        return replace(self, counted=counted, left_out=tuple(left_out))


_PARAMETERS: tuple[tuple[int, tuple[str, ...]], ...] = (
    *((number, (f"date {number}",)) for number in range(1, 8)),
    (8, ()),
    (9, ("technique",)),
    (10, ("x", "y")),
    (11, ()),
    (12, ("source",)),
    (13, ("ion atomic number", "ion atoms", "ion charge")),
    (14, ("photon energy",)),
    (15, ("source strength",)),
    (16, ("beam width x", "beam width y")),
    (17, ("field of view x", "field of view y")),
    (18, tuple(f"linescan {number}" for number in range(6))),
    (19, ("source polar angle",)),
    (20, ("source azimuth",)),
    (21, ("analyser mode",)),
    (22, ("pass energy",)),
    (23, ("differential width",)),
    (24, ("magnification",)),
    (25, ("work function",)),
    (26, ("target bias",)),
    (27, ("analysis width x", "analysis width y")),
    (28, ("take-off polar angle", "take-off azimuth")),
    (29, ("species",)),
    (30, ("transition", "particle charge")),
    (31, ("abscissa label", "abscissa unit", "abscissa start", "abscissa increment")),
    (32, ()),
    (33, ("signal mode",)),
    (34, ("collection time",)),
    (35, ("scans",)),
    (36, ("time correction",)),
    (37, tuple(f"sputtering {number}" for number in range(7))),
    (38, ("tilt", "tilt azimuth")),
    (39, ("rotation",)),
    (40, ()),
)
"""Number of a block parameter in the standard, and names of its lines. `_present` says when it is there; 8, 11, 32 and
40 are lists."""


def _present(number: int, layout: Layout, technique: str) -> bool:
    """Say whether a parameter exists in this kind of experiment."""
    return {
        10: layout.mode in _MAPS,
        13: layout.mode in _PROFILES or technique in _ION_TECHNIQUES,
        17: layout.mode in _MAPS | _LINESCANS,
        18: layout.mode in _LINESCANS,
        23: technique == "AES diff",
        31: layout.scan == "REGULAR",
        37: layout.mode in _PROFILES and technique in _ELECTRON_TECHNIQUES,
    }.get(number, True)


def read_block_header(cursor: Cursor, layout: Layout, first: Block | None) -> Block:
    """Read the lines of a block up to its data; what it leaves out is as in the first block."""
    fields = dict(first.fields) if first else {}
    ordinates, units = (first.ordinates, first.units) if first else ((), ())
    fields["block"] = cursor.text("block identifier")
    fields["sample"] = cursor.text("sample identifier")
    complete = first is None and layout.first_complete
    for number, names in _PARAMETERS:
        if not (complete or number in layout.included) or not _present(number, layout, fields.get("technique", "")):
            continue
        for name in names:
            fields[name] = cursor.text(name)
        if number == 8:
            fields["comment"] = "\n".join(cursor.texts(cursor.count("number of block comment lines"), "comment line"))
        elif number == 11:
            for name in layout.variables:
                fields[VARIABLE + name] = cursor.text("value of an experimental variable")
        elif number == 31:
            _check_abscissa(cursor, fields)
        elif number == 32:
            ordinates, units = _ordinates(cursor)
        elif number == 40:
            cursor.skip(3 * cursor.count("number of additional numerical parameters"), "additional parameter lines")
    cursor.skip(layout.upgrades, "future upgrade block entries")
    return Block(fields, ordinates, units=units)


def _check_abscissa(cursor: Cursor, fields: dict[str, str]) -> None:
    block = Block(fields)
    for name in ("abscissa start", "abscissa increment"):
        if not math.isfinite(block.number(name)):
            raise cursor.error(f"{name} is not a number", repr(fields[name][:40]), "a number")
    if block.number("abscissa increment") == 0:
        raise cursor.error("abscissa increment is zero", fields["abscissa increment"], "a step in eV")


def _ordinates(cursor: Cursor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of ordinates, and their units."""
    labels, units = [], []
    for _ in range(cursor.count("number of corresponding variables")):
        labels.append(cursor.text("corresponding variable label"))
        units.append(cursor.text("corresponding variable unit"))
    return tuple(labels), tuple(units)
