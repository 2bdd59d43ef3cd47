"""Reading ISO 14976 VAMAS files: one value per line, and the line's number gives its meaning.

Described in W. A. Dench, L. B. Hazell, M. P. Seah, Surf. Interface Anal. 13 (1988) 63. The block layout is in
`vamas_layout`; this module reads the file's header and data.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.plugin import COUNTS, RATE, Coordinate, Floats, Note, NoteKind, RawSpectrum, ReadError
from specquant_xps.readers.lines import content_of
from specquant_xps.readers.surveys import Reason, Scan, another_technique, picked, raw_spectrum, with_left_out
from specquant_xps.readers.vamas_layout import (
    EXPERIMENT_MODES,
    SCAN_MODES,
    VARIABLE,
    Block,
    Cursor,
    Layout,
    read_block_header,
)

_IDENTIFIER = b"vamas surface chemical analysis"
_NOT_GIVEN = 1e36
"""Numbers from here on mean that nothing is stated: the standard writes 1E37."""

_IN_EV = {"kev": 1000.0, "mev": 0.001}
"""EV per unit of the abscissa, where the unit is another one, in small letters."""

_TRANSMISSION = re.compile(r"transmission", re.IGNORECASE)
"""Labels of ordinates that are the analyser's transmission."""

_NO_COUNTS = re.compile(
    r"transmission|error|uncert|deviation|(?<![a-z])(?:std|sigma|time|temp|pressure)|current|energy|backg",
    re.IGNORECASE,
)
"""Labels of ordinates that are not intensities."""

_LATEST_YEAR = 10_000
"""Years, months and so on below this are parts of a date; -1 is written where nobody knows."""

_MOST_COMMENTS = 100
"""Lines of comment that are kept; some programs write their whole state there. Chosen."""

_END = re.compile(r"^end of exp", re.IGNORECASE)
"""What the line after the last block of an experiment says."""

