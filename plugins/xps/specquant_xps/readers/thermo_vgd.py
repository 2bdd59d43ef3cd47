"""Reading .vgd files, in which Thermo's Avantage keeps a data space as an OLE2 compound document.

Stream ``VGSpaceAxes``: 4 bytes, the number of axes, then for each axis 18 bytes of class tags, the number of points
(int32), start and width (float64), a byte that is 1 where it is even (else the points follow, float64), and its kind
(int32). Stream ``VGData``: float64, energy running fastest. Properties in sets of the usual OLE layout, by numbers.
Several public readers agree on this; it was not documented by the maker.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from specquant.plugin import RawSpectrum, ReadError, SpecquantError
from specquant_xps.readers.dataspace import ENERGY, Axis, DataSpace, energy_axis, spectra_of
from specquant_xps.readers.lines import content_of, damaged

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DATA, _AXES = "VGData", "VGSpaceAxes"
_TAGS = 18
"""Bytes of class tags before an axis."""

_INTEGER = 4
"""Bytes of an integer."""

_AXIS = struct.Struct("<i2dB")
_KINDS = {1: ENERGY, 3: "X", 4: "Y", 6: "ETCHLEVEL", 8: "ETCHTIME", 10: "POSITION"}
"""The file's number of a kind of axis to its name in .avg files."""

_MOST_AXES = 8
"""Axes of a data space; more than there are kinds of axis, so that a larger number is damage."""

_LARGEST = 1 << 27
"""Bytes of a stream: 128 MiB, 4096 spectra of 4096 channels. Chosen."""

_NAMES = {
    0x04: "DS_GEPROPID_TECHNIQUE",
    0x06: "DS_GEPROPID_INSTRUMENT",
    0x69: "DS_SOPROPID_ENERGY",
    0x131: "DS_ACPROPID_ACQ_TIME",
    0x13C: "DS_ACPROPID_EV_SCALE",
    0x148: "DS_ACPROPID_PERIODS",
    0x194: "DS_ANPROPID_PASS",
    0x196: "DS_ANPROPID_WORK_FTN",
    0x19B: "DS_ANPROPID_LENS_MODE_NAME",
}
"""The file's number of a property to its name in .avg files."""

_SUMMARY = "\x05SummaryInformation"
_SUMMARY_NAMES = {2: "DS_EXT_SUPROPID_TITLE", 3: "DS_EXT_SUPROPID_SUBJECT"}
"""The same in the summary, where OLE sets the numbers."""

_END_OF_CHAIN = 0xFFFFFFFE
"""What stands in the table of sectors after the last of a stream."""

_FIXED = {2: "<h", 3: "<i", 4: "<f", 5: "<d", 19: "<I", 22: "<i", 23: "<I"}
"""OLE's number of a type of fixed length to its format."""

