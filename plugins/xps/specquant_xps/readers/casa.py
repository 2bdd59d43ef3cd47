"""Reading text that CasaXPS exports: tables under each other or side by side, one per region.

A table has a line of titles, in which ``KE``, ``BE``, ``Counts`` and ``CPS`` or the same with dots and a region's name
stand over the columns; above it are the region's name and ``Characteristic Energy eV``, the photon energy.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.plugin import COUNTS, RATE, RawSpectrum, ReadError
from specquant_xps.readers.lines import damaged, lines_of, number_in
from specquant_xps.readers.surveys import Scan, picked, raw_spectrum

_MARK = b"Characteristic Energy eV"
_ENERGY = re.compile(r"(?:(K\.?E\.?|Kinetic[ _]Energy)|B\.?E\.?|Binding[ _]Energy)(?:[ _(].*)?", re.IGNORECASE)
_COUNTS = re.compile(r"(?:Raw )?Counts(?:[ _(].*)?", re.IGNORECASE)
_RATE = re.compile(r"(?:.*[:_ ])?CPS(?:[ _(].*)?", re.IGNORECASE)
_FITTED = re.compile(r"(?:Background|Envelope|Residuals?)(?:[ _(].*)?", re.IGNORECASE)
_STATED = re.compile(r"(Characteristic Energy eV|Acquisition Time s)\t+([^\t]*)")
_LINES_KEPT = 8
"""Lines above a table that are looked through, and one more: the region's name and its settings are among them."""

_LONGEST_LINE = 10_000
"""Characters of such a line that are kept: 60 for each of more than a hundred tables side by side."""


@dataclass(frozen=True)
class _Columns:
    """The columns of one region in a table, and what its titles say."""

    energy: int
    intensity: int
    kind: str
    title: str


@dataclass(frozen=True)
class _Table:
    """A line of titles, the lines above it, and the cells under it."""

    titles: list[str]
    above: list[str]
    rows: list[list[str]]
    line: int


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such an export."""
    return _MARK in head


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the regions: binding energy where it is exported, and counts before counts per second.

    The photon energy is stated; the header holds ``block`` (number of the region in the file), ``energy_kind`` and
    ``dwell_time`` (s).

    Raises
    ------
    ReadError
        If there is no table, a cell is not a number, or no region is a survey.
    """
    scans: list[Scan] = []
    for table in _tables(lines_of(path)):
        regions = _regions(table.titles)
        for index, columns in enumerate(regions):
            scans.append(_scan(columns, index, len(regions), table, len(scans), path))
    if not scans:
        raise ReadError(
            "holds no table",
            where=path,
            found="no line with titles such as BE and CPS",
            wanted="an export of CasaXPS as tables",
            todo="Export the spectrum again, or as VAMAS.",
        )
    return picked(scans, path)


def _tables(lines: Sequence[str]) -> list[_Table]:
    tables: list[_Table] = []
    above: list[str] = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t" if "\t" in line else ",")]
        if _is_titles(cells):
            tables.append(_Table(cells, above, [], number))
            above = []
        elif tables and not above and _begins_with_number(cells):
            tables[-1].rows.append(cells)
        elif line.strip():
            above = [*above[-_LINES_KEPT:], line[:_LONGEST_LINE]]
    return tables


def _begins_with_number(cells: Sequence[str]) -> bool:
    return number_in(next(filter(None, cells), "")) is not None


def _is_titles(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and any(_ENERGY.fullmatch(cell) for cell in cells)


def _regions(titles: Sequence[str]) -> list[_Columns]:
    """Return the regions side by side: each begins with an energy of a kind that the one before has already."""
    groups: list[dict[str, int]] = []
    ends: list[int] = []
    for column, title in enumerate(titles):
        match = _ENERGY.fullmatch(title)
        if not match:
            continue
        kind = "kinetic" if match[1] else "binding"
        if not groups or kind in groups[-1]:
            groups.append({})
            ends.append(column)
        groups[-1][kind] = column
    regions = []
    for group, start, end in zip(groups, ends, [*ends[1:], len(titles)], strict=True):
        kind = "binding" if "binding" in group else "kinetic"
        intensity = _intensity(titles, start, end, group[kind])
        if intensity is not None:
            title = titles[group[kind]].partition("_")[2] or _named(titles[intensity])
            regions.append(_Columns(group[kind], intensity, kind, title))
    return regions


def _intensity(titles: Sequence[str], start: int, end: int, energy: int) -> int | None:
    """Return the column of counts, else of counts per second, else the first that is neither energy nor fitted."""
    inside = [column for column in range(start, end) if titles[column] and not _ENERGY.fullmatch(titles[column])]
    for wanted in (_COUNTS, _RATE):
        fitting = [column for column in inside if wanted.fullmatch(titles[column])]
        if fitting:
            return fitting[0]
    other = [column for column in inside if column > energy and not _FITTED.fullmatch(titles[column])]
    return other[0] if other else None


def _named(title: str) -> str:
    """Return the region in a title such as ``Cycle 0:sample:Survey:CPS``."""
    parts = [part.strip() for part in title.split(":") if part.strip()]
    return parts[2] if len(parts) > 2 else ""


def _scan(columns: _Columns, index: int, beside: int, table: _Table, block: int, path: Path) -> Scan:
    where = f"{path}, table under line {table.line}"
    pairs = []
    for row in table.rows:
        cells = [row[column] if column < len(row) else "" for column in (columns.energy, columns.intensity)]
        if not any(cells):
            continue
        energy, counts = map(number_in, cells)
        if energy is None or counts is None:
            raise damaged("a cell is not a number", where, repr(" ".join(cells)[:40]), "numbers")
        pairs.append((energy, counts))
    values = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    said: dict[str, object] = {"format": "CasaXPS text", "block": block, "energy_kind": columns.kind}
    title = table.titles[columns.intensity]
    unit = RATE if _RATE.fullmatch(title) else COUNTS if _COUNTS.fullmatch(title) else ""
    said |= {"intensity_unit": unit} if unit else {}
    for key, label in (("photon_energy", "Characteristic"), ("dwell_time", "Acquisition")):
        texts = [match[2] for line in table.above for match in _STATED.finditer(line) if match[1].startswith(label)]
        number = number_in(texts[index if len(texts) == beside else -1]) if texts else None
        if number is not None:
            said[key] = number
    title = columns.title or _title(table.above)
    return Scan(f"region {block}", title, raw_spectrum(title, values[:, 0], values[:, 1], said))


def _title(above: Sequence[str]) -> str:
    """Return the last line above a table that is a name, of ``Cycle 0:sample:Survey`` its end."""
    names = [line.strip() for line in above if "\t" not in line.strip() and not line.startswith("\t")]
    return names[-1].rpartition(":")[2].strip() if names else ""
