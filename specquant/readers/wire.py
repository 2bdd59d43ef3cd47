"""Spectra on their way from the process that reads to the one that asked: JSON and plain numbers, nothing that runs.

A message is the length of a JSON text (8 bytes, little-endian), the text, and the arrays that it lists. Whoever writes
it may be broken: everything is checked before it is believed.
"""

import json
import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ReadError
from specquant.notes import Note, NoteKind
from specquant.readers.limits import Limits
from specquant.spectra import plain_numbers
from specquant.technique import Facts, RawSpectrum

_LENGTH = struct.Struct("<Q")
_NUMBERS = re.compile(r"[<>|][iuf][1248]")
"""Types of arrays that pass: integers and floating-point numbers."""

_LONGEST_TEXT = 1 << 26
"""Bytes of the JSON text: 64 MiB, several hundred for each of a hundred thousand pixels. Chosen."""


class BrokenMessageError(Exception):
    """What came is not a message, or ends early."""


class _Table:
    """Things that many spectra share, each listed once."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self._index: dict[int, int] = {}
        self._kept: list[object] = []

    def index(self, thing: object, shown: Callable[[Any], object]) -> int:
        """Return the index of what `shown` makes of a thing."""
        if id(thing) not in self._index:
            self._index[id(thing)] = len(self.items)
            self._kept.append(thing)  # an identity is of a thing that still is
            self.items.append(shown(thing))
        return self._index[id(thing)]


class _Arrays:
    """Arrays of all spectra; those of one type and length are rows of one."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], list[NDArray[Any]]] = {}
        self._index: dict[int, tuple[int, int]] = {}
        self._kept: list[object] = []

    def index(self, array: object) -> tuple[int, int]:
        """Return which array, and which row of it, holds these numbers."""
        if id(array) not in self._index:
            values = np.asarray(array)
            if values.ndim != 1 or values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
                raise ReadError(
                    "holds no counts", found=f"{values.ndim} dimensions of {values.dtype}", wanted="numbers"
                )
            values = values if values.dtype.str[0] in "<>|" else values.astype(values.dtype.newbyteorder("<"))
            key = values.dtype.str, values.size
            rows = self.rows.setdefault(key, [])
            self._index[id(array)] = list(self.rows).index(key), len(rows)
            self._kept.append(array)
            rows.append(values)
        return self._index[id(array)]


def write_spectra(stream: BinaryIO, spectra: Sequence[RawSpectrum], limits: Limits) -> None:
    """Write spectra as a message; raises ReadError where they are more than the limits allow."""
    if len(spectra) > limits.spectra:
        raise ReadError("holds more spectra than a file of its size can", found=len(spectra), wanted=limits.spectra)
    tables = {name: _Table() for name in ("stated", "header", "notes", "composition")}
    arrays = _Arrays()
    listed = [
        {
            "name": raw.name,
            "energy": arrays.index(raw.energy),
            "counts": arrays.index(raw.counts),
            "stated": tables["stated"].index(raw.stated, dict),
            "header": tables["header"].index(raw.facts.header, dict),
            "notes": tables["notes"].index(raw.facts.notes, _notes_out),
            "composition": tables["composition"].index(raw.facts.composition, dict),
            "axis_offset": raw.facts.axis_offset,
            "pixel": raw.facts.pixel,
            "on_scale": raw.on_scale,
        }
        for raw in spectra
    ]
    shapes = [(dtype, len(rows), size) for (dtype, size), rows in arrays.rows.items()]
    total = sum(np.dtype(dtype).itemsize * rows * size for dtype, rows, size in shapes)
    if total > limits.answer:
        raise ReadError("claims more data than it can hold", found=f"{total:g} bytes of spectra", wanted=limits.answer)
    content = {"spectra": listed, "arrays": shapes, **{name: table.items for name, table in tables.items()}}
    write_message(stream, content)
    for rows in arrays.rows.values():
        for row in rows:
            stream.write(np.ascontiguousarray(row).data)
    stream.flush()


def write_message(stream: BinaryIO, content: Mapping[str, object]) -> None:
    """Write the JSON of a message without arrays."""
    text = json.dumps(content, default=plain_numbers).encode("ascii")
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.flush()


def read_message(stream: BufferedReader) -> dict[str, Any]:
    """Return the JSON of a message; raises BrokenMessageError."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > _LONGEST_TEXT:
        raise BrokenMessageError(f"{length} bytes of JSON")
    try:
        content = json.loads(_exactly(stream, length))
    except (ValueError, RecursionError) as error:
        raise BrokenMessageError(str(error)) from error
    if not isinstance(content, dict):
        raise BrokenMessageError(type(content).__name__)
    return content


def read_spectra(stream: BufferedReader, content: Mapping[str, Any], limits: Limits) -> list[RawSpectrum]:
    """Return the spectra of a message, its arrays read from the stream; raises BrokenMessageError."""
    try:
        arrays = [_array(stream, dtype, rows, size, limits) for dtype, rows, size in content["arrays"]]
        tables: dict[str, list[Any]] = {
            "stated": [_floats(item) for item in content["stated"]],
            "header": [{str(key): value for key, value in item.items()} for item in content["header"]],
            "notes": [_notes_in(item) for item in content["notes"]],
            "composition": [_floats(item) for item in content["composition"]],
        }
        if len(content["spectra"]) > limits.spectra:
            raise BrokenMessageError(f"{len(content['spectra'])} spectra")
        return [_spectrum(entry, arrays, tables) for entry in content["spectra"]]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise BrokenMessageError(f"{type(error).__name__}: {error}") from error


def _exactly(stream: BufferedReader, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BrokenMessageError("ends early")
    return data


def _array(stream: BufferedReader, dtype: str, rows: int, size: int, limits: Limits) -> NDArray[Any]:
    if not _NUMBERS.fullmatch(dtype) or min(rows, size) < 0:
        raise BrokenMessageError(f"array of {dtype}")
    if rows * size * int(dtype[2]) > limits.answer:
        raise BrokenMessageError(f"{rows} x {size} numbers")
    array = np.empty((rows, size), np.dtype(dtype))
    if array.size and stream.readinto(array.data.cast("B")) != array.nbytes:
        raise BrokenMessageError("ends early")
    return array


def _spectrum(
    entry: Mapping[str, Any], arrays: Sequence[NDArray[Any]], tables: Mapping[str, Sequence[Any]]
) -> RawSpectrum:
    energy, counts = (arrays[_index(entry[key][0])][_index(entry[key][1])] for key in ("energy", "counts"))
    shared = {name: table[_index(entry[name])] for name, table in tables.items()}
    pixel = entry["pixel"]
    facts = Facts(
        shared["header"],
        shared["notes"],
        shared["composition"],
        float(entry["axis_offset"]),
        None if pixel is None else (int(pixel[0]), int(pixel[1])),
    )
    return RawSpectrum(str(entry["name"]), energy, counts, shared["stated"], facts, on_scale=entry["on_scale"] is True)


def _index(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"index {value!r}")
    return value


def _floats(item: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): math.nan if value is None else float(value) for key, value in item.items()}


def _notes_out(notes: Sequence[Note]) -> list[tuple[str, str, str]]:
    return [(note.kind.name, note.text, note.about) for note in notes]


def _notes_in(item: Sequence[Sequence[str]]) -> tuple[Note, ...]:
    return tuple(Note(NoteKind[kind], str(text), str(about)) for kind, text, about in item)
