"""Answers to disk: CSV, workbook, JSON, netCDF and HTML, by the suffix of the file."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import OutputError
from specquant.files import atomic_path
from specquant.learning.card import ModelCard
from specquant.quantifiers import AXIS
from specquant.session.identity import IDENTITY, card_of, identity_attributes, identity_cells
from specquant.session.narrow import narrow_dict
from specquant.session.replicates import Replicates
from specquant.session.results import NUMBERS, FileResult, Result, Row
from specquant.session.wide import wide_table
from specquant.statements import common_statements, spectrum_statements
from specquant.tables import write_table, write_workbook
from specquant.technique import Technique

if TYPE_CHECKING:
    from specquant.report import Heading

FORMATS = (".csv", ".xlsx", ".json", ".nc", ".html")
"""Suffixes of files that answers are written to."""

_TABLES = (".csv", ".xlsx")
"""Suffixes of tables."""

_WITH_MEAN = (*_TABLES, ".json")
"""Suffixes of files that hold a mean."""

_DIGITS = 6
"""Decimals of a fraction in CSV and JSON: a millionth is far below any error."""


@dataclass(frozen=True)
class Layout:
    """What files of answers hold.

    Parameters
    ----------
    long
        Whether tables have a row per spectrum and element; if not, they have one per spectrum.
    mean
        Whether the mean of all spectra is added, with standard deviation and standard error.
    heading
        What stands above a report; None: nothing.
    """

    long: bool = False
    mean: bool = False
    heading: "Heading | None" = None


def check_format(path: Path, layout: Layout | None = None, further: Sequence[str] = ()) -> None:
    """Raise OutputError unless answers can be written to a file of that suffix, in that layout.

    Suffixes that are `further` allowed are of files that others write.
    """
    if path.suffix in further and path.suffix not in FORMATS:
        return
    if path.suffix not in FORMATS:
        raise OutputError("unknown output format", where=path, found=repr(path.suffix), wanted=", ".join(FORMATS))
    layout = layout or Layout()
    if layout.long and path.suffix not in _TABLES:
        raise OutputError("cannot be a long table", where=path, found=path.suffix, wanted=" or ".join(_TABLES))
    if layout.mean and path.suffix not in _WITH_MEAN:
        wanted = ", ".join(_WITH_MEAN)
        raise OutputError("cannot hold a mean", where=path, found=path.suffix, wanted=wanted, todo="Leave out --mean.")


def write_result(result: Result, path: Path, layout: Layout | None = None) -> Path:
    """Write a result by the suffix of the file, and return its path.

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    if path.suffix != ".html":
        card, technique = card_of(result.methods), result.technique
        given = (technique, result.command, path, result.force, card, layout)
        return write_answers(result.files, result.method, *given)
    layout = layout or Layout()
    check_format(path, layout)
    from specquant.report import report_html, write_html

    card, samples, unused = card_of(result.methods), result.samples(), list(map(str, result.errors))
    page = report_html(
        result.technique, samples, result.command, card, result.sections, heading=layout.heading, unused=unused
    )
    return write_html(page, path)


def write_answers(
    files: Iterable[FileResult],
    method: str,
    technique: Technique,
    command: str,
    path: Path,
    force: bool = False,
    card: ModelCard | None = None,
    layout: Layout | None = None,
) -> Path:
    """Write answers as a table, JSON or netCDF, one file at a time where the format allows, and return the path.

    What is not quantified has a verdict and no figures, unless by `force`. `card` is that of the network, if one was
    asked; without a `layout`, a table is wide.

    Raises
    ------
    OutputError
        If the suffix is unknown, cannot hold the layout, or the file cannot be written.
    SettingError
        If a mean is wanted of fewer than two spectra.
    """
    layout = layout or Layout()
    check_format(path, layout)
    if path.suffix in _TABLES:
        columns, rows = _table(files, method, technique, force, card, layout)
        if path.suffix == ".csv":
            return write_table(columns, rows, path)
        about = _about(technique, method, command, card)
        return write_workbook({"answers": (columns, rows), "about": (("", ""), about)}, path)
    with atomic_path(path) as partial:
        if path.suffix == ".json":
            seen: list[FileResult] = []
            spectra = [
                entry
                for result in _kept(files, seen, layout)
                for entry in _json_entries(result, method, technique, force)
            ]
            content: dict[str, Any] = {"technique": technique.name, "method": method, "command": command}
            content |= {"specquant": version("specquant"), "model": None if card is None else card.identity}
            content |= {"standards": common_statements(technique, card), "spectra": spectra}
            if layout.mean:
                content["mean"] = _json_mean(Replicates.of(seen, method, force).checked(), technique)
            partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        else:
            composition = composition_of(files, method, technique, command, force, card)
            contracts.written_as(composition, "COMPOSITION").to_netcdf(partial, engine="netcdf4")
    return path


def _table(
    files: Iterable[FileResult],
    method: str,
    technique: Technique,
    force: bool,
    card: ModelCard | None,
    layout: Layout,
) -> tuple[Sequence[str], Iterable[Iterable[object]]]:
    """Return columns and rows of a table of answers."""
    if not layout.long:
        return wide_table(files, method, technique, force, card, layout.mean)
    identity = identity_cells(method, card)
    return (*Row._fields, *IDENTITY), ([*row, *identity] for row in _long_rows(files, method, force, layout))


