"""Spectra on their way from the process that reads to the one that asked: JSON and plain numbers, nothing that runs.

A message is the length of a JSON text (8 bytes, little-endian), the text, and arrays: where the parts of each spectrum
stand, the offsets of their axes, and those that the text lists. A map has ten thousand spectra, so that nothing is said
of each in words. Whoever writes a message may be broken: everything is checked before it is believed.
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
from specquant.storedfacts import plain_numbers
from specquant.technique import Coordinate, Facts, Floats, NarrowScan, RawSpectrum

_LENGTH = struct.Struct("<Q")
_NUMBERS = re.compile(r"[<>|][iuf][1248]")
"""Types of arrays that pass: integers and floating-point numbers."""

_WIDEST = 8
"""Bytes of a number of these types at most."""

_INDEX = "<i8"
"""Type of the numbers that say where the parts of a spectrum stand, and of its pixel."""

_OFFSET = "<f8"
"""Type of offsets of energy axes."""

_COLUMNS = 14
"""Of those numbers: array and row of energy and of counts, two flags, row and column of the pixel, six tables."""

_PIECE = 1 << 20
"""Bytes that are written at once: 1 MiB, as many as the pipe takes. Chosen."""

_LONGEST_TEXT = 1 << 26
"""Bytes of the JSON text: 64 MiB, several hundred for each of a hundred thousand pixels. Chosen."""


class BrokenMessageError(Exception):
    """What came is not a message, or ends early."""


class _Table:
    """Things that many spectra share, each listed once."""

    def __init__(self, things: Sequence[object], shown: Callable[[Any], object]) -> None:
        unique = {id(thing): thing for thing in things}
        positions = {identity: position for position, identity in enumerate(unique)}
        self.items = [shown(thing) for thing in unique.values()]
        self.index = [positions[id(thing)] for thing in things]


class _Arrays:
    """Arrays of all spectra; those of one type and length are rows of one."""

    def __init__(self) -> None:
        self.listed: dict[tuple[np.dtype[Any], int], tuple[int, list[NDArray[Any]]]] = {}

    def index(self, arrays: Sequence[object]) -> list[tuple[int, int]]:
        """Return which array, and which row of it, holds the numbers of each of these."""
        indices = {}
        for identity, array in {id(array): array for array in arrays}.items():
            values = np.asarray(array)
            dtype = values.dtype
            if values.ndim != 1 or dtype.kind not in "iuf" or dtype.itemsize > _WIDEST:
                raise ReadError("holds no counts", found=f"{values.ndim} dimensions of {dtype}", wanted="numbers")
            position, rows = self.listed.setdefault((dtype, values.size), (len(self.listed), []))
            indices[identity] = position, len(rows)
            rows.append(values)
        return [indices[id(array)] for array in arrays]


def write_spectra(stream: BinaryIO, spectra: Sequence[RawSpectrum], limits: Limits) -> None:
    """Write spectra as a message; raises ReadError where they are more than the limits allow."""
    if len(spectra) > limits.spectra:
        raise ReadError("holds more spectra than a file of its size can", found=len(spectra), wanted=limits.spectra)
    arrays = _Arrays()
    energy, counts = arrays.index([raw.energy for raw in spectra]), arrays.index([raw.counts for raw in spectra])
    shapes = [(dtype.str, len(rows), size) for (dtype, size), (_, rows) in arrays.listed.items()]
    total = sum(np.dtype(dtype).itemsize * rows * size for dtype, rows, size in shapes)
    if total > limits.answer:
        raise ReadError("claims more data than it can hold", found=f"{total:g} bytes of spectra", wanted=limits.answer)
    facts = [raw.facts for raw in spectra]
    tables = {
        "stated": _Table([raw.stated for raw in spectra], dict),
        "header": _Table([each.header for each in facts], dict),
        "notes": _Table([each.notes for each in facts], _notes_out),
        "composition": _Table([each.composition for each in facts], dict),
        "narrow": _Table([each.narrow for each in facts], _narrow_out),
        "coordinate": _Table([each.coordinate for each in facts], _coordinate_out),
    }
    flags = [(raw.on_scale, raw.facts.pixel is not None, *(raw.facts.pixel or (0, 0))) for raw in spectra]
    columns = [np.reshape(pairs, (len(spectra), -1 if spectra else 0)) for pairs in (energy, counts, flags)]
    indices = np.column_stack([*columns, *(table.index for table in tables.values())])
    lists = {name: table.items for name, table in tables.items()}
    write_message(stream, {"names": [raw.name for raw in spectra], "arrays": shapes, **lists})
    stream.write(np.ascontiguousarray(indices, _INDEX).data)
    stream.write(np.array([each.axis_offset for each in facts], _OFFSET).data)
    for _, rows in arrays.listed.values():
        _write_rows(stream, rows)
    stream.flush()


def _write_rows(stream: BinaryIO, rows: Sequence[NDArray[Any]]) -> None:
    """Write arrays one after another, many at once."""
    several = max(1, _PIECE // max(1, rows[0].nbytes))
    for start in range(0, len(rows), several):
        stream.write(np.concatenate(rows[start : start + several], dtype=rows[0].dtype).data)


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
        names = [str(name) for name in content["names"]]
        if len(names) > limits.spectra:
            raise BrokenMessageError(f"{len(names)} spectra")
        tables: dict[str, list[Any]] = {
            "stated": [_floats(item) for item in content["stated"]],
            "header": [{str(key): value for key, value in item.items()} for item in content["header"]],
            "notes": [_notes_in(item) for item in content["notes"]],
            "composition": [_floats(item) for item in content["composition"]],
            "narrow": [_narrow_in(item) for item in content["narrow"]],
            "coordinate": [_coordinate_in(item) for item in content["coordinate"]],
        }
        indices = _array(stream, _INDEX, len(names), _COLUMNS, limits)
        (offsets,) = _array(stream, _OFFSET, 1, len(names), limits)
        arrays = [list(_array(stream, dtype, rows, size, limits)) for dtype, rows, size in content["arrays"]]
        return _spectra(names, indices, offsets, arrays, tables)
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
    if rows * size * int(dtype[2]) > limits.answer or rows > 2 * limits.spectra:
        raise BrokenMessageError(f"{rows} x {size} numbers")
    array = np.empty((rows, size), np.dtype(dtype))
    if array.size and stream.readinto(array.data.cast("B")) != array.nbytes:
        raise BrokenMessageError("ends early")
    return array


def _spectra(
    names: Sequence[str],
    indices: NDArray[np.int64],
    offsets: Floats,
    arrays: Sequence[Sequence[NDArray[Any]]],
    tables: Mapping[str, Sequence[Any]],
) -> list[RawSpectrum]:
    """Return spectra by where the parts of each stand; raises IndexError."""
    if indices.size and indices.min() < 0:
        raise IndexError(f"index {indices.min()}")
    of_energy, energy_row, of_counts, counts_row, on_scale, has_pixel, y, x, *shared = indices.T.tolist()
    energies = [arrays[array][row] for array, row in zip(of_energy, energy_row, strict=True)]
    counts = [arrays[array][row] for array, row in zip(of_counts, counts_row, strict=True)]
    stated, header, notes, composition, narrow, coordinate = (
        [table[row] for row in rows] for table, rows in zip(tables.values(), shared, strict=True)
    )
    pixels = [(row, column) if has else None for has, row, column in zip(has_pixel, y, x, strict=True)]
    facts = map(Facts, header, notes, composition, offsets.tolist(), pixels, narrow, coordinate)
    return list(map(RawSpectrum, names, energies, counts, stated, facts, map(bool, on_scale)))


def _floats(item: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): math.nan if value is None else float(value) for key, value in item.items()}


def _notes_out(notes: Sequence[Note]) -> list[tuple[str, str, str]]:
    return [(note.kind.name, note.text, note.about) for note in notes]


def _notes_in(item: Sequence[Sequence[str]]) -> tuple[Note, ...]:
    return tuple(Note(NoteKind[kind], str(text), str(about)) for kind, text, about in item)


def _narrow_out(scans: Sequence[NarrowScan]) -> list[tuple[object, ...]]:
    return [(scan.name, scan.energy, scan.counts, dict(scan.header)) for scan in scans]


def _narrow_in(item: Sequence[Sequence[Any]]) -> tuple[NarrowScan, ...]:
    return tuple(
        NarrowScan(str(name), tuple(map(float, energy)), tuple(map(float, counts)), dict(header))
        for name, energy, counts, header in item
    )


def _coordinate_out(coordinate: Coordinate | None) -> tuple[str, float, str] | None:
    return None if coordinate is None else (coordinate.name, coordinate.value, coordinate.unit)


def _coordinate_in(item: Sequence[Any] | None) -> Coordinate | None:
    if item is None:
        return None
    name, value, unit = item
    return Coordinate(str(name), float(value), str(unit))
