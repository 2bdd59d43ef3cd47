"""One spectrum as a file holds it, and the readers that give it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from specquant.errors import PluginError, SettingError
from specquant.notes import Note, NoteKind
from specquant.technique.axis import Floats
from specquant.technique.facts import Fact
from specquant.technique.narrow import NarrowScan


@dataclass(frozen=True)
class Coordinate:
    """Where in a series a spectrum was measured.

    Parameters
    ----------
    name
        What varies along the series, such as ``Etch time``.
    value
        Its value.
    unit
        Unit of the value; "" for none.
    """

    name: str
    value: float
    unit: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of one measured spectrum beside its counts.

    Parameters
    ----------
    header
        What the file says, by the reader's own keys; a plug-in's `orient` reads them there.
    notes
        What was corrected, assumed or left out on the way, for people.
    composition
        Weight fractions that the header states, by symbol.
    axis_offset
        What was taken off the energy axis, eV.
    pixel
        Row and column of a pixel of a map, counted from 0.
    narrow
        Scans of the same sample over parts of the axis.
    coordinate
        Where in a series the spectrum was measured: depth, time, angle or position; None where the file does not say.
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    composition: Mapping[str, float] = field(default_factory=dict)
    axis_offset: float = 0.0
    pixel: tuple[int, int] | None = None
    narrow: tuple[NarrowScan, ...] = ()
    coordinate: Coordinate | None = None

    def user_states(self, name: str) -> bool:
        """Say whether the user stated an instrument parameter, so that it wins over the file.

        Parameters
        ----------
        name
            Name of the instrument parameter.
        """
        return any(note.kind is NoteKind.STATED and name in note.about.split(", ") for note in self.notes)


@dataclass(frozen=True, init=False)
class RawSpectrum:
    """One spectrum as a file holds it, before it is put on the technique's axis.

    ``RawSpectrum(name, energy, counts, stated={...}, header={...})`` is all that a reader needs: `header` is short for
    ``facts=Facts(header={...})``.

    Parameters
    ----------
    name
        The spectrum's name in the file.
    energy
        Energies (channel,), in the unit of the technique's axis, in the file's order.
    counts
        Intensities (channel,), in the file's order; they are scaled to counts later.
    stated
        Instrument parameters that the file states, by name, in the technique's units.
    facts
        What else the file says.
    on_scale
        Whether the energies are on the technique's scale already, so that nothing is to be oriented or corrected.
    """

    name: str
    energy: Floats
    counts: Floats
    stated: Mapping[str, float] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    on_scale: bool = False

    def __init__(
        self,
        name: str,
        energy: Floats,
        counts: Floats,
        stated: Mapping[str, float] | None = None,
        facts: Facts | None = None,
        on_scale: bool = False,
        *,
        header: Mapping[str, Any] | None = None,
    ) -> None:
        if facts is not None and header is not None:
            raise SettingError(
                "a header is given twice",
                where=f"RawSpectrum({name!r})",
                found="header and facts",
                wanted="one of them",
                todo="Put the header into facts=Facts(header=...), or leave the facts out.",
            )
        known = Facts(header or {}) if facts is None else facts
        values = {"name": name, "energy": energy, "counts": counts, "stated": stated or {}, "facts": known}
        for field_name, value in (*values.items(), ("on_scale", on_scale)):
            object.__setattr__(self, field_name, value)

    @property
    def header(self) -> Mapping[str, Any]:
        """What the file says, by the reader's own keys."""
        return self.facts.header

    def on(self, energy: Floats, counts: Floats) -> "RawSpectrum":
        """Return the spectrum with other energies and counts, everything else as it was.

        Parameters
        ----------
        energy
            Channel centres in the unit of the axis, (channel,).
        counts
            Counts (channel,).
        """
        return replace(self, energy=energy, counts=counts)

    def noted(self, *notes: Note, **facts: Any) -> "RawSpectrum":
        """Return the spectrum with further notes, and with other values of its `Facts`.

        Parameters
        ----------
        notes
            Notes to add.
        facts
            Fields of `Facts` to replace, by name.
        """
        return replace(self, facts=replace(self.facts, notes=(*self.facts.notes, *notes), **facts))


