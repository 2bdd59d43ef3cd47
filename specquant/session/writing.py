"""Answers to disk: CSV, JSON, netCDF and HTML, by the suffix of the file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import OutputError
from specquant.files import atomic_path
from specquant.learning import NetworkQuantifier
from specquant.learning.modelfile import ModelCard
from specquant.quantifiers import Quantifier
from specquant.session.results import NUMBERS, FileResult, Result, Row, answers_of
from specquant.statements import common_statements, spectrum_statements
from specquant.tables import write_table
from specquant.technique import Technique

FORMATS = (".csv", ".json", ".nc", ".html")
"""Suffixes of files that answers are written to."""

_DIGITS = 6
"""Decimals of a fraction in CSV and JSON: a millionth is far below any error."""


def check_format(path: Path, *further: str) -> None:
    """Raise OutputError unless answers can be written to a file of that suffix, or it is one of some further ones."""
    if path.suffix not in (*FORMATS, *further):
        raise OutputError("unknown output format", where=path, found=repr(path.suffix), wanted=", ".join(FORMATS))


def write_result(result: Result, path: Path) -> Path:
    """Write a result by the suffix of the file, and return its path.

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    if path.suffix != ".html":
        card = card_of(result.methods)
        return write_answers(result.files, result.method, result.technique, result.command, path, result.force, card)
    from specquant.report import quantification_html, write_html

    card = card_of(result.methods)
    page = quantification_html(result.technique, result.samples(), result.command, card, result.sections)
    return write_html(page, path)


def card_of(methods: Mapping[str, Quantifier]) -> ModelCard | None:
    """Return the card of the network that methods ask, if any does."""
    explained = (quantifier.explained for quantifier in methods.values())
    return next((model.card for model in explained if isinstance(model, NetworkQuantifier)), None)


def write_answers(
    files: Iterable[FileResult],
    method: str,
    technique: Technique,
    command: str,
    path: Path,
    force: bool = False,
    card: ModelCard | None = None,
) -> Path:
    """Write answers as CSV, JSON or netCDF, one file at a time where the format allows, and return the path.

    What is not quantified has a verdict and no figures, unless by `force`. `card` is that of the network, if one was
    asked.

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    check_format(path)
    if path.suffix == ".csv":
        return write_table(Row._fields, (_cells(row) for result in files for row in result.rows(method, force)), path)
    with atomic_path(path) as partial:
        if path.suffix == ".json":
            spectra = [entry for result in files for entry in _json_entries(result, method, technique, force)]
            content: dict[str, Any] = {"technique": technique.name, "method": method, "command": command}
            content |= {"standards": common_statements(technique, card), "spectra": spectra}
            partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        else:
            composition = contracts.written_as(composition_of(files, method, technique, command, force), "COMPOSITION")
            composition.to_netcdf(partial, engine="netcdf4")
    return path


def composition_of(
    files: Iterable[FileResult], method: str, technique: Technique, command: str, force: bool = False
) -> xr.Dataset:
    """Return all answers of a method under the COMPOSITION contract, with a coordinate `file`."""
    parts = []
    for result in files:
        part = answers_of(result.compositions[method], force)
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
    values = (getattr(row, name) for name in NUMBERS)
    numbers = ("" if np.isnan(number) else f"{number:.{_DIGITS}f}" for number in values)
    return [row.file, row.sample, row.element, *numbers, row.oxide, row.verdict, row.reasons]


def _json_entries(result: FileResult, method: str, technique: Technique, force: bool) -> Iterator[dict[str, Any]]:
    """Yield what JSON has of every spectrum; one that is not quantified has an empty composition."""
    amounts: dict[str, list[dict[str, str | float | None]]] = {sample: [] for sample in result.spectra.labels()}
    judgements = result.judgements(method)
    answered = {sample: force or one.is_answer for sample, one in zip(result.spectra.labels(), judgements, strict=True)}
    for row in result.rows(method, force):
        if answered[row.sample]:
            values = ((name, getattr(row, name)) for name in NUMBERS)
            numbers = {name: None if np.isnan(x) else round(x, _DIGITS) for name, x in values}
            amounts[row.sample].append({"element": row.element, "oxide": row.oxide or None, **numbers})
    answers = answers_of(result.compositions[method], force)
    entries = zip(amounts.items(), judgements, result.notes, strict=True)
    for index, ((sample, composition), one, notes) in enumerate(entries):
        alone = result.spectra.take([index])
        stated = spectrum_statements(technique, alone, notes, method, answers.isel(sample=[index]))
        entry: dict[str, Any] = {
            "file": result.file,
            "sample": sample,
            "verdict": one.verdict.value,
            "reasons": [asdict(reason) for reason in one.reasons],
            "notes": [asdict(note) for note in notes],
            "composition": composition,
        }
        if "stoichiometric_oxygen" in answers:
            entry["stoichiometric_oxygen"] = round(float(answers["stoichiometric_oxygen"].values[index]), _DIGITS)
        yield {**entry, "standards": stated}
