"""Reading PHI .spe files (PC ACCESS, SmartSoft, MultiPak): a header of text, then traces of binary numbers.

After ``EOFH`` come four 32-bit integers (group, number of traces, size of their headers, 16), per trace a header of 96
bytes, and the numbers, of which the trace's header names type, bytes and position. Described by J. J. Weimer
(wavemetrics.com/project/phispefileloader), and seen in files of 2017 and 2024.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.plugin import RATE, Floats, RawSpectrum, ReadError, decoded
from specquant_xps.readers.lines import content_of, damaged, leading_number, number_in
from specquant_xps.readers.surveys import Scan, another_technique, picked, raw_spectrum

_START, _END = b"SOFH", b"EOFH"
_TABLE, _ENTRY = 16, 96
"""Bytes of the table of traces without its entries, and of one entry: 4 and 24 integers."""

_ENDIANS = ("<", ">")
_POINTS, _UNIT, _TYPE, _BYTES, _START_BYTE, _STOP_BYTE = 5, 14, 18, 19, 20, 23
"""Which of the 24 integers of a trace's header hold what is needed, counted from 0."""

_TYPES = {b"f4": "f4", b"f8": "f8", b"u8": "f8"}
"""PC ACCESS calls its 8-byte floats ``u8``."""
_SURVEY_NAMES = frozenset({"su1s", "sur1", "survey"})
_LONGEST_TEXT = 200
"""Characters of a header's text that are kept: enough for a title, and no more than fits into a report."""


@dataclass(frozen=True)
class _Region:
    """One ``SpectralRegDef`` of the header."""

    title: str
    points: int
    step: float
    start: float
    pass_energy: float | None


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a PHI file."""
    return head.startswith((_START + b"\n", _START + b"\r"))


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the traces, counts or counts per second as stored.

    The photon energy is stated where the file says so; the header holds ``intensity_unit``, ``block`` (number of the
    trace), ``energy_kind``, and where the file says so ``pass_energy``, ``work_function`` (eV), ``instrument``,
    ``source``, ``sample``, ``technique``.

    Raises
    ------
    ReadError
        If the file is a depth profile or map, is damaged, or holds no survey.
    """
    data = content_of(path)
    end = data.find(_END)
    if end < 0:
        raise damaged("the header has no end", path, f"no {_END.decode()} in {len(data)} bytes", _END.decode())
    lines = [line.partition(":") for line in decoded(data[:end]).splitlines()]
    header = {key.strip(): value.strip() for key, _, value in lines}
    _check_kind(header, path)
    regions = [_region(value, path) for key, _, value in lines if key.strip() == "SpectralRegDef"]
    binary = data[end + len(_END) :].lstrip(b"\r\n")
    traces = _traces(binary, len(regions), path)
    said = _said(header)
    pairs = zip(regions, traces, strict=True)
    return picked([_scan(index, region, *trace, said, path) for index, (region, trace) in enumerate(pairs)], path)


def _check_kind(header: dict[str, str], path: Path) -> None:
    kind = header.get("FileType", "SPECTRUM")
    if kind.upper() != "SPECTRUM":
        raise ReadError(
            "holds no plain spectra",
            where=path,
            found=f"FileType {kind[:40]}",
            wanted="FileType SPECTRUM",
            todo="Export the survey from MultiPak as .spe, or as VAMAS or text.",
        )


def _region(text: str, path: Path) -> _Region:
    fields = text.split()
    numbers = [number_in(field) for field in fields[4:7]]
    if len(fields) < 8 or None in numbers:
        raise damaged("a region of the header cannot be read", path, repr(text[:60]), "SpectralRegDef with its range")
    points, step, start = (float(number or 0.0) for number in numbers)
    if step == 0 or not np.isfinite([points, step, start]).all() or points != int(points) or points < 0:
        raise damaged("a region of the header makes no sense", path, repr(text[:60]), "a number of points and a step")
    title = "Survey" if fields[2].lower() in _SURVEY_NAMES else fields[2]
    return _Region(title, int(points), step, start, number_in(fields[11]) if len(fields) > 11 else None)


