"""One block of a map, answered: fractions with their errors, and where an element shows that no phase has."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.maps.batch import PixelFit
from specquant.maps.cells import cells_of, first_pixels
from specquant.maps.phases import Phase
from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.scan import SIDES, Candidates, Scores
from specquant.maps.survey import loaded
from specquant.maps.workspace import buffer
from specquant.quantifiers import Z90
from specquant.technique import Floats

FALSE_ALARMS = 0.05
"""Elements that are found in a whole map by chance: chosen."""

_BESIDE = 1e-5
"""Probability by chance below which a pixel has an element of another phase too: chosen, one pixel in ten thousand at
ten elements; where it has not, the fit gives it next to nothing of it."""

_MOST_BESIDE = 3
"""Elements of other phases that one pixel gets beside its own, the surest: chosen; a pixel where two grains meet."""

NUMBERS = ("fraction", "error", "lower", "upper", "limit")
"""What is said of every element of a cell."""


@dataclass(frozen=True)
class Hit:
    """An element that stands out of what the phases of a block have, in some cells.

    Parameters
    ----------
    element
        Its index among the technique's.
    chance
        Probability that chance gives as much anywhere in the map.
    cells
        Pixels of the block, the first of each cell.
    """

    element: int
    chance: float
    cells: NDArray[np.intp]


@dataclass(frozen=True)
class BlockAnswer:
    """What a block says.

    Parameters
    ----------
    cell
        Cell (pixel,) of every pixel.
    phase
        Phase (cell,) of every cell, -1 for those without counts.
    numbers
        By name of NUMBERS, (cell, element of the map), single precision.
    chi_squared, surprise
        See `PixelAnswers`, (cell,).
    hits
        Elements that stand out.
    """

    cell: NDArray[np.intp]
    phase: NDArray[np.intp]
    numbers: dict[str, NDArray[np.float32]]
    chi_squared: NDArray[np.float32]
    surprise: NDArray[np.float32]
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class BlockTask:
    """A block, and what is known of its pixels beforehand.

    Parameters
    ----------
    block
        Where it is.
    cell, cells
        Cell (pixel,) of every pixel, and how many cells there are.
    phase
        Phase (cell,) of each, -1 for cells without counts.
    """

    block: Block
    cell: NDArray[np.intp]
    cells: int
    phase: NDArray[np.intp]

    @staticmethod
    def of(block: Block, sides: NDArray[np.uint8], phases: NDArray[np.int16]) -> "BlockTask":
        """Return the task of a block of a map with these sides of cells and phases, (frame, row, column) each."""
        cell, count = cells_of(block, sides)
        return BlockTask(block, cell, count, phases[block.index].ravel()[first_pixels(cell, count)].astype(np.intp))


@dataclass(frozen=True)
class Answerer:
    """Answers blocks of one map.

    Parameters
    ----------
    pieces, channels
        The map.
    phases
        Its phases.
    elements
        Indices of the elements that any of them has, ascending, (element,).
    trials
        Cells of the whole map.
    device
        Where torch computes.
    """

    pieces: Pieces
    channels: Channels
    phases: tuple[Phase, ...]
    elements: NDArray[np.intp]
    trials: int
    device: str = "cpu"
    _kept: dict[tuple[int, ...], tuple[PixelFit, Candidates]] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, task: BlockTask) -> BlockAnswer:
        """Return what a block says."""
        values = self._pooled(task)
        writing = _Writing(task, self.elements)
        scoring = _Scoring(task, self.every)
        for number in np.unique(task.phase[task.phase >= 0]).tolist():
            rows = np.flatnonzero(task.phase == number)
            fit, candidates = self.fit_of(number)
            self._answer(values, rows, fit, candidates, writing, scoring)
        self._answer_mixed(values, task, writing, scoring)
        return writing.answer(self._hits(values, task, scoring))

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_kept": {}}

    @cached_property
    def every(self) -> NDArray[np.intp]:
        """Indices of all elements that are fitted or looked for, ascending."""
        return np.unique(np.concatenate([[*p.basis.elements, *p.candidates.elements] for p in self.phases]))

    def fit_of(self, number: int, *beside: int) -> tuple[PixelFit, Candidates]:
        """Return the fit of pixels of a phase, with elements of other phases beside its own, and its candidates."""
        key = (number, *beside)
        if key not in self._kept:
            phase, added = self.phases[number], np.array(beside, dtype=np.intp)
            fit = PixelFit(
                phase.basis if not beside else phase.basis.with_lines(added, phase.lines_of(added)), self.device
            )
            absent = np.setdiff1d(phase.candidates.elements, added)
            lines = phase.lines_of(absent)
            candidates = phase.candidates if not beside else Candidates.of(fit, absent, lines, phase.spectrum)
            self._kept[key] = fit, candidates
        return self._kept[key]

    def _pooled(self, task: BlockTask) -> Tensor:
        """Return the counts (cell, channel) of the cells of a block."""
        values = loaded(self.pieces.read(task.block), self.channels, torch.device(self.device))
        if task.cells == len(values):
            return values
        pooled = torch.zeros((task.cells, values.shape[1]), dtype=values.dtype, device=values.device)
        return pooled.index_add_(0, torch.from_numpy(task.cell).to(values.device), values)

    def _answer(
        self,
        values: Tensor,
        rows: NDArray[np.intp],
        fit: PixelFit,
        candidates: Candidates,
        writing: "_Writing",
        scoring: "_Scoring",
    ) -> None:
        """Fit the cells of some rows, and write what they say and how much they leave over."""
        some = _rows_of(values, rows)
        readings, left = _read(some, fit, candidates)
        squares = (some.square_() @ _single(fit.weight, values)).double()
        answers = fit.answers(readings, squares)
        scoring.write(rows, candidates.elements, *_scored(answers.amounts, left, candidates))
        writing.write_fitted(rows, fit.basis.elements, answers)
        shared = candidates.take(np.flatnonzero(np.isin(candidates.elements, self.elements)))
        total = answers.amounts[:, : fit.basis.count].sum(dim=1).clamp_min(1e-9)
        writing.write_absent(rows, shared.elements, *shared.unseen(answers.amounts, total))

    def _answer_mixed(self, values: Tensor, task: BlockTask, writing: "_Writing", scoring: "_Scoring") -> None:
        """Fit cells again that plainly have elements of other phases too."""
        known = np.flatnonzero(np.isin(self.every, self.elements))
        chances = scoring.of_cells(known)
        groups: dict[tuple[int, ...], list[int]] = {}
        for cell in np.flatnonzero((chances < _BESIDE).any(axis=1)).tolist():
            order = np.argsort(chances[cell])[:_MOST_BESIDE]
            beside = sorted(self.every[known[index]] for index in order if chances[cell, index] < _BESIDE)
            groups.setdefault((int(task.phase[cell]), *map(int, beside)), []).append(cell)
        for key, cells in groups.items():
            rows = np.array(cells)
            fit, candidates = self.fit_of(*key)
            scoring.clear(rows)
            self._answer(values, rows, fit, candidates, writing, scoring)

    def _hits(self, values: Tensor, task: BlockTask, scoring: "_Scoring") -> tuple[Hit, ...]:
        """Return the elements of no phase that stand out of the block, beside all elements that any phase has."""
        unknown = np.flatnonzero(~np.isin(self.every, self.elements))
        limit = FALSE_ALARMS / (max(self.trials, 1) * max(unknown.size, 1) * len(SIDES))
        near = scoring.near(unknown, limit)
        if not near.any():
            return ()
        for number in np.unique(task.phase[near]).tolist():
            rows = np.flatnonzero(near & (task.phase == number))
            others = np.setdiff1d(self.elements, self.phases[number].basis.elements)
            fit, candidates = self.fit_of(number, *others.tolist())
            readings, left = _read(_rows_of(values, rows), fit, candidates)
            scoring.clear(rows)
            scoring.write(rows, candidates.elements, *_scored(fit.amounts(readings), left, candidates))
        scoring.clear(np.flatnonzero(~near))
        return tuple(scoring.hits(unknown, limit))


def _rows_of(values: Tensor, rows: NDArray[np.intp]) -> Tensor:
    """Return a copy of some rows, in the thread's buffer ``rows``."""
    some = buffer("rows", (rows.size, values.shape[1]), values.device)
    return torch.index_select(values, 0, torch.from_numpy(rows).to(values.device), out=some)