_RATE = re.compile(r"cps|counts?[ _]*(?:/|per[ _]*)s|c/s", re.IGNORECASE)
"""Labels and units of ordinates that are rates."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a VAMAS file."""
    return head.lstrip().lower().startswith(_IDENTIFIER)


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey of a VAMAS file, its energy and counts as they are stored.

    Of interleaved ordinates the first that its label does not rule out is taken as counts; others but the transmission
    are left out, with a note. A file may hold several experiments, one after the other. The photon energy is stated
    where the file says so. The header holds ``block`` (index in the file), and where the file says so ``energy_kind``
    (``kinetic`` or ``binding``), ``pass_energy``, ``work_function`` (eV), ``technique``, ``instrument``, ``source``,
    ``species``, ``transition``, ``sample``, ``ordinates``, ``variables`` (value and unit of experimental variables, by
    name), ``transmission`` (one number per channel, where it is an ordinate) and others.

    Raises
    ------
    ReadError
        If the file is damaged, naming the line; or holds no survey, naming each block and the reason.
    """
    experiments, left = _parse(content_of(path), path)
    blocks = [(header, block) for header, several in experiments for block in several]
    spectra = picked([_scan(index, block, header) for index, (header, block) in enumerate(blocks)], path)
    return with_left_out(spectra, f"{left} line{'s' * (left > 1)} after the end of the experiment" if left else "")


@dataclass(frozen=True)
class _Header:
    instrument: str
    comments: list[str]
    layout: Layout
    units: tuple[str, ...]
    blocks: int


_Experiments = list[tuple[_Header, list[Block]]]


def _parse(data: bytes, path: Path) -> tuple[_Experiments, int]:
    """Read headers and blocks, and how many lines follow the last experiment.

    Where a writer may have misread the standard, its way is tried after the standard's.
    """
    try:
        return _parsed(data, path, by_the_book=True)
    except ReadError:
        try:
            return _parsed(data, path, by_the_book=False)
        except ReadError:
            pass
        raise


def _parsed(data: bytes, path: Path, by_the_book: bool) -> tuple[_Experiments, int]:
    cursor = Cursor(data, path)
    experiments = [_experiment(cursor, by_the_book)]
    while sniff(cursor.ahead().encode()):
        experiments.append(_experiment(cursor, by_the_book))
    return experiments, cursor.written


def _experiment(cursor: Cursor, by_the_book: bool) -> tuple[_Header, list[Block]]:
    """Read one experiment, up to the line that ends it."""
    header = _file_header(cursor, by_the_book)
    blocks: list[Block] = []
    for index in range(header.blocks):
        cursor.part = f"block {index} of {header.blocks}"
        first = blocks[0] if blocks else None
        fields = read_block_header(cursor, header.layout, first)
        blocks.append(_with_data(cursor, header.layout, fields))
    cursor.check_end()
    if _END.search(cursor.ahead()):
        cursor.text("end of experiment")
    return header, blocks


def _file_header(cursor: Cursor, by_the_book: bool) -> _Header:
    cursor.part = "file header"
    cursor.skip_blank()
    identifier = cursor.text("format identifier")
    if not sniff(identifier.encode()):
        raise cursor.error("is not a VAMAS file", repr(identifier[:40]), "the VAMAS format identifier")
    cursor.text("institution")
    instrument = cursor.text("instrument")
    cursor.skip(2, "operator and experiment")
    comments = cursor.texts(cursor.count("number of comment lines"), "comment line")
    mode = cursor.choice("experiment mode", EXPERIMENT_MODES)
    scan = cursor.choice("scan mode", SCAN_MODES)
    if mode in {"MAP", "MAPDP", "NORM", "SDP"}:
        cursor.text("number of spectral regions")
    if mode in {"MAP", "MAPDP"}:
        cursor.skip(3, "number of analysis positions and coordinates")
    variables = cursor.count("number of experimental variables")
    labels, units = [], []
    for _ in range(variables):
        labels.append(cursor.text("experimental variable label"))
        units.append(cursor.text("experimental variable unit"))
    listed = cursor.integer("number of entries in the inclusion or exclusion list")
    numbers = frozenset(cursor.integer("block parameter") for _ in range(cursor.limited(abs(listed), "entries")))
    included = numbers if listed > 0 else frozenset(range(1, 41)) - numbers
    cursor.skip(cursor.count("number of manually entered items"), "manually entered item")
    upgrades = cursor.count("number of future upgrade experiment entries")
    if not by_the_book:
        cursor.skip(upgrades, "future upgrade experiment entry")
    block_upgrades = cursor.count("number of future upgrade block entries")
    if by_the_book:
        cursor.skip(upgrades, "future upgrade experiment entry")
    blocks = cursor.count("number of blocks")
    if not blocks:
        raise cursor.error("holds no blocks", 0, "at least one block")
    layout = Layout(mode, scan, tuple(labels), included, block_upgrades, first_complete=by_the_book)
    return _Header(instrument, comments, layout, tuple(units), blocks)


def _with_data(cursor: Cursor, layout: Layout, block: Block) -> Block:
    """Read the ordinates of a block and give it energy and counts."""
    number = cursor.count("number of ordinate values")
    columns = len(block.ordinates)
    if columns and number % columns:
        raise cursor.error("number of ordinate values", number, f"a multiple of the {columns} ordinates")
    cursor.skip(2 * columns, "minimum and maximum ordinate")
    values = cursor.numbers(number, "ordinate value").reshape(-1, max(columns, 1))
    if layout.scan == "IRREGULAR" and columns > 1:
        abscissa = next((i for i, label in enumerate(block.ordinates) if "energy" in label.lower()), 0)
        return _taken(block, values[:, abscissa], block.ordinates[abscissa], values, abscissa)
    if layout.scan != "REGULAR" or not columns:
        return block
    start, step = block.number("abscissa start"), block.number("abscissa increment")
    unit = _IN_EV.get(block.text("abscissa unit").lower(), 1.0)
    energy: Floats = unit * (start + step * np.arange(len(values), dtype=np.float64))
    return _taken(block, energy, block.text("abscissa label"), values)


def _taken(block: Block, energy: Floats, abscissa: str, values: Floats, own: int | None = None) -> Block:
    """Return a block with its data, of which the counts are chosen by label; column `own` of the values is the energy.

    Ordinates may come in any order: what is a transmission, an error or a current is taken for counts only if there is
    nothing else.
    """
    others = [index for index in range(len(block.ordinates)) if index != own]
    counts = next((index for index in others if not _NO_COUNTS.search(block.ordinates[index])), others[0])
    named = (counts, own)
    left = [
        label for index, label in enumerate(block.ordinates) if index not in named and not _TRANSMISSION.search(label)
    ]
    return block.with_data(energy, values[:, counts], abscissa, _transmission(block, values)).ordered(counts, left)


def _transmission(block: Block, values: Floats) -> Floats:
    """Return the column (channel,) that is the analyser's transmission, empty if there is none."""
    columns = [index for index, label in enumerate(block.ordinates) if _TRANSMISSION.search(label)]
    return values[:, columns[0]].copy() if columns else np.empty(0)