def _traces(binary: bytes, regions: int, path: Path) -> list[tuple[Floats, str]]:
    """Return the numbers (channel,) of every trace, and their unit."""
    if len(binary) < _TABLE:
        raise damaged("holds no numbers", path, f"{len(binary)} bytes after the header", f"{_TABLE} or more")
    endian = next((order for order in _ENDIANS if struct.unpack_from(f"{order}4I", binary)[3] == _TABLE), None)
    if endian is None:
        raise damaged("the table of traces cannot be read", path, repr(binary[:_TABLE]), "a table of 16 bytes")
    number, size = struct.unpack_from(f"{endian}4I", binary)[1:3]
    if number != regions or size != number * _ENTRY or len(binary) < _TABLE + size:
        claim = f"{number} traces in {size} of {len(binary)} bytes for {regions} regions"
        raise damaged("traces and regions do not agree", path, claim, f"one trace of {_ENTRY} bytes per region")
    return [_trace(binary, index, endian, _TABLE + size, path) for index in range(number)]


def _trace(binary: bytes, index: int, endian: str, first: int, path: Path) -> tuple[Floats, str]:
    offset = _TABLE + _ENTRY * index
    fields = struct.unpack_from(f"{endian}24I", binary, offset)
    tag = binary[offset + 4 * _TYPE : offset + 4 * _TYPE + 4].rstrip(b"\0 ")
    where = f"{path}, trace {index}"
    if tag not in _TYPES:
        raise damaged("numbers of an unknown type", where, repr(tag), "f4 or f8")
    dtype = np.dtype(endian + _TYPES[tag])
    size = fields[_BYTES]
    if size != fields[_POINTS] * dtype.itemsize:
        raise damaged("points and bytes do not agree", where, f"{size} bytes", f"{fields[_POINTS]} of {tag.decode()}")
    claimed = fields[_START_BYTE], fields[_STOP_BYTE] - size
    starts = [start for start in claimed if first <= start <= len(binary) - size]
    if not starts:
        raise damaged("file ends too early", where, f"{len(binary)} bytes", f"{size} from byte {claimed[0]}")
    unit = binary[offset + 4 * _UNIT : offset + 4 * _UNIT + 4].rstrip(b"\0 ").decode("latin-1")
    with np.errstate(invalid="ignore"):  # a NaN that signals; it is refused with its channel later
        counts = np.frombuffer(binary, dtype, fields[_POINTS], starts[0]).astype(np.float64)
    return counts, RATE if unit == "c/s" else unit


def _said(header: dict[str, str]) -> dict[str, object]:
    """Return what the header says of all traces, by our keys."""
    said: dict[str, object] = {"format": "PHI spe", "energy_kind": "binding"}
    words = {"instrument": "InstrumentModel", "source": "XraySource", "technique": "Technique", "sample": "FileDesc"}
    for key, name in words.items():
        if header.get(name):
            said[key] = header[name][:_LONGEST_TEXT]
    photon = [number_in(word) for word in header.get("XraySource", "").split()]
    numbers = {"photon_energy": next((value for value in photon if value is not None), None)}
    numbers["work_function"] = leading_number(header.get("AnalyserWorkFcn", ""))
    return said | {key: value for key, value in numbers.items() if value is not None}


def _scan(index: int, region: _Region, counts: Floats, unit: str, said: dict[str, object], path: Path) -> Scan:
    if counts.size != region.points:
        wanted = f"{region.points} as SpectralRegDef says"
        raise damaged("trace and region differ in length", f"{path}, trace {index}", counts.size, wanted)
    energy = region.start + region.step * np.arange(counts.size, dtype=np.float64)
    said = said | {"block": index, "intensity_unit": unit}
    said |= {} if region.pass_energy is None else {"pass_energy": region.pass_energy}
    technique = str(said.get("technique", "XPS"))
    reason = None if "XPS" in technique.upper() else another_technique(technique)
    name = " / ".join(filter(None, (str(said.get("sample", "")), region.title)))
    return Scan(f"trace {index}", region.title, raw_spectrum(name, energy, counts, said), reason)