def _read(values: Tensor, fit: PixelFit, candidates: Candidates) -> tuple[Tensor, Tensor]:
    """Return what cells (cell, channel) read by the columns of a fit, and what they leave over of its candidates."""
    columns = fit.reading.shape[1]
    # what all pixels of the phase leave over alike is taken off per count: of every channel the same
    left = candidates.reading - candidates.usual
    both = (values @ _single(np.hstack([fit.reading, left]), values)).double()
    return both[:, :columns], both[:, columns:]


def _scored(amounts: Tensor, left: Tensor, candidates: Candidates) -> tuple[Tensor, Tensor, Tensor]:
    """Return scores (cell, candidate) with their second and third cumulants."""
    return left, amounts @ _double(candidates.variances, amounts), amounts @ _double(candidates.skews, amounts)


def _single(values: Floats, like: Tensor) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values, dtype=np.float32), device=like.device)


def _double(values: Floats, like: Tensor) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values, dtype=np.float64), device=like.device)


class _Writing:
    """The answer to a block while it is written."""

    def __init__(self, task: BlockTask, elements: NDArray[np.intp]) -> None:
        self._task, self._elements = task, elements
        shape = (task.cells, elements.size)
        self._numbers = {name: np.full(shape, np.nan, dtype=np.float32) for name in NUMBERS}
        self._chi_squared = np.full(task.cells, np.nan, dtype=np.float32)
        self._surprise = np.full(task.cells, np.nan, dtype=np.float32)

    def write_fitted(self, rows: NDArray[np.intp], elements: NDArray[np.intp], answers: "object") -> None:
        """Write what a fit says of its own elements."""
        index = np.ix_(rows, np.searchsorted(self._elements, elements))
        for name in NUMBERS:
            self._numbers[name][index] = getattr(answers, name).cpu().numpy()
        self._chi_squared[rows] = answers.chi_squared.cpu().numpy()  # type: ignore[attr-defined]
        self._surprise[rows] = answers.surprise.cpu().numpy()  # type: ignore[attr-defined]

    def write_absent(self, rows: NDArray[np.intp], elements: NDArray[np.intp], error: Tensor, limit: Tensor) -> None:
        """Write what is known of elements that the cells lack: nothing of them, with an error."""
        index = np.ix_(rows, np.searchsorted(self._elements, elements))
        self._numbers["fraction"][index] = self._numbers["lower"][index] = 0.0
        self._numbers["error"][index] = error.cpu().numpy()
        self._numbers["upper"][index] = (Z90 * error).clamp(0.0, 1.0).cpu().numpy()
        self._numbers["limit"][index] = limit.cpu().numpy()

    def answer(self, hits: tuple[Hit, ...]) -> BlockAnswer:
        """Return it as it is."""
        task = self._task
        return BlockAnswer(task.cell, task.phase, self._numbers, self._chi_squared, self._surprise, hits)


