"""Reading spectra written as columns of text, in the many ways people write them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from specquant.errors import ReadError
from specquant.notes import Note, NoteKind
from specquant.readers.columns import Pair, pairs_in
from specquant.readers.decoding import decoded, is_text, lines_in
from specquant.readers.rows import Table, table_in
from specquant.technique import Fact, Facts, RawSpectrum, Reader
from specquant.technique.units import base_unit, unit_factor


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are text; whether it holds a spectrum is seen when it is read."""
    return is_text(decoded(head))


def read(path: Path) -> list[RawSpectrum]:
    """Read every column of intensities, over its column of energies or wavelengths.

    Titles say what a column is; without them the first that runs evenly is the energy. Where a title says the unit,
    energies are given in eV and wavelengths in nm, else as they are. The header holds under ``header`` the lines before
    the numbers, under ``columns`` the titles of the two columns, and where titles say so ``axis_unit``, in which
    energies are given, and ``intensity_unit``. Columns that are not spectra, and lines that are not read, are noted.

    Raises
    ------
    ReadError
        If the text is not a table of numbers, naming the line.
    """
    try:
        lines = lines_in(path.read_bytes())
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    return spectra_of(table_in(lines, path), path)


def spectra_of(table: Table, path: Path) -> list[RawSpectrum]:
    """Return the spectra of a table.

    Raises
    ------
    ReadError
        If no column holds intensities, or a cell amid the numbers of a column is empty.
    """
    pairs, passed = pairs_in(table, path)
    if not pairs:
        raise ReadError(
            "has no column of intensities", where=path, found=", ".join(table.titles), todo="Name it counts."
        )
    notes = table.notes
    if passed:
        notes = (*notes, Note(NoteKind.LEFT_OUT, "; ".join(passed), "file"))
    names = _names(table, pairs, path)
    spectra = [_spectrum(table, pair, name, path) for pair, name in zip(pairs, names, strict=True)]
    return [spectra[0].noted(*notes), *spectra[1:]]


def _names(table: Table, pairs: Sequence[Pair], path: Path) -> list[str]:
    if len(pairs) == 1:
        return [path.stem]
    names = [pair.name for pair in pairs]
    return [
        name if name and names.count(name) == 1 else f"{name or path.stem} [column {table.numbers[pair.intensity]}]"
        for pair, name in zip(pairs, names, strict=True)
    ]


def _spectrum(table: Table, pair: Pair, name: str, path: Path) -> RawSpectrum:
    columns = [pair.energy, pair.intensity]
    values, empty = table.values[:, columns], table.empty[:, columns]
    numbers = ~empty.any(axis=1)
    last = int(np.flatnonzero(numbers)[-1]) if numbers.any() else -1
    gaps = np.flatnonzero(empty[: last + 1].any(axis=1) & ~empty[: last + 1].all(axis=1))
    if gaps.size:
        raise ReadError(
            "a cell amid the numbers is empty",
            where=f"{path}, row {gaps[0] + 1} of the table that begins in line {table.first}",
            found=f"nothing in column {table.numbers[columns[int(np.argmax(empty[gaps[0]]))]]}",
            wanted="a number",
            todo="Fill in the cell, or cut out its row.",
        )
    header: dict[str, object] = {"format": "text", "header": table.header, "columns": [*filter(None, pair.titles)]}
    said = pair.axis_unit
    units = {"axis_unit": base_unit(said), "intensity_unit": pair.intensity_unit}
    header |= {key: unit for key, unit in units.items() if unit}
    if table.values.shape[1] > 2:
        header["intensity_column"] = table.numbers[pair.intensity]
    energy, counts = values[numbers].T.copy()
    factor = unit_factor(said, base_unit(said)) or 1.0
    return RawSpectrum(name, energy * factor, counts, facts=Facts(header))


TEXT_READER = Reader(
    "text",
    (".csv", ".tsv", ".txt", ".dat", ".asc", ".xy"),
    sniff,
    read,
    takes=frozenset({Fact.AXIS, Fact.INTENSITY}),
)
