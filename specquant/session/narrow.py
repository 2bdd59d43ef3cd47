"""Answers by the narrow scans that a file holds beside its spectra."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant.errors import ReadError
from specquant.notes import Note, NoteKind
from specquant.quantifiers import Z90
from specquant.spectra import Spectra
from specquant.tables import read_table
from specquant.technique import LineFactor, NarrowAnswer, NarrowQuestion, NarrowScan, Technique

_COLUMNS = ("line", "factor")
"""Columns of a table of sensitivity factors."""

_TRANSMISSION = "transmission"
"""A further column of it: the power of the kinetic energy that the transmission goes with which a factor contains."""

NONE = "none"
"""The word for no narrow scan at all."""


@dataclass(frozen=True)
class NarrowChoice:
    """Which narrow scans are used, and with which sensitivity factors.

    Parameters
    ----------
    names
        Parts of their names, such as ``C 1s``; None: all.
    factors
        Relative sensitivity factors by line; None: the technique's own.
    """

    names: tuple[str, ...] | None = None
    factors: Mapping[str, LineFactor] | None = None

    @classmethod
    def of(cls, names: str | None, factors: Path | None) -> "NarrowChoice":
        """Return the choice that texts make: names parted by commas, or ``none``; and a table's path.

        Raises
        ------
        ReadError
            If the table cannot be used.
        """
        listed = None if names is None else tuple(filter(None, map(_plain, names.split(","))))
        return cls(() if listed == (NONE,) else listed, None if factors is None else read_factors(factors))

    def answers(self, technique: Technique, spectra: Spectra, whole: xr.Dataset) -> tuple[NarrowAnswer | None, ...]:
        """Return the answer of every spectrum by its narrow scans; None where there are none, or nobody reads them.

        `whole` is the COMPOSITION that a method answers from the whole spectra.
        """
        if technique.narrow_scans is None or self.names == ():
            return (None,) * len(spectra)
        return tuple(self._answer(technique, spectra, row, whole) for row in range(len(spectra)))

    def _answer(self, technique: Technique, spectra: Spectra, row: int, whole: xr.Dataset) -> NarrowAnswer | None:
        facts = spectra.facts[row] if spectra.facts else None
        if facts is None or technique.narrow_scans is None:
            return None
        if not facts.narrow:
            asked = " and ".join(self._asked)
            text = f"narrow scans: the file holds none beside the spectrum, so that {asked} changes nothing"
            return _without_scans(technique, (Note(NoteKind.WARNING, text, "narrow"),)) if asked else None
        scans, unknown = tuple(filter(self._chosen, facts.narrow)), self._unknown(facts.narrow)
        if not scans:
            return _without_scans(technique, unknown)
        fraction, lower, upper = (whole[name].values[row] for name in ("fraction", "lower", "upper"))
        question = NarrowQuestion(
            scans,
            offset=facts.axis_offset,
            settings=spectra.settings(technique, row),
            fraction=fraction,
            deviation=(upper - lower) / (2 * Z90),
            factors=self.factors,
        )
        answer = technique.narrow_scans(question)
        return replace(answer, notes=(*answer.notes, *unknown))

    @property
    def _asked(self) -> tuple[str, ...]:
        """What was asked of narrow scans, by the options that ask it."""
        asked = (("--regions", self.names), ("--factors", self.factors))
        return tuple(option for option, choice in asked if choice is not None)

    def _unknown(self, scans: Sequence[NarrowScan]) -> tuple[Note, ...]:
        """Return a note of the names that no scan has, if there are any."""
        there = [_plain(scan.name) for scan in scans]
        missing = [name for name in self.names or () if not any(name in scan for scan in there)]
        if not missing:
            return ()
        listed = ", ".join(scan.name.rsplit(" / ", 1)[-1] for scan in scans)
        text = f"narrow scans: none is called {', '.join(missing)}; there are {listed}"
        return (Note(NoteKind.WARNING, text, "narrow"),)

    def _chosen(self, scan: NarrowScan) -> bool:
        return self.names is None or any(name in _plain(scan.name) for name in self.names)


def _without_scans(technique: Technique, notes: tuple[Note, ...]) -> NarrowAnswer:
    """Return the answer by no narrow scan at all: what has to be said."""
    nothing = np.full(len(technique.elements), np.nan)
    return NarrowAnswer(nothing, nothing, (), notes)


def _plain(text: str) -> str:
    """Return a name in small letters without what parts its words."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def read_factors(path: Path) -> dict[str, LineFactor]:
    """Return the relative sensitivity factors of a table with the columns ``line`` and ``factor``, by line.

    A column ``transmission``, if there is one, is `LineFactor.transmission`.

    Raises
    ------
    ReadError
        If it cannot be read, lacks a column, or holds what is not a number, or a factor that is not positive.
    """
    rows, columns = read_table(path)
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise ReadError(
            "lacks a column",
            where=path,
            found=", ".join(columns) or "an empty file",
            wanted=f"columns {', '.join(missing)}",
        )
    factors: dict[str, LineFactor] = {}
    for number, row in enumerate(rows, 2):
        text = (row.get(_TRANSMISSION) or "").strip()
        value, transmission = _parsed(row["factor"]), _parsed(text) if text else None
        if not value > 0 or not (transmission is None or math.isfinite(transmission)):
            raise ReadError(
                "holds a factor that is not a positive number, or a transmission that is not a number",
                where=f"{path}, line {number}",
                found=f"{row['line']!r}: {row['factor']!r}" + (f", {text!r}" if text else ""),
                wanted="a line and a number, such as C 1s,1.00",
            )
        factors[" ".join(row["line"].split())] = LineFactor(value, transmission)
    return factors


def _parsed(text: str) -> float:
    """Return a number; NaN of what is none, or is not finite."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def narrow_dict(answer: NarrowAnswer, elements: Sequence[str]) -> dict[str, Any]:
    """Return the composition by narrow scans, and what was measured in each, as objects that JSON knows."""
    rows = ((row, (answer.fraction[row], answer.lower[row], answer.upper[row])) for row in answer.largest_first())
    return {
        "composition": [
            {"element": elements[row]} | dict(zip(("fraction", "lower", "upper"), map(float, values), strict=True))
            for row, values in rows
        ],
        "scans": [_plain_numbers(asdict(line)) for line in answer.lines],
        "notes": [asdict(note) for note in answer.notes],
    }


def _plain_numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}
