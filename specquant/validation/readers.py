"""The door for readers: what one returns is checked before it is put on an axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from specquant.errors import PluginError, SpecquantError, did_you_mean
from specquant.technique import InstrumentParameter, RawSpectrum, Reader
from specquant.validation.blame import CURE, refuse


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
        disk pass.
    """
    try:
        returned = reader.read(path)
    except (SpecquantError, OSError, MemoryError):
        raise
    except Exception as error:
        raise PluginError(
            f"{reader.title} failed",
            where=f"{reader.origin}, reading {path}",
            found=f"{type(error).__name__}: {error}",
            wanted="a list of RawSpectrum, or ReadError with what is wrong with the file",
            todo=f"{CURE} Until then export the file as two-column text.",
        ) from error
    return check_read(returned, reader, path)


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


def _check_stated(raw: RawSpectrum, reader: InstalledReader, origin: str) -> None:
    for name, value in raw.stated.items():
        if name not in reader.units:
            todo = did_you_mean(name, reader.units) or "Other things go into the header."
            wanted = f"one of the technique's parameters: {', '.join(reader.units) or 'it has none'}"
            refuse(origin, f"{reader.title} stated an unknown parameter", repr(name), wanted, todo)
        if isinstance(value, bool) or not isinstance(value, Real):
            unit = reader.units[name]
            wanted = f"a number in {unit}" if unit else "a number"
            todo = f"Turn it into a number, or leave it out where the file does not say it. {CURE}"
            refuse(
                origin, f"{reader.title} stated something that cannot be a number", f"{name} {value!r}", wanted, todo
            )
