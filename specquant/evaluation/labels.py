"""Measured spectra of known composition: a folder with a table of labels."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PureWindowsPath

import numpy as np
from numpy.typing import NDArray

from specquant.compositions import fractions_of, parse_amounts
from specquant.errors import ReadError, SettingError
from specquant.filekinds import kind_of
from specquant.readers import Correction, load_spectra
from specquant.spectra import Spectra
from specquant.tables import read_table
from specquant.technique import Floats, Reader, Technique

_COLUMNS = {"composition_at_percent": "like Fe:40 O:60", "composition_wt_percent": "like Fe69.9 O30.1"}
"""Columns of a table that give a composition, the first before the second, and how it is written there."""


@dataclass(frozen=True)
class Labelled:
    """One spectrum of known composition.

    `reliability` is the class of its label, `fraction` (element,) the label, and `note` what of it could not be used.
    """

    identity: str
    sample: str
    reliability: str
    fraction: Floats
    spectra: Spectra
    note: str = ""

    @property
    def offset(self) -> float:
        """What was taken off the energy axis, eV."""
        return self.spectra.facts[0].axis_offset if self.spectra.facts else 0.0


def read_labels(
    folder: Path,
    technique: Technique,
    readers: Sequence[Reader] = (),
    classes: Sequence[str] = (),
    given: Mapping[str, float] | None = None,
    correct: Correction | None = None,
) -> list[Labelled]:
    """Read the spectra of a folder with a ``labels.csv`` that gives their composition.

    Columns: ``composition_at_percent`` or ``composition_wt_percent`` (``Fe:40 O:60`` or ``Fe40 O60``; rows without, or
    with none of the compared elements, are passed over), ``parsed`` or ``file`` (path in the folder; `parsed` is taken
    where given), and, where there are, ``id``, ``sample``, and ``reliability`` or ``kind``, the class.

    Parameters
    ----------
    classes
        Only rows of these classes; empty is all.
    given
        Instrument parameters that win over those of the files.

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
    labelled: list[Labelled] = []
    for number, row in enumerate(rows, start=2):
        where = f"{table}, line {number}"
        label = _label(row, technique, where) if not classes or _class(row) in classes else None
        if label is not None:
            path = _inside(folder, _file(row, where), where)
            spectra = load_spectra(path, technique, readers, given, correct)
            labelled.append(_labelled(row, str(number), *label, spectra, path))
    return labelled


def _rows(table: Path, folder: Path) -> list[dict[str, str]]:
    if not table.is_file():
        what = "no labels.csv in the folder" if folder.is_dir() else "is not a folder, and has no labels.csv"
        instead = None if folder.is_dir() else kind_of(folder)
        raise ReadError(what, where=folder, found=instead, todo="Give the folder that holds labels.csv.")
    rows, columns = read_table(table)
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


def compared_among(elements: Sequence[str], compared: Sequence[str]) -> NDArray[np.bool_]:
    """Return which elements (element,) are compared: all, if none is named."""
    return np.isin(elements, compared or elements)


def _file(row: Mapping[str, str], where: str) -> str:
    name = row.get("parsed") or row.get("file")
    if not name:
        raise ReadError("no file is named", where=where, wanted="a path in column parsed or file")
    return name


def _inside(folder: Path, name: str, where: str) -> Path:
    """Return the path of a file that a table names, once it is known to lie in the table's folder."""
    parts = PurePath(name.replace("\\", "/"))
    try:
        path = folder / name
        apart = parts.is_absolute() or PureWindowsPath(name).drive or ".." in parts.parts
        inside = not apart and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # a zero byte, or links in a circle
        raise ReadError("the name of the file cannot be used", where=where, found=repr(name[:80])) from error
    if not inside:
        raise ReadError(
            "names a file outside its folder", where=where, found=repr(name[:200]), wanted="a path within the folder"
        )
    return path


def _labelled(
    row: Mapping[str, str], number: str, fraction: Floats, note: str, spectra: Spectra, path: Path
) -> Labelled:
    if len(spectra) != 1:
        raise ReadError("labelled file holds several spectra", where=path, found=len(spectra), wanted="one")
    identity = row.get("id") or number
    sample = row.get("sample") or path.name
    return Labelled(identity, sample, _class(row), fraction, replace(spectra, names=(identity,)), note)


def _label(row: Mapping[str, str], technique: Technique, where: str) -> tuple[Floats, str] | None:
    """Return the atomic fractions (element,) of a row and what they leave out; None if it has none to compare."""
    column = next((name for name in _COLUMNS if (row.get(name) or "").strip()), None)
    if column is None:
        return None
    text = row[column]
    try:
        amounts = parse_amounts(text)
    except SettingError as error:
        raise ReadError(
            "cannot read the composition", where=where, found=f"{text!r}, {error.found}", wanted=_COLUMNS[column]
        ) from error
    unknown = sorted(set(amounts) - set(technique.elements))
    if unknown and not technique.compared:
        raise ReadError("composition names elements that the technique lacks", where=where, found=", ".join(unknown))
    if not 0 < sum(amounts.values()) < math.inf:
        raise ReadError("composition is not positive", where=where, found=repr(text))
    fraction = fractions_of(amounts, technique.elements, by_weight=column == "composition_wt_percent")
    note = f"label without {', '.join(unknown)}, which {technique.name} does not know" if unknown else ""
    return (fraction, note) if fraction[compared_among(technique.elements, technique.compared)].any() else None
