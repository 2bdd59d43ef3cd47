"""The quantification stage: files in, compositions out, one file at a time."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.discovery import Plugin
from specquant.elements import weight_fractions
from specquant.errors import OutputError, SpecquantError
from specquant.files import atomic_path
from specquant.learning import NetworkQuantifier
from specquant.learning.validity import outside
from specquant.quantifiers import Quantifier, stated_of
from specquant.readers import load_spectra
from specquant.technique import Floats, RawSpectrum, Technique

CSV_COLUMNS = ("file", "sample", "element", "fraction", "lower", "upper", "weight_fraction")
FORMATS = (".csv", ".json", ".nc", ".html")


@dataclass(frozen=True)
class FileResult:
    """What became of one file: the spectra, one COMPOSITION per method, notes per sample; or the error."""

    file: str
    spectra: xr.Dataset | None = None
    compositions: Mapping[str, xr.Dataset] = field(default_factory=dict)
    notes: tuple[tuple[str, ...], ...] = ()
    error: SpecquantError | None = None


def quantify_file(
    path: Path,
    plugin: Plugin,
    methods: Mapping[str, Quantifier],
    given: Mapping[str, float] | None = None,
    elements: Sequence[str] = (),
    correct: Callable[[RawSpectrum], RawSpectrum] | None = None,
) -> FileResult:
    """Read one file and quantify every spectrum in it with every method; raises what reading raises.

    `given` are instrument parameters that the user states; they win over the file's header. `elements` are the only
    ones there can be; none: all of the technique. `correct` is done to spectra before they are placed, see
    `open_axis_correction`.
    """
    spectra = load_spectra(path, plugin.technique, plugin.readers, given, correct)
    if elements:
        spectra = with_candidates(spectra, elements, plugin.technique)
    compositions = {name: _with_weights(quantifier.quantify(spectra), spectra) for name, quantifier in methods.items()}
    headers = [json.loads(str(text)) for text in spectra["header"].values]
    stated = stated_of(spectra, plugin.technique)
    remarks = [
        [*_remarks(compositions, row), *_limits(methods, plugin.technique, stated[row])] for row in range(len(headers))
    ]
    notes = tuple((*_notes(header, plugin.technique), *remark) for header, remark in zip(headers, remarks, strict=True))
    return FileResult(str(path), spectra, compositions, notes)


def quantify_files(
    paths: Sequence[Path],
    plugin: Plugin,
    methods: Mapping[str, Quantifier],
    given: Mapping[str, float] | None = None,
    elements: Sequence[str] = (),
    correct: Callable[[RawSpectrum], RawSpectrum] | None = None,
) -> Iterator[FileResult]:
    """Quantify files one after the other; a file that cannot be used gives a result with its error."""
    for path in paths:
        try:
            yield quantify_file(path, plugin, methods, given, elements, correct)
        except SpecquantError as error:
            yield FileResult(str(path), error=error)


def with_candidates(spectra: xr.Dataset, elements: Sequence[str], technique: Technique) -> xr.Dataset:
    """Return SPECTRA that say which elements there can be."""
    listed = np.isin(technique.elements, elements)
    candidates = np.repeat(listed[None], spectra.sizes["sample"], axis=0)
    return spectra.assign(candidates=(("sample", "element"), candidates)).assign_coords(
        element=list(technique.elements)
    )


def _with_weights(composition: xr.Dataset, spectra: xr.Dataset) -> xr.Dataset:
    """Return a COMPOSITION with its weight fractions, and with the places of pixels where the spectra have them."""
    elements = [str(symbol) for symbol in composition["element"].values]
    weight = weight_fractions(composition["fraction"].values, elements)
    places = {name: ("sample", spectra[name].values) for name in ("y", "x") if name in spectra.coords}
    units = {"units": "weight fraction"}
    return composition.assign(weight_fraction=(("sample", "element"), weight, units)).assign_coords(places)


def _remarks(compositions: Mapping[str, xr.Dataset], row: int) -> list[str]:
    """Return what the methods remark on one spectrum."""
    said = {name: str(found["remark"].values[row]) for name, found in compositions.items() if "remark" in found.coords}
    return [f"warning: {name}: {remark}" for name, remark in said.items() if remark]


def _limits(methods: Mapping[str, Quantifier], technique: Technique, stated: Floats) -> Iterator[str]:
    """Say what models cannot know: elements that they were not trained to see, instruments unlike those of training."""
    names = [parameter.name for parameter in technique.stated]
    known = dict(zip(names, stated.tolist(), strict=True))
    for name, quantifier in methods.items():
        model = quantifier.explained
        if isinstance(model, NetworkQuantifier) and (limits := model.card.limits(technique)):
            yield f"{name}: the model {limits}"
        if isinstance(model, NetworkQuantifier):
            yield from (f"warning: {name}: {text}" for text in outside(model.card, technique, known))


def _notes(header: Mapping[str, Any], technique: Technique) -> Iterator[str]:
    """Say what was corrected, assumed or left out on reading, and where the instrument is not that of pure spectra."""
    for key in ("given", "correction", "assumed", "offset", "left_out", "warning"):
        if header.get(key):
            yield f"{key.replace('_', ' ')}: {header[key]}"
    for parameter in technique.parameters:
        value = None if parameter.stated else header.get(parameter.name)
        if isinstance(value, int | float) and abs(value - parameter.default) > 0.01 * abs(parameter.default):
            yield (
                f"warning: {parameter.name} is {value:g} {parameter.unit}, the model was made for "
                f"{parameter.default:g} {parameter.unit}; lines that depend on it are read wrongly"
            )


def rows(result: FileResult, method: str) -> Iterator[tuple[str, str, str, float, float, float, float]]:
    """Yield what CSV_COLUMNS names for every spectrum and element of one method."""
    composition = result.compositions[method]
    elements = [str(symbol) for symbol in composition["element"].values]
    values = [composition[name].values for name in CSV_COLUMNS[3:]]
    for row, sample in enumerate(composition["sample"].values):
        for place, element in enumerate(elements):
            fraction, lower, upper, weight = (float(array[row, place]) for array in values)
            yield result.file, str(sample), element, fraction, lower, upper, weight


def write_results(results: Iterable[FileResult], method: str, out: Path, technique: Technique, command: str) -> None:
    """Write results as CSV, JSON or netCDF by the suffix of `out`, one file at a time where the format allows.

    Raises
    ------
    OutputError
        If the suffix is unknown or the place cannot be written.
    """
    with atomic_path(out) as partial:
        if out.suffix == ".csv":
            with partial.open("w", newline="", encoding="utf-8") as file:
                _write_csv(results, method, file)
        elif out.suffix == ".json":
            spectra = [entry for result in results for entry in _json_entries(result, method)]
            content = {"technique": technique.name, "method": method, "command": command, "spectra": spectra}
            partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        elif out.suffix == ".nc":
            _write_netcdf(results, method, partial, technique, command)
        else:
            raise OutputError("unknown output format", where=out, found=out.suffix, wanted=", ".join(FORMATS))


def _write_csv(results: Iterable[FileResult], method: str, file: TextIO) -> None:
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for result in results:
        for name, sample, element, *numbers in rows(result, method):
            writer.writerow([name, sample, element, *("" if np.isnan(x) else f"{x:.6f}" for x in numbers)])


def _json_entries(result: FileResult, method: str) -> Iterator[dict[str, Any]]:
    entries: dict[str, list[dict[str, str | float | None]]] = {}
    for _, sample, element, *numbers in rows(result, method):
        known = (None if np.isnan(x) else round(x, 6) for x in numbers)
        entry = {"element": element, **dict(zip(CSV_COLUMNS[3:], known, strict=True))}
        entries.setdefault(sample, []).append(entry)
    for (sample, composition), notes in zip(entries.items(), result.notes, strict=True):
        yield {"file": result.file, "sample": sample, "notes": list(notes), "composition": composition}


def _write_netcdf(
    results: Iterable[FileResult], method: str, partial: Path, technique: Technique, command: str
) -> None:
    parts = []
    for result in results:
        part = result.compositions[method]
        files = ("sample", np.full(part.sizes["sample"], result.file, dtype=object))
        parts.append(part.assign_coords(file=files))
    if any("remark" in part.coords for part in parts):
        parts = [
            part if "remark" in part.coords else part.assign_coords(remark=("sample", [""] * part.sizes["sample"]))
            for part in parts
        ]
    mapped = all({"y", "x"} <= set(part.coords) for part in parts)
    joined = xr.concat(
        [part if mapped else part.drop_vars(["y", "x"], errors="ignore") for part in parts], dim="sample"
    )
    stamped = contracts.stamp(joined, technique.name, "quantified", method=method, command=command)
    contracts.check(stamped, "COMPOSITION", str(partial))
    stamped.assign_attrs(contract="COMPOSITION").to_netcdf(partial, engine="netcdf4")
