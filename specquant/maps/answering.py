"""One block of a map, answered: fractions with their errors, and where an element shows that no phase has."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.maps.batch import PixelFit
from specquant.maps.blocks import BlockAnswer, BlockTask, Hit, Writing
from specquant.maps.phases import Phase
from specquant.maps.record import Channels, Pieces
from specquant.maps.scan import SIDES, Candidates
from specquant.maps.scoring import FALSE_ALARMS, Scoring
from specquant.maps.survey import loaded
from specquant.maps.workspace import buffer
from specquant.technique import Floats

_BESIDE = 1e-5
"""Probability by chance below which a pixel has an element of another phase too: chosen, one pixel in ten thousand at
ten elements; where it has not, the fit gives it next to nothing of it."""

_MOST_BESIDE = 3
"""Elements of other phases that one pixel gets beside its own, the surest: chosen; a pixel where two grains meet."""


@dataclass(frozen=True)
class Answerer:
    """Answers blocks of one map.

    Parameters
    ----------
    pieces
        The map, read piece by piece.
    channels
        Its channels that a fit reads.
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
        writing = Writing(task, self.elements)
        scoring = Scoring(task, self.every)
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
        writing: Writing,
        scoring: Scoring,
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

    def _answer_mixed(self, values: Tensor, task: BlockTask, writing: Writing, scoring: Scoring) -> None:
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

    def _hits(self, values: Tensor, task: BlockTask, scoring: Scoring) -> tuple[Hit, ...]:
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
