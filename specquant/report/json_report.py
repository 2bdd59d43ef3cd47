"""The report for programs: the same findings as plain numbers and text."""

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from specquant.quantifiers import AXIS, LAYERS, Modelled
from specquant.report.answers import elements_of, main_method
from specquant.report.results import RunResults, SampleResult
from specquant.report.standards import sample_statements
from specquant.statements import TRACE_ABOVE, common_statements, hidden_elements
from specquant.technique import Technique

Json = dict[str, Any]


def report_dict(results: RunResults) -> Json:
    """Return the results of a run as objects that JSON knows; numbers that are not known are None."""
    return {
        "specquant": version("specquant"),
        "technique": {"name": results.technique.name, "title": results.technique.title},
        "command": results.command,
        "model": plain(results.card),
        "standards": common_statements(results.technique, results.card),
        "accuracy": plain(results.accuracy),
        "samples": [sample_dict(sample, results.technique) for sample in results.samples],
        "examples": [
            plain(example) | {"won": plain(example.won), "holds": example.holds} for example in results.examples
        ],
        "readings": [
            plain(reading) | {"is_read": reading.is_read, "at_strongest": reading.at_strongest}
            for reading in results.readings
        ],
        "seconds": plain(results.seconds),
    }


def sample_dict(sample: SampleResult, technique: Technique) -> Json:
    """Return one sample's compositions, elements of at least 0.1 at% only, as fractions of one.

    `would_not_show` are elements that the first method does not find, with their detection limits, `layers` those that
    it takes to lie on the surface, and `axis_shift` (eV) is by how much it moved the axis. `chemical_shifts` (eV) are
    by how much its fit moved the lines of each element beyond that, with the range that they stay in, and
    `second_states` which share of them it has in a second chemical state, and how far above the first that lies (eV).
    """
    content: Json = {
        "file": sample.file,
        "sample": sample.name,
        "standards": sample_statements(technique, sample),
        "verdict": sample.judgement.verdict.value,
        "reasons": plain(sample.judgement.reasons),
        "notes": plain(sample.notes),
        "compositions": {method: _rows(composition) for method, composition in sample.compositions.items()},
        "layers": _layers(sample.compositions[main_method(sample)]),
        "axis_shift": _axis(sample.compositions[main_method(sample)]),
        "chemical_shifts": _chemical_shifts(sample.modelled, technique),
        "second_states": [
            {"element": symbol, "share": plain(share), "further": plain(further)}
            for symbol, share, further in (sample.modelled.second_states if sample.modelled else ())
        ],
        "would_not_show": [
            {"element": symbol, "detection_limit": plain(most)}
            for symbol, most in hidden_elements(sample.compositions[main_method(sample)])
        ],
    }
    if sample.truth is not None:
        elements = elements_of(next(iter(sample.compositions.values())))
        pairs = zip(elements, sample.truth.tolist(), strict=True)
        content["truth"] = [
            {"element": symbol, "fraction": plain(part)} for symbol, part in pairs if part >= TRACE_ABOVE
        ]
    return content


def plain(value: object) -> Any:
    """Return records, mappings, sequences and numpy values as JSON objects; NaN and infinities become None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _layers(composition: xr.Dataset) -> list[Json]:
    if LAYERS[0] not in composition:
        return []
    columns = (composition[name].values[0].tolist() for name in LAYERS)
    rows = zip(elements_of(composition), *columns, strict=True)
    return [dict(zip(("element", "thickness", "error"), row, strict=True)) for row in rows if math.isfinite(row[1])]


def _axis(composition: xr.Dataset) -> Json | None:
    if AXIS[0] not in composition:
        return None
    return {name: plain(float(composition[key].values[0])) for name, key in zip(("value", "error"), AXIS, strict=True)}


def _chemical_shifts(modelled: Modelled | None, technique: Technique) -> list[Json]:
    if modelled is None or modelled.chemical is None:
        return []
    names, pairs = ("element", "shift", "lowest", "highest"), zip(modelled.elements, modelled.chemical, strict=True)
    ranges = dict(zip(technique.elements, technique.shift_ranges.tolist(), strict=True))
    return [dict(zip(names, (element, float(shift), *ranges[element]), strict=True)) for element, shift in pairs]


def _rows(composition: xr.Dataset) -> list[Json]:
    table, elements = composition.isel(sample=0), elements_of(composition)
    names = ["fraction", "lower", "upper", "weight_fraction"]
    names += [name for name in ("detection_limit", "oxide_weight_fraction") if name in table]
    rows = zip(elements, *(table[name].values.tolist() for name in names), strict=True)
    kept = [row for row in rows if row[1] >= TRACE_ABOVE]
    return [plain(dict(zip(("element", *names), row, strict=True))) for row in sorted(kept, key=lambda row: -row[1])]
