"""Measured spectra of known composition: a folder with a table of labels."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from specquant.elements import ATOMIC_NUMBER, atomic_fractions
from specquant.errors import ReadError, SettingError
from specquant.readers import load_spectra
from specquant.technique import Floats, RawSpectrum, Reader, Technique

_AMOUNT = re.compile(r"([A-Z][a-z]?):?([^:]+)")
_COLUMNS = {"composition_at_percent": "like Fe:40 O:60", "composition_wt_percent": "like Fe69.9 O30.1"}


Correction = Callable[[RawSpectrum], RawSpectrum]


@dataclass(frozen=True)
class Labelled:
    """One measured spectrum of a labelled folder: who it is, what is known of it, and the spectrum (SPECTRA).

    `reliability` is its class, `note` what of the label could not be used, `offset` (eV) what was taken off the axis.
    """

    identity: str
    sample: str
    reliability: str
    fraction: Floats
    spectra: xr.Dataset
    note: str = ""
    offset: float = 0.0


def read_labels(
    folder: Path,
    technique: Technique,
    readers: Sequence[Reader] = (),
    classes: Sequence[str] = (),
    given: Mapping[str, float] | None = None,
    correct: Correction | None = None,
) -> list[Labelled]:
    """Read the spectra of a folder whose ``labels.csv`` gives their composition.

    Columns: ``composition_at_percent`` or ``composition_wt_percent`` (``Fe:40 O:60`` or ``Fe40 O60``; rows without, or
    with none of the compared elements, are passed over), ``parsed`` or ``file`` (path in the folder; `parsed` is taken
    where given), and, where there are, ``id``, ``sample``, and ``reliability`` or ``kind``, the class.

    Parameters
    ----------
    folder, technique, readers
        What to read, for which technique, with the plug-in's readers.
    classes
        Only rows of these classes; empty is all.
    given
        Instrument parameters that win over those of the files.
    correct
        What is done to spectra before they are put on the axis.

    Raises
    ------
    ReadError
        If the table is missing or lacks a column, or a composition cannot be read.
    SettingError
        If no row is of a class that is asked for.
    SpecquantError
        If a spectrum of the table cannot be read.
    """
    table = folder / "labels.csv"
    rows = _rows(table, folder)
    _check_classes(rows, classes, table)
    return list(_labelled(rows, folder, technique, readers, classes, given, correct))


def _rows(table: Path, folder: Path) -> list[dict[str, str]]:
    if not table.is_file():
        raise ReadError("no labels.csv in the folder", where=folder, todo="Give the folder that holds labels.csv.")
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            content = csv.DictReader(file, restval="")
            rows, columns = list(content), list(content.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadError("is no table in UTF-8", where=table, found=error, todo="Save it as CSV in UTF-8.") from error
    if not rows or not set(_COLUMNS) & set(columns) or not {"parsed", "file"} & set(columns):
        raise ReadError(
            "labels.csv lacks a column",
            where=table,
            found=", ".join(columns) if rows else "no row",
            wanted=f"columns {' or '.join(_COLUMNS)}, and parsed or file",
        )
    return rows


def _class(row: Mapping[str, str]) -> str:
    return row.get("reliability") or row.get("kind") or ""


def _check_classes(rows: Sequence[Mapping[str, str]], classes: Sequence[str], table: Path) -> None:
    known = sorted({_class(row) for row in rows} - {""})
    unknown = [name for name in classes if name not in known]
    if unknown:
        raise SettingError(
            "no row is of that class",
            where=table,
            found=", ".join(map(repr, unknown)),
            wanted=f"one of {', '.join(known) or '(the table has none)'}",
        )


def _labelled(
    rows: Sequence[Mapping[str, str]],
    folder: Path,
    technique: Technique,
    readers: Sequence[Reader],
    classes: Sequence[str],
    given: Mapping[str, float] | None,
    correct: Correction | None,
) -> Iterator[Labelled]:
    for number, row in enumerate(rows, start=2):
        column = next((name for name in _COLUMNS if (row.get(name) or "").strip()), None)
        if column is None or (classes and _class(row) not in classes):
            continue
        where = f"{folder / 'labels.csv'}, line {number}"
        fraction, note = _composition(row[column], column, technique, where)
        if not _is_comparable(fraction, technique):
            continue
        name = row.get("parsed") or row.get("file")
        if not name:
            raise ReadError("no file is named", where=where, wanted="a path in column parsed or file")
        path = folder / name
        spectra = load_spectra(path, technique, readers, given, correct)
        if spectra.sizes["sample"] != 1:
            raise ReadError(
                "labelled file holds several spectra", where=path, found=spectra.sizes["sample"], wanted="one"
            )
        identity = row.get("id") or str(number)
        header = json.loads(str(spectra["header"].values[0]))
        measured = [key for key in ("counts", "observed", "stated") if key in spectra]
        spectra = spectra[measured].drop_vars(["header", "y", "x"], errors="ignore").assign_coords(sample=[identity])
        yield Labelled(
            identity,
            row.get("sample") or path.name,
            _class(row),
            fraction,
            spectra,
            note,
            header.get("energy_offset", 0.0),
        )


def _composition(text: str, column: str, technique: Technique, where: str) -> tuple[Floats, str]:
    """Return atomic fractions (element,), and what of the text they leave out."""
    try:
        parts = [_AMOUNT.fullmatch(part) for part in text.split()]
        amounts = [(part[1], float(part[2])) for part in parts if part is not None]
    except ValueError:
        amounts = []
    if not amounts or len(amounts) < len(parts):
        raise ReadError("cannot read the composition", where=where, found=repr(text), wanted=_COLUMNS[column])
    unknown = sorted({symbol for symbol, _ in amounts} - set(technique.elements))
    if unknown and not (technique.compared and set(unknown) <= set(ATOMIC_NUMBER)):
        raise ReadError("composition names elements that the technique lacks", where=where, found=", ".join(unknown))
    values = np.array([amount for _, amount in amounts])
    if not np.isfinite(values).all() or values.min() < 0 or values.sum() <= 0:
        raise ReadError("composition is not positive", where=where, found=repr(text))
    fraction = np.zeros(len(technique.elements))
    for symbol, amount in amounts:
        if symbol not in unknown:
            fraction[technique.elements.index(symbol)] += amount
    if column == "composition_wt_percent":
        fraction = atomic_fractions(fraction, technique.elements)
    note = f"label without {', '.join(unknown)}, which {technique.name} does not know" if unknown else ""
    return np.asarray(fraction / max(fraction.sum(), np.finfo(float).tiny)), note


def _is_comparable(fraction: Floats, technique: Technique) -> bool:
    here = np.isin(technique.elements, technique.compared) if technique.compared else slice(None)
    return bool(fraction[here].sum() > 0)
