"""The table of a laboratory: a row per spectrum, in per cent, with all that one has to know of it."""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from specquant.notes import beside_verdict
from specquant.session.replicates import Replicates
from specquant.session.results import FileResult, values_of
from specquant.technique import Floats

if TYPE_CHECKING:
    from specquant.learning.card import ModelCard

_ABOUT = ("file", "sample", "verdict", "reasons", "notes", "axis offset eV", "method", "model", "model sha256")
"""Columns before those of elements."""

_QUANTITIES = {
    "at%": "fraction",
    "lower at%": "lower",
    "upper at%": "upper",
    "wt%": "weight_fraction",
    "limit at%": "detection_limit",
}
"""What the columns of an element hold, by what follows its symbol in their names: variables of a COMPOSITION."""

_REST = "rest at%"
"""Column of all elements that have none of their own."""

_OXYGEN = "O by stoichiometry at%"
"""Column of the oxygen that oxides bind."""

_DIGITS = 4
"""Decimals of a percentage: a millionth of the whole, far below any error."""


_IN_MEMORY = 1 << 24
"""Bytes of lines that are kept in memory, 16 MiB: chosen, those of some thousand spectra."""


@dataclass(frozen=True)
class _Line:
    """One spectrum.

    Texts and offset of the first columns, figures (quantity, element) in the order of `_QUANTITIES`, which elements are
    shown, weight fractions of oxides (element,), and oxygen by stoichiometry; NaN where not known.
    """

    about: tuple[object, ...]
    figures: Floats
    shown: NDArray[np.bool_]
    oxides: Floats
    oxygen: float


class _Lines:
    """Lines in their order, on disk where there are many."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it lives as long as the lines
        self._count = 0
        self._amounts: Floats = np.zeros(0)
        self._there: NDArray[np.bool_] = np.zeros(0, dtype=bool)

    def add(self, line: _Line) -> None:
        """Add a line."""
        pickle.dump(line, self._file)
        amounts = np.nan_to_num(line.figures[0])
        self._amounts = amounts + self._amounts if self._count else amounts
        self._there = line.shown | self._there if self._count else line.shown
        self._count += 1

    def columns(self) -> list[int]:
        """Return the indices of the elements that have columns, the largest first."""
        return [int(index) for index in np.argsort(-self._amounts, kind="stable") if self._there[index]]

    def __iter__(self) -> Iterator[_Line]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)


def wide_table(
    results: Iterable[FileResult], method: str, force: bool, card: "ModelCard | None", mean: bool
) -> tuple[list[str], Iterator[list[object]]]:
    """Return columns and rows of the answers of one method; very many of them take little memory.

    An element has columns if it is shown of any spectrum. `force` has figures of what is not quantified too; `mean`
    adds the mean of all spectra, its standard deviation and standard error, as three rows.

    Raises
    ------
    SettingError
        If a mean is wanted of fewer than two spectra.
    """
    lines = _Lines()
    elements: list[str] = []
    oxides: list[str] = []
    for result in results:
        composition = result.answers(method, force)
        elements = [str(symbol) for symbol in composition["element"].values]
        oxides = [str(name) for name in composition["oxide"].values] if "oxide" in composition else []
        for line in _lines(result, method, force, card):
            lines.add(line)
    columns = lines.columns()
    rows = (_cells(line, columns, bool(oxides)) for line in lines)
    of_mean = _mean_rows(list(lines), columns, bool(oxides)) if mean else []
    titles = [f"{elements[index]} {quantity}" for index in columns for quantity in _QUANTITIES]
    of_oxides = [*(f"oxide {oxides[index]} wt%" for index in columns), _OXYGEN] if oxides else []
    return [*_ABOUT, *titles, _REST, *of_oxides], chain(rows, of_mean)


def _lines(result: FileResult, method: str, force: bool, card: "ModelCard | None") -> Iterator[_Line]:
    """Yield a line for every spectrum of a file."""
    composition, judgements = result.answers(method, force), result.judgements(method)
    figures = np.stack([values_of(composition, name) for name in _QUANTITIES.values()], axis=1)
    oxides = values_of(composition, "oxide_weight_fraction")
    oxygen = composition["stoichiometric_oxygen"].values if "oxide" in composition else np.full(len(oxides), np.nan)
    facts, shown = result.spectra.facts, result.shown(method, force)
    model = ("", "") if card is None else (card.title, card.sha256)
    for index, sample in enumerate(result.spectra.labels()):
        notes = "; ".join(map(str, beside_verdict(result.notes[index])))
        one = judgements[index]
        offset = facts[index].axis_offset if facts else ""
        about = (result.file, sample, str(one.verdict), one.text, notes, offset, method, *model)
        yield _Line(about, figures[index], shown[index], oxides[index], float(oxygen[index]))


def _cells(line: _Line, columns: list[int], with_oxides: bool) -> list[object]:
    """Return the cells of one row."""
    rest = np.maximum(line.figures[0].sum() - line.figures[0, columns].sum(), 0.0)
    oxides = [*line.oxides[columns], line.oxygen] if with_oxides else []
    return [*line.about, *map(_percent, [*line.figures[:, columns].T.ravel(), rest, *oxides])]


def _mean_rows(lines: Sequence[_Line], columns: list[int], with_oxides: bool) -> list[list[object]]:
    """Return the rows of mean, standard deviation and standard error."""
    figures, shown = np.stack([line.figures for line in lines]), np.stack([line.shown for line in lines])
    there = np.isfinite(figures[:, 0]).all(axis=1)
    several = Replicates(figures[there, 0], figures[there, 3], shown[there], int((~there).sum())).checked()
    oxides = np.stack([[*line.oxides[columns], line.oxygen] for line in lines])[there]
    rests = np.maximum(1.0 - several.fraction[:, columns].sum(axis=1), 0.0)
    further = np.column_stack([rests, oxides] if with_oxides else [rests])
    scatter = further.std(axis=0, ddof=1)
    others = (further.mean(axis=0), scatter, scatter / np.sqrt(len(further)))
    rows: list[list[object]] = []
    for (name, atomic, weight), other in zip(several.statistics(), others, strict=True):
        about = (f"mean of {len(further)} spectra", name, *([""] * (len(_ABOUT) - 2)))
        cells = [value for index in columns for value in (atomic[index], np.nan, np.nan, weight[index], np.nan)]
        rows.append([*about, *map(_percent, [*cells, *other])])
    return rows


def _percent(share: float) -> float | str:
    """Return a fraction in per cent; empty where it is not known."""
    return round(100 * float(share), _DIGITS) + 0.0 if np.isfinite(share) else ""
