"""Tables of records and enumerations, with the texts of their docstrings, and values as one would type them."""

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from typing import Any

from specquant import plugin
from specquant.notes import NoteKind
from specquant.recipes import InstrumentKind, Recipe
from specquant.session import Session
from specquant.spectra import Spectra
from specquant.technique import (
    CalibrationSettings,
    DeclaredShift,
    Facts,
    FitDecisions,
    FitPriors,
    InstrumentParameter,
    ParameterEstimate,
    RawSpectrum,
    Reader,
    Reporting,
    Role,
    Section,
    Technique,
    UnstatedQuantities,
)
from specquant.testing import Sample

_RECORDS = (
    *(Technique, InstrumentParameter, FitPriors, FitDecisions, CalibrationSettings, RawSpectrum, Facts),
    *(Spectra, Recipe, InstrumentKind, Session, UnstatedQuantities, ParameterEstimate, Reader, Section, Sample),
    *(DeclaredShift, Reporting),
    *(plugin.EnergyAxis, plugin.Peak, plugin.Component, plugin.ProbeExample, plugin.Addition, plugin.FitSettings),
    *(plugin.Estimate, plugin.Note, plugin.SampleResult, plugin.Member, plugin.Coordinate, plugin.ExampleSpectrum),
    *(plugin.NarrowScan, plugin.NarrowQuestion, plugin.LineFactor, plugin.LineArea, plugin.NarrowAnswer),
    *(plugin.DoubledLines, plugin.RawMap, plugin.MapAxis, plugin.FileCounts, plugin.Hdf5Counts),
)
RECORDS: dict[str, type[Any]] = {record.__name__: record for record in _RECORDS}
"""Records with a table of their fields."""

WORDS: dict[str, type[Enum]] = {kind.__name__: kind for kind in (Role, NoteKind)}
"""Enumerations with a table of their members."""

Table = list[tuple[str, ...]]
"""Cells, row by row, the heads first."""


def described(record: type[Any]) -> dict[str, str]:
    """Return what the docstring of a record says of its fields; fields that it describes together share the text."""
    section = re.split(r"\nParameters\n-+\n", inspect.getdoc(record) or "")[1:]
    texts: dict[str, str] = {}
    for part in re.split(r"\n(?=\S)", section[0]) if section else []:
        names, _, text = part.partition("\n")
        if re.match(r"-+$", text):
            break
        texts |= dict.fromkeys(map(str.strip, names.split(",")), prose(text))
    return texts


def prose(text: str) -> str:
    """Return the text of a docstring as one cell of a table."""
    return " ".join(textwrap.dedent(text).replace("``", "`").split()).replace("|", "\\|")


def fields_table(name: str) -> Table:
    """Return the fields of a record, with their defaults and what its docstring says of them."""
    texts = described(RECORDS[name])
    fields = dataclasses.fields(RECORDS[name])
    rows = [(f"`{field.name}`", _default(field), texts.get(field.name, "")) for field in fields]
    return [("field", "default", "meaning"), *rows]


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
        return f"`{type(value).__name__}()`" if dataclasses.is_dataclass(value) else f"`{written(value)}`"
    return "required" if field.default is dataclasses.MISSING else f"`{written(field.default)}`"


def members_table(name: str) -> Table:
    """Return the members of an enumeration, with the docstrings that stand under them in its source."""
    kind = WORDS[name]
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    texts = {
        ast.unparse(line.targets[0]): prose(str(ast.literal_eval(after.value)))
        for line, after in pairwise(tree.body)
        if isinstance(line, ast.Assign) and isinstance(after, ast.Expr)
    }
    members = kind.__members__.items()
    if issubclass(kind, str):
        printed = [(f"`{key}`", f"`{one}:`" if one else "", texts[key]) for key, one in members]
        return [("kind", "printed as", "meaning"), *printed]
    return [(name.lower(), "meaning"), *((f"`{key}`", texts[key]) for key, _ in members)]


def written(value: object) -> str:
    """Return a value as one would type it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        entries = [(getattr(value, field.name), field.default) for field in dataclasses.fields(value)]
        while entries and (entries[-1][0] == entries[-1][1] or entries[-1][0] in ({}, ())):
            entries.pop()
        return f"{type(value).__name__}({', '.join(written(entry) for entry, _ in entries)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{written(key)}: {written(part)}' for key, part in value.items())}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _number(value: float) -> str:
    text = f"{value:g}" if 1e-3 <= abs(value) < 1e5 else re.sub(r"\.?0*e([-+])0*", r"e\1", f"{value:e}")
    text = text.replace("e+", "e") if value else "0"
    return text if float(text) == value else repr(value)
