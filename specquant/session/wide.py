"""The table of a laboratory: a row per spectrum, in per cent, with all that one has to know of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from specquant.session.fileresults import FileResult
from specquant.session.identity import IDENTITY
from specquant.session.replicates import STATISTICS, Replicates
from specquant.session.unused import Unused
from specquant.session.widelines import ABOUT, NARROW, QUANTITIES, Line, Lines, about_titles, lines_of, unused_line
from specquant.technique import Floats, Technique

if TYPE_CHECKING:
    from specquant.learning.card import ModelCard

_REST = "rest at%"
"""Column of all elements that have none of their own."""

_OXYGEN = "O by stoichiometry at%"
"""Column of the oxygen that oxides bind."""

_DIGITS = 4
"""Decimals of a percentage: a millionth of the whole, far below any error."""

_LENGTH_DIGITS = 3
"""Decimals of a thickness: a picometre where it is in nanometres, far below any error."""


@dataclass(frozen=True)
class _Columns:
    """Which elements have columns: of the answer, of narrow scans, and of layers; `oxides` says whether of oxides."""

    elements: list[int]
    narrow: list[int]
    layers: list[int]
    oxides: bool

    @classmethod
    def of(cls, lines: Lines, oxides: bool) -> "_Columns":
        """Return the columns of a table, those of elements the largest first."""
        order = np.argsort(-lines.amounts, kind="stable")
        elements, scanned, layers = (
            [int(index) for index in order if there[index]] for there in (lines.shown, lines.scanned, lines.layered)
        )
        return cls(elements, scanned, layers, oxides)

    def titles(self, technique: Technique, oxides: Sequence[str]) -> list[str]:
        """Return the names of all columns."""
        symbols = technique.elements
        titles = [f"{symbols[index]} {quantity}" for index in self.elements for quantity in QUANTITIES]
        of_oxides = [*(f"oxide {oxides[index]} wt%" for index in self.elements), _OXYGEN] if self.oxides else []
        narrow = [f"{symbols[index]} {quantity}" for index in self.narrow for quantity in NARROW]
        return [
            *about_titles(technique.axis),
            *titles,
            _REST,
            *of_oxides,
            *narrow,
            *_layer_titles(technique, self.layers),
        ]

    def cells(self, line: Line, rest: float | None = None) -> list[object]:
        """Return the cells of one row; `rest` is the share of all elements without a column, None: what is missing."""
        missing = (
            np.maximum(line.figures[0].sum() - line.figures[0, self.elements].sum(), 0.0) if rest is None else rest
        )
        oxides = [*line.oxides[self.elements], line.oxygen] if self.oxides else []
        narrow = line.narrow[:, self.narrow].T.ravel()
        shares = np.array([*line.figures[:, self.elements].T.ravel(), missing, *oxides, *narrow])
        lengths = line.layers[self.layers].ravel()
        return [*line.about, *_rounded(100 * shares, _DIGITS), *_rounded(lengths, _LENGTH_DIGITS)]


def _layer_titles(technique: Technique, elements: Sequence[int]) -> Iterator[str]:
    """Yield the names of the columns of layers: the parameter that is the thickness, with its unit, and its error."""
    units = {parameter.name: parameter.unit for parameter in technique.parameters}
    names = {} if technique.fit is None else technique.fit.decisions.layers
    for index in elements:
        name = names[technique.elements[index]]
        yield from (f"{name} {units[name]}".strip(), f"{name} standard error {units[name]}".strip())


def wide_table(
    outcomes: Iterable[FileResult | Unused],
    method: str,
    technique: Technique,
    force: bool,
    card: "ModelCard | None",
    mean: bool,
) -> tuple[list[str], Iterator[list[object]]]:
    """Return columns and rows of the answers of one method; very many of them take little memory.

    An element has columns if it is shown of any spectrum, or measured by narrow scans, or if it is plainly a layer on
    the surface of any. An input that cannot be used has a row with its reason. `force` has figures of what is not
    quantified too; `mean` adds the mean of all spectra, its standard deviation and standard error, as three rows.

    Raises
    ------
    SettingError
        If a mean is wanted of fewer than two spectra.
    """
    lines = Lines()
    oxides: list[str] = []
    for result in outcomes:
        if isinstance(result, Unused):
            lines.add(unused_line(result, len(technique.elements), method, card))
            continue
        composition = result.compositions[method]
        oxides = [str(name) for name in composition["oxide"].values] if "oxide" in composition else []
        for line in lines_of(result, method, force, card):
            lines.add(line)
    columns = _Columns.of(lines, bool(oxides))
    of_mean = _mean_rows(list(lines), columns) if mean else []
    return columns.titles(technique, oxides), chain((columns.cells(line) for line in lines), of_mean)


def _mean_rows(lines: Sequence[Line], columns: _Columns) -> list[list[object]]:
    """Return the rows of mean, standard deviation and standard error."""
    figures, shown = np.stack([line.figures for line in lines]), np.stack([line.shown for line in lines])
    there = np.asarray(np.isfinite(figures[:, 0]).all(axis=1))
    several = Replicates(figures[there, 0], figures[there, 3], shown[there], int((~there).sum())).checked()
    kept = [line for line, is_there in zip(lines, there, strict=True) if is_there]
    oxides = np.stack([[*line.oxides, line.oxygen] for line in kept])
    narrow = np.stack([[line.narrow[0], *np.full((2, len(line.shown)), np.nan)] for line in kept])
    layers = np.stack([np.stack([line.layers[:, 0], np.full(len(line.shown), np.nan)], axis=-1) for line in kept])
    rows: list[list[object]] = []
    identity = lines[0].about[-len(IDENTITY) :]
    for name, atomic, weight in several.statistics():
        summed = STATISTICS[name]
        about = (f"mean of {len(kept)} spectra", name, *([""] * (len(ABOUT) - len(identity) - 2)), *identity)
        unknown = np.full(atomic.shape, np.nan)
        of_one = np.stack([atomic, unknown, unknown, weight, unknown])
        rest = np.maximum(1.0 - several.fraction[:, columns.elements].sum(axis=1), 0.0)
        line = Line(
            about, of_one, shown[0], summed(oxides)[:-1], float(summed(oxides)[-1]), summed(narrow), summed(layers)
        )
        rows.append(columns.cells(line, rest=float(summed(rest))))
    return rows


def _rounded(values: Floats, digits: int) -> list[float | str]:
    """Return numbers (cell,) with some decimals; empty where they are not known."""
    return [value if value == value else "" for value in (np.round(values, digits) + 0.0).tolist()]
