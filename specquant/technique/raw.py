"""One spectrum as a file holds it, with what the file says beside its counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, ClassVar

from specquant.errors import SettingError
from specquant.notes import Note, NoteKind
from specquant.technique.axis import Floats
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

    VARIABLES: ClassVar[str] = "variables"
    """Key of headers with the experimental variables: value and unit by name."""

    @staticmethod
    def along(headers: Sequence[Mapping[str, Any]]) -> "list[Coordinate]":
        """Return where every spectrum lies along the first variable that all have in one unit, no two alike.

        The list is empty where there is no such variable.

        Parameters
        ----------
        headers
            Header of every spectrum, (sample,).
        """
        tables = [header.get(Coordinate.VARIABLES) for header in headers]
        variables = [table if isinstance(table, Mapping) else {} for table in tables]
        for name in variables[0] if len(variables) > 1 else ():
            stated = (_coordinate(name, table.get(name)) for table in variables)
            along = [coordinate for coordinate in stated if coordinate is not None]
            different = len({coordinate.value for coordinate in along}) == len(tables)
            if different and len({coordinate.unit for coordinate in along}) == 1:
                return along
        return []


def _coordinate(name: object, stated: object) -> Coordinate | None:
    """Return where a spectrum lies along a variable, by its value and unit as a header has them."""
    if not isinstance(stated, list | tuple) or len(stated) != 2:
        return None
    value, unit = stated
    if not isinstance(value, Real) or not math.isfinite(value):
        return None
    return Coordinate(str(name), float(value), str(unit))


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

    def unused(self, name: str) -> str:
        """Return what is said of a parameter that the file has and that is not used, or nothing.

        Parameters
        ----------
        name
            Name of the instrument parameter.
        """
        remarks = (note for note in self.notes if note.kind is NoteKind.REMARK)
        return next((note.text for note in remarks if name in note.about.split(", ")), "")

    def why_supposed(self, name: str) -> str:
        """Return in words why a parameter is supposed: what the file has is not used, or it has nothing.

        Parameters
        ----------
        name
            Name of the instrument parameter.
        """
        return "as the file's is not used" if self.unused(name) else "as the file gives none"


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