def _reason(block: Block) -> Reason | None:
    """Return why the block is not a survey whatever its range, or None."""
    technique = block.text("technique")
    if technique and technique.upper() != "XPS":
        return another_technique(technique)
    if not block.energy.size:
        return Reason("maps", "a map or image, no spectrum")
    label, unit = block.abscissa.lower(), block.text("abscissa unit").lower()
    if "energy" not in label and unit not in {"ev", ""}:
        return Reason("not over energy", f"abscissa is {block.abscissa!r} in {unit!r}, not energy")
    return None


def _variables(block: Block, header: _Header) -> list[tuple[float, str]]:
    """Return value and unit of every experimental variable; NaN where the value is not a number."""
    values = [block.number(VARIABLE + name) for name in header.layout.variables]
    return [
        (value if abs(value) < _NOT_GIVEN else math.nan, unit) for value, unit in zip(values, header.units, strict=True)
    ]


def _scan(index: int, block: Block, header: _Header) -> Scan:
    said: dict[str, object] = {"format": "VAMAS", "block": index, "instrument": header.instrument}
    label = block.abscissa.lower()
    kinds = [kind for kind, short in (("kinetic", "ke"), ("binding", "be")) if kind in label or label == short]
    if kinds:
        said["energy_kind"] = kinds[0]
    for key in ("technique", "source", "sample", "species", "transition", "analyser mode", "signal mode"):
        if block.text(key):
            said[key.replace(" ", "_")] = block.text(key)
    for key in ("photon energy", "pass energy", "work function", "collection time", "scans"):
        number = block.number(key)
        if math.isfinite(number) and abs(number) < _NOT_GIVEN:
            said[key.replace(" ", "_")] = number
    date = [block.number(f"date {number}") for number in range(1, 7)]
    if all(math.isfinite(part) and 0 <= part < _LATEST_YEAR for part in date):
        said["date"] = "{:04g}-{:02g}-{:02g} {:02g}:{:02g}:{:02g}".format(*date)
    comments = [*header.comments, *block.text("comment").split("\n")]
    said["comments"] = [line for line in comments if line.strip()][:_MOST_COMMENTS]
    named = " ".join((*block.ordinates[block.counted :][:1], *block.units[block.counted :][:1]))
    said["intensity_unit"] = RATE if _RATE.search(named) else COUNTS
    said["ordinates"] = list(block.ordinates)
    if block.transmission.size:
        said["transmission"] = block.transmission.tolist()
    if header.layout.variables:
        said[Coordinate.VARIABLES] = dict(zip(header.layout.variables, _variables(block, header), strict=True))
    title = block.text("block")
    name = " / ".join(filter(None, (block.text("sample"), title)))
    raw = raw_spectrum(name, block.energy, block.counts, said)
    if block.left_out:
        listed = ", ".join(dict.fromkeys(block.left_out))
        raw = raw.noted(Note(NoteKind.LEFT_OUT, f"further ordinates of block {index} ({listed})", "file"))
    return Scan(f"block {index}", title, raw, _reason(block))
