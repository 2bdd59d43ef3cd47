"""What a row of a wide table is made from: one spectrum, and spectra on disk where there are many."""

import pickle
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile, gettempdir
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from specquant.errors import OutputError
from specquant.notes import beside_verdict
from specquant.quantifiers import LAYERS, Z90, values_of
from specquant.session.fileresults import FileResult
from specquant.session.identity import IDENTITY, identity_cells
from specquant.session.unused import UNUSED, Unused
from specquant.technique import EnergyAxis, Floats, NarrowAnswer

if TYPE_CHECKING:
    from specquant.learning.card import ModelCard

_OFFSET = "axis offset"
"""The column of the axis offset, before the unit of the axis."""

ABOUT = ("file", "sample", "verdict", "reasons", "notes", _OFFSET, *IDENTITY)
"""Columns before those of elements."""

QUANTITIES = {
    "at%": "fraction",
    "lower at%": "lower",
    "upper at%": "upper",
    "wt%": "weight_fraction",
    "limit at%": "detection_limit",
}
"""What the columns of an element hold, by what follows its symbol in their names: variables of a COMPOSITION."""

NARROW = ("narrow at%", "narrow lower at%", "narrow upper at%")
"""What the columns of an element by its narrow scans hold: fraction and 90 % interval."""

_IN_MEMORY = 1 << 24
"""Bytes of lines that are kept in memory, 16 MiB: chosen, those of some thousand spectra."""


@dataclass(frozen=True)
class Line:
    """One spectrum.

    Texts and offset of the first columns, figures (quantity, element) in the order of `QUANTITIES`, which elements are
    shown, weight fractions of oxides (element,), oxygen by stoichiometry, fractions and intervals by narrow scans
    (quantity, element) in the order of `NARROW`, and thicknesses of layers with their standard errors (element, 2);
    NaN where not known.
    """

    about: tuple[object, ...]
    figures: Floats
    shown: NDArray[np.bool_]
    oxides: Floats
    oxygen: float
    narrow: Floats
    layers: Floats


def about_titles(axis: EnergyAxis) -> list[str]:
    """Return the titles of the columns before those of elements: that of the axis offset with its unit."""
    return [f"{title} {axis.unit}" if title == _OFFSET else title for title in ABOUT]


class Lines:
    """Lines in their order, on disk where there are many, and which elements have something to show in any."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it lives as long as the lines
        weakref.finalize(self, self._file.close)
        self._count = 0
        self.amounts: Floats = np.zeros(0)
        self.shown: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.scanned: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.layered: NDArray[np.bool_] = np.zeros(0, dtype=bool)

    def add(self, line: Line) -> None:
        """Add a line.

        Raises
        ------
        OutputError
            If there is no room for temporary files.
        """
        try:
            pickle.dump(line, self._file)
        except OSError as error:
            what, todo = "temporary files cannot be written", "Make room there, or name another folder in TMPDIR."
            raise OutputError(what, where=gettempdir(), found=error.strerror, todo=todo) from error
        amounts, scanned = np.nan_to_num(line.figures[0]), np.isfinite(line.narrow[0])
        layered = line.layers[:, 0] > Z90 * line.layers[:, 1]
        if self._count:
            amounts, shown = amounts + self.amounts, line.shown | self.shown
            scanned, layered = scanned | self.scanned, layered | self.layered
        else:
            shown = line.shown
        self.amounts, self.shown, self.scanned, self.layered = amounts, shown, scanned, layered
        self._count += 1

    def __iter__(self) -> Iterator[Line]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)


def lines_of(result: FileResult, method: str, force: bool, card: "ModelCard | None") -> Iterator[Line]:
    """Yield a line for every spectrum of a file."""
    composition, judgements = result.answers(method, force), result.judgements(method)
    figures = np.stack([values_of(composition, name) for name in QUANTITIES.values()], axis=1)
    oxides, layers = (
        values_of(composition, "oxide_weight_fraction"),
        np.stack([values_of(composition, name) for name in LAYERS], axis=-1),
    )
    oxygen = composition["stoichiometric_oxygen"].values if "oxide" in composition else np.full(len(oxides), np.nan)
    facts, shown = result.spectra.facts, result.shown(method, force)
    identity = identity_cells(method, card)
    for index, sample in enumerate(result.spectra.labels()):
        one = judgements[index]
        notes = "; ".join(map(str, beside_verdict(result.notes[index], one.texts)))
        offset = facts[index].axis_offset if facts else ""
        about = (result.file, sample, str(one.verdict), one.text, notes, offset, *identity)
        narrow = _narrow(result.narrow[index] if result.narrow else None, len(shown[index]))
        yield Line(about, figures[index], shown[index], oxides[index], float(oxygen[index]), narrow, layers[index])


def unused_line(unused: Unused, elements: int, method: str, card: "ModelCard | None") -> Line:
    """Return the line of an input that cannot be used, without any figure of its elements."""
    about = (unused.file, "", UNUSED, str(unused), "", "", *identity_cells(method, card))
    unknown = np.full(elements, np.nan)
    return Line(
        about,
        np.full((len(QUANTITIES), elements), np.nan),
        np.zeros(elements, dtype=bool),
        unknown,
        np.nan,
        np.full((len(NARROW), elements), np.nan),
        np.stack([unknown, unknown], axis=-1),
    )


def _narrow(answer: NarrowAnswer | None, elements: int) -> Floats:
    """Return what narrow scans say, (quantity, element); NaN of what they do not."""
    values = np.full((len(NARROW), elements), np.nan)
    if answer is not None:
        rows = answer.largest_first()
        values[:, rows] = np.stack([answer.fraction, answer.lower, answer.upper])[:, rows]
    return values