def _long_rows(files: Iterable[FileResult], method: str, force: bool, layout: Layout) -> Iterator[list[object]]:
    """Yield a row for every spectrum and element, and for each of mean, standard deviation and standard error."""
    seen: list[FileResult] = []
    for result in _kept(files, seen, layout):
        yield from (_cells(row) for row in result.rows(method, force))
    if layout.mean:
        several = Replicates.of(seen, method, force).checked()
        elements = seen[0].compositions[method]["element"].values
        for name, atomic, weight in several.statistics():
            for element, share, heavy in zip(elements, atomic, weight, strict=True):
                known = {"fraction": share, "weight_fraction": heavy}
                about = [f"mean of {len(several.fraction)} spectra", name, str(element)]
                yield _cells(Row._make([*about, *(known.get(number, np.nan) for number in NUMBERS), "", "", ""]))


def _kept(files: Iterable[FileResult], seen: list[FileResult], layout: Layout) -> Iterator[FileResult]:
    """Pass on files, which are put into a list where a mean needs all."""
    for result in files:
        if layout.mean:
            seen.append(result)
        yield result


def _json_mean(several: Replicates, technique: Technique) -> dict[str, Any]:
    """Return the mean of replicates as JSON has it: fractions by statistic, of elements that are shown."""
    content: dict[str, Any] = {"spectra": len(several.fraction), "left_out": several.left_out}
    for name, atomic, weight in several.statistics():
        content[name.replace(" ", "_")] = [
            {
                "element": technique.elements[index],
                "fraction": round(float(atomic[index]), _DIGITS),
                "weight_fraction": round(float(weight[index]), _DIGITS),
            }
            for index in several.shown
        ]
    return content


def _about(technique: Technique, method: str, command: str, card: ModelCard | None) -> list[tuple[str, str]]:
    """Return where a workbook comes from, a pair of words each."""
    return [
        ("technique", technique.title),
        *zip(IDENTITY, identity_cells(method, card), strict=True),
        ("specquant", version("specquant")),
        ("command", command),
    ]


def composition_of(
    files: Iterable[FileResult],
    method: str,
    technique: Technique,
    command: str,
    force: bool = False,
    card: ModelCard | None = None,
) -> xr.Dataset:
    """Return all answers of a method under the COMPOSITION contract, with a coordinate `file`.

    The attributes ``model_...`` say which network was asked, by `card`.
    """
    parts = []
    for result in files:
        part = result.answers(method, force)
        names = np.full(part.sizes["sample"], result.file, dtype=object)
        remark = part["remark"].values if "remark" in part.coords else np.full(len(names), "", dtype=object)
        parts.append(part.assign_coords(file=("sample", names), remark=("sample", remark)))
    if not all({"y", "x"} <= set(part.coords) for part in parts):
        parts = [part.drop_vars(["y", "x"], errors="ignore") for part in parts]
    joined = xr.concat(parts, dim="sample", data_vars="minimal", coords="minimal", compat="equals", join="outer")
    if not any(joined["remark"].values):
        joined = joined.drop_vars("remark")
    attributes = {"method": method, "command": command, **identity_attributes(card)}
    stamped = contracts.stamp(joined, technique.name, "quantified", **attributes)
    return contracts.check(stamped, "COMPOSITION", "answers")


def _cells(row: Row) -> list[object]:
    values = (getattr(row, name) for name in NUMBERS)
    numbers = ("" if np.isnan(number) else round(number, _DIGITS) for number in values)
    return [row.file, row.sample, row.element, *numbers, row.oxide, row.verdict, row.reasons]


def _known(number: float) -> float | None:
    """Return a number as JSON has it: rounded, None where not known."""
    return None if np.isnan(number) else round(number, _DIGITS)


def _json_entries(result: FileResult, method: str, technique: Technique, force: bool) -> Iterator[dict[str, Any]]:
    """Yield what JSON has of every spectrum; one that is not quantified has an empty composition."""
    amounts: dict[str, list[dict[str, str | float | None]]] = {sample: [] for sample in result.spectra.labels()}
    judgements = result.judgements(method)
    answered = {sample: force or one.is_answer for sample, one in zip(result.spectra.labels(), judgements, strict=True)}
    for row in result.rows(method, force):
        if answered[row.sample]:
            values = ((name, getattr(row, name)) for name in NUMBERS)
            numbers = {name: _known(x) for name, x in values}
            amounts[row.sample].append({"element": row.element, "oxide": row.oxide or None, **numbers})
    answers = result.answers(method, force)
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
        entry |= {name: _known(float(answers[name].values[index])) for name in AXIS if name in answers}
        if "stoichiometric_oxygen" in answers:
            entry["stoichiometric_oxygen"] = round(float(answers["stoichiometric_oxygen"].values[index]), _DIGITS)
        narrow = result.narrow[index] if result.narrow else None
        if narrow is not None:
            entry["narrow"] = narrow_dict(narrow, technique.elements)
        yield {**entry, "standards": stated}