class _Scoring:
    """Scores of the cells of a block, each at its first pixel."""

    def __init__(self, task: BlockTask, elements: NDArray[np.intp]) -> None:
        self._elements, self._shape = elements, task.block.shape
        self._first = first_pixels(task.cell, task.cells)
        self._values = np.zeros((3, task.cells, elements.size), dtype=np.float32)

    def write(
        self, rows: NDArray[np.intp], elements: NDArray[np.intp], score: Tensor, variance: Tensor, skew: Tensor
    ) -> None:
        """Write the scores (row, element) of some cells."""
        index = np.ix_(rows, np.searchsorted(self._elements, elements))
        for kind, values in enumerate((score, variance, skew)):
            self._values[kind][index] = values.cpu().numpy()

    def clear(self, rows: NDArray[np.intp]) -> None:
        """Forget the scores of some cells."""
        self._values[:, rows] = 0.0

    def of_cells(self, columns: NDArray[np.intp]) -> Floats:
        """Return the probability that chance gives as much, (cell, element), 1 where that is likely."""
        chances = np.ones((len(self._first), columns.size))
        seen = Scores(*self._values[:, :, None, columns]).chances(1)
        chances[seen["row"], seen["candidate"]] = seen["chance"]
        return chances

    def _squares(self, columns: NDArray[np.intp], limit: float) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
        """Yield the squares with scores that are less probable than the limit, by the length of their sides."""
        spread = np.zeros((3, self._shape[0] * self._shape[1], columns.size), dtype=np.float32)
        spread[:, self._first] = self._values[:, :, columns]
        scores = Scores(*spread.reshape(3, *self._shape, columns.size))
        for side in SIDES:
            yield side, scores.chances(side, limit)

    def near(self, columns: NDArray[np.intp], limit: float) -> NDArray[np.bool_]:
        """Return which cells (cell,) lie in squares with a score that is less probable than the limit."""
        pixels = np.zeros(self._shape, dtype=bool)
        for side, seen in self._squares(columns, limit):
            middles = np.zeros(self._shape, dtype=bool)
            middles[seen["row"], seen["column"]] = True
            pixels |= _widened(middles, side)
        return np.asarray(pixels.ravel()[self._first])

    def hits(self, columns: NDArray[np.intp], limit: float) -> Iterator[Hit]:
        """Yield the elements with such a score: of the squares about a pixel, the least probable element only."""
        best, which = np.full(self._shape, limit), np.full(self._shape, -1)
        sides = np.zeros(self._shape, dtype=int)
        for side, seen in self._squares(columns, limit):
            for row, column, candidate, chance in zip(*seen.values(), strict=True):
                if chance < best[row, column]:
                    best[row, column], which[row, column], sides[row, column] = chance, candidate, side
        for column in np.unique(which[which >= 0]).tolist():
            pixels = np.zeros(self._shape, dtype=bool)
            for side in SIDES:
                pixels |= _widened((which == column) & (sides == side), side)
            cells = np.flatnonzero(pixels.ravel()[self._first] & (self._values[0][:, columns[column]] > 0))
            chance = float(best[which == column].min() * FALSE_ALARMS / limit)
            yield Hit(int(self._elements[columns[column]]), chance, self._first[cells])


def _widened(pixels: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Return the pixels within squares of that side about some."""
    from scipy.ndimage import maximum_filter

    return pixels if side == 1 else np.asarray(maximum_filter(pixels, size=side, mode="constant"))
