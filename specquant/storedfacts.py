"""What files say of a spectrum beside its counts, as JSON in files, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from specquant.errors import ContractError
from specquant.notes import Note, NoteKind
from specquant.technique import Coordinate, Facts, NarrowScan

_MOST_PIXELS = 1 << 24
"""Rows or columns of a map: more than any detector or stage gives. Chosen."""

_HEADER_LINES = 50
"""Entries of a list in a header that are written to a file; chosen: in some formats the rest is the spectrum itself."""


def facts_text(facts: Facts) -> str:
    """Return facts as JSON, as they stand in files."""
    content = {
        "header": _short(facts.header),
        "notes": [{"kind": note.kind.name, "text": note.text, "about": note.about} for note in facts.notes],
        "composition": dict(facts.composition),
        "axis_offset": facts.axis_offset,
        "pixel": facts.pixel,
        "narrow": [
            {"name": scan.name, "energy": scan.energy, "counts": scan.counts, "header": dict(scan.header)}
            for scan in facts.narrow
        ],
        "coordinate": None if facts.coordinate is None else asdict(facts.coordinate),
    }
    return json.dumps(content, default=plain_numbers, ensure_ascii=False)


def _short(header: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key): list(value)[:_HEADER_LINES] if isinstance(value, list | tuple) else value
        for key, value in header.items()
    }


def _coordinate(content: Mapping[str, Any] | None) -> Coordinate | None:
    if content is None:
        return None
    return Coordinate(str(content["name"]), float(content["value"]), str(content["unit"]))


def _narrow(content: Mapping[str, Any]) -> NarrowScan:
    energy, counts = tuple(map(float, content["energy"])), tuple(map(float, content["counts"]))
    if len(energy) != len(counts):
        raise ValueError(f"{len(energy)} energies, {len(counts)} counts")
    return NarrowScan(str(content["name"]), energy, counts, dict(content["header"]))


def facts_from(text: object, where: str) -> Facts:
    """Return the facts that `facts_text` wrote.

    Raises
    ------
    ContractError
        If it is something else.
    """
    try:
        content: Mapping[str, Any] = json.loads(str(text))
        return Facts(
            dict(content["header"]),
            tuple(Note(NoteKind[note["kind"]], str(note["text"]), str(note["about"])) for note in content["notes"]),
            {str(symbol): float(share) for symbol, share in content["composition"].items()},
            float(content["axis_offset"]),
            None if content["pixel"] is None else _pixel(content["pixel"]),
            tuple(_narrow(scan) for scan in content.get("narrow", ())),
            _coordinate(content.get("coordinate")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise ContractError("SPECTRA facts cannot be read", where=where, found=f"{str(text)[:60]!r}") from error


def _pixel(content: Sequence[Any]) -> tuple[int, int]:
    row, column = map(int, content)
    if not 0 <= min(row, column) <= max(row, column) <= _MOST_PIXELS:
        raise ValueError(f"pixel {row}, {column}")
    return row, column


def plain_numbers(value: object) -> object:
    """Return what JSON has no word for as it has one: numpy's numbers and arrays as plain ones, all else as text."""
    if isinstance(value, np.generic):
        return value.item()
    return value.tolist() if isinstance(value, np.ndarray) else str(value)
