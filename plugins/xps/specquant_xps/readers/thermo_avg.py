"""Reading .avg files, in which Thermo's Avantage dumps a data space as text."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from specquant.plugin import Floats, RawSpectrum
from specquant_xps.readers.dataspace import Axis, DataSpace, energy_axis, spectra_of
from specquant_xps.readers.lines import damaged, header_text, lines_of, number_in

_PROPERTY = re.compile(r"(DS_\w+)(?:\[\d+\])?\s*:(?:.*:)?\s*VT_(\w+)\s*=\s*(.*)")
_AXIS = re.compile(r"\d+\s*=\s*([^,]+),\s*([^,]+),\s*(\d{1,9})\s*,\s*(\w+)\s*,\s*([\w-]+)\s*,.*")
_COMMAS = re.compile(r"\s*\d+\s*=\s*[+-]?\d+,\d+,\s")
"""How an axis begins where a comma marks decimals; numbers are then apart by comma and blank."""

_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_OF_NUMBERS = re.compile(r"\s*(?:LIST@|\d+\s*=)")
_LIST = re.compile(r"LIST@\s*(\d{1,9})\s*=\s*(.*)")
_TEXTS = frozenset({"BSTR", "LPSTR", "LPWSTR", "DATE"})


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such a dump."""
    return b"Dump of DataSpace" in head[:400] or (b"$FORMAT=" in head and b"$PROPERTIES=" in head)


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey of the dump, with what `spectra_of` takes from its properties.

    Raises
    ------
    ReadError
        If it is cut short, is not a spectrum over energy, or holds no survey.
    """
    lines = _with_points(lines_of(path))
    axes = list(_axes(lines, path))
    channels = energy_axis(axes, path).points
    values = _values(lines, channels, path)
    return spectra_of(DataSpace(dict(_properties(lines)), axes, values), "Thermo avg", path)


def _with_points(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines with decimal points, also those of a dump that has commas for them."""
    if not any(map(_COMMAS.match, lines)):
        return lines
    return [_DECIMAL.sub(".", line) if _OF_NUMBERS.match(line) else line for line in lines]


def _properties(lines: Sequence[str]) -> Iterator[tuple[str, str | float]]:
    for line in lines:
        match = _PROPERTY.fullmatch(header_text(line))
        if not match:
            continue
        value, number = match[3].strip(), number_in(match[3])
        if match[2] in _TEXTS or number is None:
            yield match[1], value.strip("'")
        else:
            yield match[1], number


def _axes(lines: Sequence[str], path: Path) -> Iterator[Axis]:
    """Yield the axes that follow ``$SPACEAXES``."""
    inside = False
    for number, line in enumerate(lines, start=1):
        text = header_text(line)
        if text.startswith("$"):
            inside = text.startswith("$SPACEAXES")
            continue
        match = _AXIS.fullmatch(text) if inside else None
        if match:
            start, width = number_in(match[1]), number_in(match[2])
            if start is None or width is None:
                raise damaged(
                    "an axis has no start and width", f"{path}, line {number}", repr(text[:60]), "start, width, points"
                )
            yield Axis(match[4], int(match[3]), start, width, match[5] == "LINEAR")


def _values(lines: Sequence[str], channels: int, path: Path) -> Floats:
    """Return the numbers of all lists, shape (spectrum, channel)."""
    spectra: list[list[float]] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("$DATA="):
            spectra.append([])
            continue
        match = _LIST.match(text)
        if not match or not spectra:
            continue
        where = f"{path}, line {number}"
        if int(match[1]) != len(spectra[-1]):
            raise damaged(
                "a list does not follow the one before", where, f"LIST@ {match[1]}", f"LIST@ {len(spectra[-1])}"
            )
        for field in match[2].rstrip(" ,;").split(","):
            value = number_in(field)
            if value is None:
                raise damaged("a number is missing", where, repr(field.strip()[:40]), "a number")
            spectra[-1].append(value)
    short = next((index for index, values in enumerate(spectra) if len(values) != channels), None)
    if short is not None or not spectra:
        numbers = f"{len(spectra[short])} numbers in spectrum {short}" if short is not None else "no $DATA"
        raise damaged("numbers and axis do not agree", path, numbers, f"{channels} as the energy axis says")
    return np.array(spectra, dtype=np.float64)
