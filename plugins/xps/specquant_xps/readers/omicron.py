"""Reading text that Omicron's EIS exports: regions under each other, each with two lines of settings, then layers.

``Region<tab>Enabled<tab>...`` stands over the settings of a region, ``Layer<tab>Enabled<tab>...`` over those of a
layer, and a line of titles over its rows of energy and counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from specquant.plugin import COUNTS, RawSpectrum, ReadError
from specquant_xps.readers.lines import (
    damaged,
    header_text,
    leading_number,
    leading_numbers,
    lines_of,
    row_of,
    table_of,
)
from specquant_xps.readers.surveys import Reason, Scan, another_technique, picked, raw_spectrum

_NUMBERS = {
    "photon_energy": ("excitation energy", "photon energy", "source energy", "hv"),
    "pass_energy": ("pass energy", "cae/crr", "cae", "pe"),
    "dwell_time": ("dwell",),
    "scans": ("sweeps", "scans"),
    "work_function": ("work function",),
}
"""Key to words of the titles over settings: eV, eV, s, none, eV."""

_WORDS = {"sample": ("sample",), "comment": ("comment", "notes"), "technique": ("technique",), "source": ("source",)}
_NAMES = ("name", "label", "comment", "notes")
"""Titles over what a region is called, in the order in which they are looked at."""


_ROUNDING = 1e-6
"""Share of a number of steps that is rounding; chosen."""

_MOST_ROWS = 1e7
"""Rows that settings may claim; more is nonsense."""


@dataclass
class _Layer:
    """One measurement of a region: whether it counts, the titles over its columns, its rows."""

    enabled: bool
    titles: str = ""
    rows: list[list[float]] = field(default_factory=list)


@dataclass
class _Region:
    """The number of a region, its settings by their titles in lower case, and its layers."""

    number: str
    settings: dict[str, str]
    layers: list[_Layer] = field(default_factory=list)

    def text(self, words: Sequence[str]) -> str:
        """Return the first setting with one of the words in its title, or nothing."""
        fitting = (value for word in words for title, value in self.settings.items() if word in title and value)
        return next(fitting, "")


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such a text."""
    plain = head.lstrip()
    return plain.startswith(b"Region\tEnabled") and b"Layer\tEnabled" in plain


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the regions, the sum of its layers that are enabled.

    The photon energy is stated where a setting says so; the header holds ``block`` (number of the region),
    ``energy_kind``, and where settings say so ``pass_energy`` (eV), ``dwell_time`` (s), ``scans``, ``sample``.

    Raises
    ------
    ReadError
        If a row does not hold numbers, or no region is a survey.
    """
    regions = _regions(lines_of(path), path)
    return picked([_scan(block, region, path) for block, region in enumerate(regions)], path)


def _regions(lines: Sequence[str], path: Path) -> list[_Region]:
    regions: list[_Region] = []
    settings_follow, layer_follows = False, False
    titles: list[str] = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells):
            continue
        if cells[0] in ("Region", "Layer"):
            titles, settings_follow, layer_follows = cells, cells[0] == "Region", cells[0] == "Layer"
        elif settings_follow:
            named = {title.lower(): cell for title, cell in zip(titles, cells, strict=False)}
            regions.append(_Region(cells[0], named))
            settings_follow = False
        elif not regions:
            raise damaged("a line before the first region", f"{path}, line {number}", repr(line[:40]), "Region")
        elif layer_follows:
            enabled = cells[1].lower() != "false" if len(cells) > 1 else True
            regions[-1].layers.append(_Layer(enabled))
            layer_follows = False
        else:
            _take(regions[-1], line, f"{path}, line {number}")
    return regions


def _take(region: _Region, line: str, where: str) -> None:
    """Take in a line below a layer: its titles, or a row."""
    if not region.layers:
        raise damaged("a row before the first layer", where, repr(line[:40]), "Layer")
    layer = region.layers[-1]
    text = header_text(line)
    if not layer.rows and text[:1].isalpha():
        layer.titles = text
    else:
        layer.rows.append(row_of(line, where))


def _scan(block: int, region: _Region, path: Path) -> Scan:
    where = f"{path}, region {region.number}"
    tables = [table_of(layer.rows, 2, where) for layer in region.layers if layer.enabled and layer.rows]
    if len({len(table) for table in tables}) > 1:
        sizes = ", ".join(str(len(table)) for table in tables)
        raise ReadError("layers differ in length", where=where, found=f"{sizes} rows", wanted="equally many")
    wanted = _rows(region)
    if tables and len(tables[0]) < wanted:
        raise damaged("rows and settings do not agree", where, f"{len(tables[0])} rows", f"{wanted} as they say")
    title = region.text(_NAMES) or f"region {region.number}"
    said = _said(block, region)
    if not tables:
        nothing = table_of([], 2, where)
        empty = Reason("without spectrum", "no layer that is enabled has rows")
        return Scan(f"region {region.number}", title, raw_spectrum(title, nothing[:, 0], nothing[:, 1], said), empty)
    counts = np.sum([table[:, 1] for table in tables], axis=0)
    technique = str(said.get("technique", "XPS")).upper()
    reason = None if "XPS" in technique else another_technique(technique)
    return Scan(f"region {region.number}", title, raw_spectrum(title, tables[0][:, 0], counts, said), reason)


def _rows(region: _Region) -> int:
    """Return how many rows start, end and step of a region make; 0 where they are not all stated."""
    start, end, step = (leading_number(region.settings.get(key, "")) for key in ("start", "end", "step"))
    if start is None or end is None or not step:
        return 0
    points = abs(end - start) / abs(step)
    return int(points * (1 + _ROUNDING)) + 1 if points < _MOST_ROWS else 0


def _said(block: int, region: _Region) -> dict[str, object]:
    """Return what the settings of a region say, by our keys."""
    said: dict[str, object] = {"format": "Omicron EIS text", "block": block, "intensity_unit": COUNTS}
    titles = " ".join(layer.titles for layer in region.layers).lower()
    kinds = [kind for kind in ("binding", "kinetic") if kind in titles]
    said |= {"energy_kind": kinds[0]} if len(kinds) == 1 else {}
    said |= leading_numbers({key: region.text(words) for key, words in _NUMBERS.items()})
    texts = {key: region.text(words) for key, words in _WORDS.items()}
    return said | {key: text for key, text in texts.items() if text}