_MOST_PROPERTIES = 1000
"""Streams and properties that are looked at, so that a damaged number of them does no harm. Chosen."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a compound document."""
    return head.startswith(MAGIC)


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey of the data space, with what `spectra_of` takes from its properties.

    Raises
    ------
    ReadError
        If the compound document is damaged or is not a data space, or holds no survey.
    """
    try:
        import olefile
    except ImportError as error:
        raise ReadError("needs the package olefile", where=path, todo="Install it: pip install olefile.") from error
    try:
        with olefile.OleFileIO(content_of(path)) as document:
            if not (document.exists(_DATA) and document.exists(_AXES)):
                raise _another(document, path)
            axes = list(_axes(_stream(document, _AXES, path), path))
            data = _stream(document, _DATA, path)
            properties = dict(_properties(document, path))
    except SpecquantError:
        raise
    except Exception as error:  # olefile raises all kinds on damaged files
        raise damaged("is damaged", path, "parts that do not fit together", "a compound document (OLE2)") from error
    channels = energy_axis(axes, path).points
    expected = 8 * int(np.prod([axis.points for axis in axes if axis.kind == ENERGY], dtype=np.int64))
    if not data or not expected or len(data) % expected:
        raise damaged("numbers and axis do not agree", path, f"{len(data)} bytes", f"a multiple of {expected}")
    values = np.frombuffer(data, "<f8").astype(np.float64).reshape(-1, channels)
    return spectra_of(DataSpace(properties, axes, values), "Thermo vgd", path)


def _another(document: Any, path: Path) -> ReadError:
    names = ", ".join("/".join(name) for name in document.listdir()[:6])
    return ReadError(
        "is a compound document of another program",
        where=path,
        found=f"streams {names!r}"[:200],
        wanted=f"{_DATA} and {_AXES}, as in Thermo's .vgd",
        todo="Export the survey from the program that wrote it, as VAMAS or as two-column text.",
    )


def _stream(document: Any, name: str, path: Path) -> bytes:
    size = document.get_size(name)
    if size > min(_LARGEST, path.stat().st_size):
        raise damaged(
            f"stream {name} claims more than there is", path, f"{size} bytes", f"at most {path.stat().st_size}"
        )
    content: bytes = document.openstream(name).read()
    entry, root = document.direntries[document._find(name)], document.root
    if size >= document.minisectorcutoff:
        _check_chain(document.fat, entry.isectStart, size, document.sectorsize, f"{path}, stream {name!r}")
    elif size:
        _check_chain(document.minifat, entry.isectStart, size, document.minisectorsize, f"{path}, stream {name!r}")
        _check_chain(document.fat, root.isectStart, root.size, document.sectorsize, f"{path}, small streams")
    return content


def _check_chain(table: Sequence[int], first: int, size: int, sector: int, where: str) -> None:
    """Refuse a stream with a chain of sectors that comes back to one, or does not end where the stream ends."""
    number = first
    seen: set[int] = set()
    while number != _END_OF_CHAIN:
        if number in seen or not 0 <= number < len(table):
            kind = "loops" if number in seen else "leads out of the file"
            raise damaged("is damaged", where, f"its chain of sectors {kind} after {len(seen)}", "a chain that ends")
        seen.add(number)
        number = table[number] & 0xFFFFFFFF
    if len(seen) * sector < size:
        raise damaged("is damaged", where, f"{len(seen)} sectors of {sector} bytes", f"{size} bytes")


def _axes(data: bytes, path: Path) -> Iterator[Axis]:
    """Yield the axes of ``VGSpaceAxes``."""
    where = f"{path}, {_AXES}"
    number = struct.unpack_from("<i", data, 4)[0] if len(data) >= 8 else 0
    if not 1 <= number <= _MOST_AXES:
        raise damaged("number of axes", where, number, f"1 to {_MOST_AXES}")
    position = 2 * _INTEGER
    for _ in range(number):
        position += _TAGS
        if position + _AXIS.size + _INTEGER > len(data):
            raise damaged("axes end too early", where, f"{len(data)} bytes", f"{number} axes")
        points, start, width, even = _AXIS.unpack_from(data, position)
        position += _AXIS.size
        if points < 1 or even > 1 or not np.isfinite([start, width]).all():
            raise damaged(
                "an axis makes no sense", where, f"{points} points from {start} by {width}", "points, start, width"
            )
        position += 0 if even else 8 * points
        if position + _INTEGER > len(data):
            raise damaged("axes end too early", where, f"{len(data)} bytes", f"{points} points")
        kind = struct.unpack_from("<i", data, position)[0]
        position += _INTEGER
        yield Axis(_KINDS.get(kind, str(kind)), points, start, width, bool(even))


def _properties(document: Any, path: Path) -> Iterator[tuple[str, str | float]]:
    for entry in document.listdir()[:_MOST_PROPERTIES]:
        if len(entry) == 1 and entry[0].startswith("\x05"):
            names = _SUMMARY_NAMES if entry[0] == _SUMMARY else _NAMES
            for number, value in _property_set(_stream(document, entry[0], path)):
                if number in names:
                    yield names[number], value


def _property_set(data: bytes) -> Iterator[tuple[int, str | float]]:
    """Yield number and value of the properties in the first section of a set; what cannot be read is passed over."""
    try:
        section = struct.unpack_from("<I", data, 44)[0]
        number = min(struct.unpack_from("<I", data, section + 4)[0], _MOST_PROPERTIES)
    except struct.error:
        return
    for index in range(number):
        try:
            identity, offset = struct.unpack_from("<2I", data, section + 8 + 8 * index)
            kind = struct.unpack_from("<I", data, section + offset)[0] & 0xFFFF
            start = section + offset + _INTEGER
            if kind in _FIXED:
                yield identity, struct.unpack_from(_FIXED[kind], data, start)[0]
            elif kind in (8, 30, 31):
                yield identity, _words(data, start, kind)
        except struct.error:
            continue


def _words(data: bytes, start: int, kind: int) -> str:
    """Return a text: 31 has its length in UTF-16 signs, 8 and 30 in bytes."""
    length = struct.unpack_from("<I", data, start)[0] * (2 if kind == 31 else 1)
    raw = data[start + _INTEGER : start + _INTEGER + length]
    wide = kind == 31 or raw[1:2] == b"\0"
    return raw.decode("utf-16-le" if wide else "latin-1", errors="replace").rstrip("\0")
