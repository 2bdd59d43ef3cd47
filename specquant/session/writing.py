"""Answers to disk: CSV, JSON, netCDF and HTML, by the suffix of the file."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import OutputError
from specquant.files import atomic_path
from specquant.learning import NetworkQuantifier
from specquant.session.results import FileResult, Result, Row
from specquant.tables import write_table
from specquant.technique import Technique

FORMATS = (".csv", ".json", ".nc", ".html")
"""Suffixes of files that answers are written to."""

_DIGITS = 6
"""Decimals of a fraction in CSV and JSON: a millionth is far below any error."""


def check_format(path: Path) -> None:
    """Raise OutputError unless answers can be written to a file of that suffix."""
    if path.suffix not in FORMATS:
        raise OutputError("unknown output format", where=path, found=repr(path.suffix), wanted=", ".join(FORMATS))


def write_result(result: Result, path: Path) -> Path:
    """Write a result by the suffix of the file, and return its path.

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    if path.suffix != ".html":
        return write_answers(result.files, result.method, result.technique, result.command, path)
    from specquant.report import quantification_html, write_html

    explained = (quantifier.explained for quantifier in result.methods.values())
    card = next((model.card for model in explained if isinstance(model, NetworkQuantifier)), None)
    return write_html(
        quantification_html(result.technique, result.samples(), result.command, card, result.sections), path
    )


def write_answers(files: Iterable[FileResult], method: str, technique: Technique, command: str, path: Path) -> Path:
    """Write answers as CSV, JSON or netCDF, one file at a time where the format allows, and return the path.

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    check_format(path)
    if path.suffix == ".csv":
        return write_table(Row._fields, (_cells(row) for result in files for row in result.rows(method)), path)
    with atomic_path(path) as partial:
        if path.suffix == ".json":
            spectra = [entry for result in files for entry in _json_entries(result, method)]
            content = {"technique": technique.name, "method": method, "command": command, "spectra": spectra}
            partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        else:
            composition = contracts.written_as(composition_of(files, method, technique, command), "COMPOSITION")
            composition.to_netcdf(partial, engine="netcdf4")
    return path


def composition_of(files: Iterable[FileResult], method: str, technique: Technique, command: str) -> xr.Dataset:
    """Return all answers of a method under the COMPOSITION contract, with a coordinate `file`."""
    parts = []
    for result in files:
        part = result.compositions[method]
        names = np.full(part.sizes["sample"], result.file, dtype=object)
        remark = part["remark"].values if "remark" in part.coords else np.full(len(names), "", dtype=object)
        parts.append(part.assign_coords(file=("sample", names), remark=("sample", remark)))
    if not all({"y", "x"} <= set(part.coords) for part in parts):
        parts = [part.drop_vars(["y", "x"], errors="ignore") for part in parts]
    joined = xr.concat(parts, dim="sample")
    if not any(joined["remark"].values):
        joined = joined.drop_vars("remark")
    stamped = contracts.stamp(joined, technique.name, "quantified", method=method, command=command)
    return contracts.check(stamped, "COMPOSITION", "answers")


def _cells(row: Row) -> list[str]:
    numbers = ("" if np.isnan(number) else f"{number:.{_DIGITS}f}" for number in row[3:])
    return [row.file, row.sample, row.element, *numbers]


def _json_entries(result: FileResult, method: str) -> Iterator[dict[str, Any]]:
    amounts: dict[str, list[dict[str, str | float | None]]] = {}
    for row in result.rows(method):
        numbers = {
            name: None if np.isnan(x) else round(x, _DIGITS) for name, x in zip(row._fields[3:], row[3:], strict=True)
        }
        amounts.setdefault(row.sample, []).append({"element": row.element, **numbers})
    for (sample, composition), notes in zip(amounts.items(), result.notes, strict=True):
        listed = [{"kind": note.kind.value, "text": note.text, "about": note.about} for note in notes]
        yield {"file": result.file, "sample": sample, "notes": listed, "composition": composition}
