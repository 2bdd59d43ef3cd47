"""The door for readers: what one returns is checked before it is put on an axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from specquant.errors import PluginError, SpecquantError, did_you_mean
from specquant.technique import InstrumentParameter, MapAxis, RawMap, RawSpectrum, Reader
from specquant.validation.blame import CURE, blamed, refuse
from specquant.validation.facts import check_facts, check_mapping
from specquant.validation.problems import number


@dataclass(frozen=True)
class InstalledReader(Reader):
    """A plug-in's reader, and which plug-in brings it.

    Parameters
    ----------
    origin
        Distribution and version of the plug-in.
    units
        Instrument parameters of the technique, by name, with their units: what it may state.
    """

    origin: str = ""
    units: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(reader: Reader, origin: str, parameters: Sequence[InstrumentParameter]) -> "InstalledReader":
        """Return a reader as that of a plug-in."""
        given = {entry.name: getattr(reader, entry.name) for entry in fields(Reader)}
        return InstalledReader(**given, origin=origin, units={each.name: each.unit for each in parameters})

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the {self.name} reader"


def read_installed(reader: InstalledReader, path: Path) -> list[RawSpectrum]:
    """Return what a plug-in's reader reads from a file, checked.

    Raises
    ------
    PluginError
        If it raises by accident, or returns something else. ReadError, which it raises on purpose, and errors of the
        disk with that file pass; where one names no place, it gets the file.
    """
    try:
        returned = reader.read(path)
    except SpecquantError as error:
        if error.where is not None:
            raise
        raise type(error)(error.what, where=path, found=error.found, wanted=error.wanted, todo=error.todo) from error
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, OSError) and error.filename in (None, path, str(path)):
            raise
        raise PluginError(
            f"{reader.title} failed",
            where=f"{reader.origin}, reading {path}",
            found=f"{type(error).__name__}: {error}",
            wanted="a list of RawSpectrum, or ReadError with what is wrong with the file",
            todo=f"{CURE} Until then export the file as two-column text.",
        ) from error
    return check_read(returned, reader, path)


def recognises(reader: InstalledReader, head: bytes, path: Path) -> bool:
    """Return whether a plug-in's reader takes a file for one of its own, by the first bytes.

    Raises
    ------
    PluginError
        If `sniff` raises, or says neither yes nor no.
    """
    origin, what = f"{reader.origin}, reading {path}", f"looking at the file, {reader.title}"
    wanted = "sniff(first_bytes) -> True or False"
    with blamed(origin, what, wanted):
        answer = reader.sniff(head)
    if not isinstance(answer, bool | np.bool_):
        refuse(origin, f"{what} gave the wrong type", type(answer).__name__, wanted)
    return bool(answer)


def open_installed_map(reader: InstalledReader, path: Path) -> RawMap | None:
    """Return the map that a plug-in's reader opens, checked; None where the file holds none.

    Raises
    ------
    PluginError
        As of `read_installed`.
    """
    if reader.open_map is None:
        return None
    origin, what = f"{reader.origin}, reading {path}", f"open_map of {reader.title}"
    with blamed(origin, what, "open_map(path) -> RawMap or None, or ReadError"):
        raw = reader.open_map(path)
    if raw is None:
        return None
    if not isinstance(raw, RawMap):
        refuse(origin, f"{what} gave the wrong type", type(raw).__name__, "a RawMap or None")
    shape = getattr(raw.counts, "shape", None)
    if shape is None or not hasattr(raw.counts, "dtype"):
        refuse(
            origin, f"{what} gave counts that are no array", type(raw.counts).__name__, "an array, or what acts as one"
        )
    if not isinstance(raw.axes, tuple) or not all(isinstance(axis, MapAxis) for axis in raw.axes):
        refuse(origin, f"{what} gave axes that are none", repr(raw.axes)[:60], "a tuple of MapAxis")
    there, wanted = (len(shape) - 1, shape[-1] if shape else 0), (len(raw.axes), np.size(raw.energy))
    if there != wanted:
        shown = f"{there[0]} dimensions before {there[1]} channels"
        refuse(origin, f"{what} gave axes that do not fit the counts", shown, f"{wanted[0]} and {wanted[1]}")
    _check_stated(raw, reader, origin)
    check_facts(raw, origin, what)
    return raw


def check_read(returned: Any, reader: InstalledReader, where: object) -> list[RawSpectrum]:
    """Return what a reader gave for a file, if it is spectra.

    Raises
    ------
    PluginError
        Naming plug-in, reader and file.
    """
    wanted = "a list of RawSpectrum"
    origin = f"{reader.origin}, reading {where}"
    if not isinstance(returned, Sequence) or isinstance(returned, str | bytes):
        refuse(origin, f"{reader.title} gave the wrong type", type(returned).__name__, wanted)
    for raw in returned:
        if not isinstance(raw, RawSpectrum):
            refuse(origin, f"{reader.title} gave the wrong type", type(raw).__name__, wanted)
        if not isinstance(raw.name, str):
            refuse(origin, f"{reader.title} gave a name that cannot be text", type(raw.name).__name__, "text")
        _check_arrays(raw, reader, origin)
        _check_stated(raw, reader, origin)
        check_facts(raw, origin, reader.title)
    return list(returned)


def _check_arrays(raw: RawSpectrum, reader: InstalledReader, origin: str) -> None:
    for name in ("energy", "counts"):
        dtype = np.asarray(getattr(raw, name)).dtype
        if dtype.kind not in "biuf":
            refuse(origin, f"{reader.title} gave {name} that are not numbers", dtype, "an array of numbers")
    shapes = np.shape(raw.energy), np.shape(raw.counts)
    if len(shapes[0]) != 1 or shapes[0] != shapes[1]:
        shown = f"{shapes[0]} and {shapes[1]}"
        refuse(origin, f"{reader.title} gave energy and counts of other shapes", shown, "(channel,) each")


def _check_stated(raw: RawSpectrum | RawMap, reader: InstalledReader, origin: str) -> None:
    check_mapping(raw.stated, origin, reader.title)
    for name, value in raw.stated.items():
        if name not in reader.units:
            todo = did_you_mean(str(name), reader.units) or "Other things go into the header."
            wanted = f"one of the technique's parameters: {', '.join(reader.units) or 'it has none'}"
            refuse(origin, f"{reader.title} stated an unknown parameter", repr(name), wanted, todo)
        if not number(value) or math.isinf(value):
            unit = reader.units[name]
            wanted = f"a number in {unit}" if unit else "a number"
            todo = f"Turn it into a number, or leave it out where the file does not say it. {CURE}"
            refuse(
                origin, f"{reader.title} stated something that cannot be a number", f"{name} {value!r}", wanted, todo
            )