class Counts(Protocol):
    """What the counts of a map are read from: an array, or anything else that gives one for slices."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions, the channels last."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return the numbers of some slices, one per dimension."""


@dataclass(frozen=True)
class MapAxis:
    """One dimension of a map before the channels.

    Parameters
    ----------
    name
        Its name, such as ``y``.
    step
        Distance of two pixels.
    unit
        Unit of the distance; "" for none.
    """

    name: str
    step: float = 1.0
    unit: str = ""


@dataclass(frozen=True)
class RawMap:
    """A map, a line or a series as a file holds it; its counts are read when they are asked for.

    Parameters
    ----------
    name
        Its name in the file.
    energy
        Channel centres, (channel,), in the unit of the technique's axis, in the file's order.
    counts
        Shape (..., channel), of the file's own type of numbers. What reads them from a file can be sent to other
        processes.
    axes
        The dimensions before the channels.
    stated
        Instrument parameters that the file states, for all pixels, as of `RawSpectrum`.
    facts
        What else the file says, for all pixels.
    on_scale
        As of `RawSpectrum`.
    """

    name: str
    energy: Floats
    counts: Counts
    axes: tuple[MapAxis, ...]
    stated: Mapping[str, float] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    on_scale: bool = False

    def spectrum(self, name: str, counts: Floats) -> RawSpectrum:
        """Return counts (channel,) of some of its pixels together as a spectrum.

        Parameters
        ----------
        name
            Name of the spectrum.
        counts
            Counts (channel,).
        """
        return RawSpectrum(name, self.energy, counts, self.stated, self.facts, self.on_scale)


@dataclass(frozen=True)
class Reader:
    """How one file format is recognised and read.

    Parameters
    ----------
    name
        What messages call the format.
    suffixes
        Suffixes of its files, lower case, with the dot; they decide between readers that recognise the same file.
    sniff
        Function of the first kilobytes of a file: whether it is of the format.
    read
        Function of the path: returns every spectrum of the kind that the technique quantifies, or raises ReadError.
    foreign
        Whether code of others takes the file apart, such as a library in C: `read` then runs in a process of its own,
        with limits of time and memory. It has to be a function of a module, or a `functools.partial` of one with
        keywords that JSON knows.
    open_map
        Function of the path: returns the map of the file, without its counts, or None if it holds no map. None:
        the format holds none, or is read whole.
    holds_maps
        Whether files of the format can hold maps that have to be read whole.
    takes
        Which facts it takes of a file beside energies and counts, where the file states them: what a header says is
        used, or kept and said. The documentation has a table of it.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[Path], Sequence[RawSpectrum]]
    foreign: bool = False
    takes: frozenset[Fact] = frozenset()
    open_map: Callable[[Path], RawMap | None] | None = None
    holds_maps: bool = False

    def address(self) -> tuple[str, str, dict[str, Any]]:
        """Return module, name and keywords of `read`, by which another process finds it.

        Raises
        ------
        PluginError
            If no other process can find it.
        """
        function: Any = self.read
        keywords: dict[str, Any] = {}
        if isinstance(function, partial):
            keywords = {"": function.args} if function.args else dict(function.keywords)
            function = function.func
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "<")
        try:
            portable = bool(module) and "<" not in name and "" not in keywords and json.dumps(keywords) != ""
        except (TypeError, ValueError):
            portable = False
        if not portable:
            raise PluginError(
                "a foreign reader cannot be found by another process",
                where=f"reader {self.name}",
                found=f"{module}.{name}",
                wanted="a function of a module, or a functools.partial of one with keywords that JSON knows",
            )
        return str(module), str(name), keywords
