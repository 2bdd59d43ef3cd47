"""Answers to disk: CSV, workbook, JSON, netCDF and HTML, by the suffix of the file."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import OutputError
from specquant.files import atomic_path
from specquant.learning.card import ModelCard
from specquant.session.fileresults import NUMBERS, FileResult, Row
from specquant.session.identity import IDENTITY, card_of, identity_attributes, identity_cells
from specquant.session.jsonanswers import DIGITS, answers_dict
from specquant.session.replicates import Replicates
from specquant.session.unused import UNUSED, Unused
from specquant.session.wide import wide_table
from specquant.tables import write_table, write_workbook
from specquant.technique import Technique

if TYPE_CHECKING:
    from specquant.report import Heading
    from specquant.session.results import Result

FORMATS = (".csv", ".xlsx", ".json", ".nc", ".html")
"""Suffixes of files that answers are written to."""

_TABLES = (".csv", ".xlsx")
"""Suffixes of tables."""

_WITH_MEAN = (*_TABLES, ".json")
"""Suffixes of files that hold a mean."""


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


def write_result(result: "Result", path: Path, layout: Layout | None = None) -> Path:
    """Write a result by the suffix of the file, and return its path.

    Raises
    ------
    OutputError
        If the suffix is unknown or the file cannot be written.
    """
    if path.suffix != ".html":
        card, technique = card_of(result.methods), result.technique
        given = (technique, result.command, path, result.force, card, layout)
        return write_answers([*result.files, *result.errors], result.method, *given)
    layout = layout or Layout()
    check_format(path, layout)
    from specquant.report import report_html, write_html

    card, samples, unused = card_of(result.methods), result.samples(), list(map(str, result.errors))
    page = report_html(
        result.technique, samples, result.command, card, result.sections, heading=layout.heading, unused=unused
    )
    return write_html(page, path)


def write_answers(
    outcomes: Iterable[FileResult | Unused],
    method: str,
    technique: Technique,
    command: str,
    path: Path,
    force: bool = False,
    card: ModelCard | None = None,
    layout: Layout | None = None,
) -> Path:
    """Write answers as a table, JSON or netCDF, one file at a time where the format allows, and return the path.

    What is not quantified has a verdict and no figures, unless by `force`; what cannot be used has its reason.
    `card` is that of the network, if one was asked; without a `layout`, a table is wide.

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
        columns, rows = _table(outcomes, method, technique, force, card, layout)
        if path.suffix == ".csv":
            return write_table(columns, rows, path)
        about = _about(technique, method, command, card)
        return write_workbook({"answers": (columns, rows), "about": (("", ""), about)}, path)
    with atomic_path(path) as partial:
        if path.suffix == ".json":
            content = answers_dict(outcomes, method, technique, command, force, card, layout.mean)
            partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        else:
            composition = composition_of(outcomes, method, technique, command, force, card)
            contracts.written_as(composition, "COMPOSITION").to_netcdf(partial, engine="netcdf4")
    return path


def _table(
    outcomes: Iterable[FileResult | Unused],
    method: str,
    technique: Technique,
    force: bool,
    card: ModelCard | None,
    layout: Layout,
) -> tuple[Sequence[str], Iterable[Iterable[object]]]:
    """Return columns and rows of a table of answers."""
    if not layout.long:
        return wide_table(outcomes, method, technique, force, card, layout.mean)
    identity = identity_cells(method, card)
    return (*Row._fields, *IDENTITY), ([*row, *identity] for row in _long_rows(outcomes, method, force, layout))


def _long_rows(
    outcomes: Iterable[FileResult | Unused], method: str, force: bool, layout: Layout
) -> Iterator[list[object]]:
    """Yield a row for every spectrum and element, and for each of mean, standard deviation and standard error.

    An input that cannot be used has one row.
    """
    seen: list[FileResult] = []
    for outcome in outcomes:
        if isinstance(outcome, Unused):
            unknown = [np.nan] * len(NUMBERS)
            yield _cells(Row._make([outcome.file, "", "", *unknown, "", UNUSED, str(outcome)]))
            continue
        if layout.mean:
            seen.append(outcome)
        yield from (_cells(row) for row in outcome.rows(method, force))
    if layout.mean:
        several = Replicates.of(seen, method, force).checked()
        elements = seen[0].compositions[method]["element"].values
        for name, atomic, weight in several.statistics():
            for element, share, heavy in zip(elements, atomic, weight, strict=True):
                known = {"fraction": share, "weight_fraction": heavy}
                about = [f"mean of {len(several.fraction)} spectra", name, str(element)]
                yield _cells(Row._make([*about, *(known.get(number, np.nan) for number in NUMBERS), "", "", ""]))


def _about(technique: Technique, method: str, command: str, card: ModelCard | None) -> list[tuple[str, str]]:
    """Return where a workbook comes from, a pair of words each."""
    return [
        ("technique", technique.title),
        *zip(IDENTITY, identity_cells(method, card), strict=True),
        ("specquant", version("specquant")),
        ("command", command),
    ]


def composition_of(
    outcomes: Iterable[FileResult | Unused],
    method: str,
    technique: Technique,
    command: str,
    force: bool = False,
    card: ModelCard | None = None,
) -> xr.Dataset:
    """Return all answers of a method under the COMPOSITION contract, with a coordinate `file`.

    The attributes ``model_...`` say which network was asked, by `card`, and ``unused``, as JSON, which inputs cannot be
    used, where there are any.
    """
    parts, unused = [], []
    for result in outcomes:
        if isinstance(result, Unused):
            unused.append(result.as_dict())
            continue
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
    attributes |= {UNUSED: json.dumps(unused, ensure_ascii=False)} if unused else {}
    stamped = contracts.stamp(joined, technique.name, "quantified", **attributes)
    return contracts.check(stamped, "COMPOSITION", "answers")


def _cells(row: Row) -> list[object]:
    values = (getattr(row, name) for name in NUMBERS)
    numbers = ("" if np.isnan(number) else round(number, DIGITS) for number in values)
    return [row.file, row.sample, row.element, *numbers, row.oxide, row.verdict, row.reasons]
