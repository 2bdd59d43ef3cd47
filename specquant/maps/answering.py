"""One block of a map, answered: fractions with their errors, and where an element shows that no phase has."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.maps.blocks import BlockAnswer, BlockTask, Hit, Writing
from specquant.maps.loading import CellCounts
from specquant.maps.phases import Phase
from specquant.maps.pixelfits import PixelFit
from specquant.maps.reading import CellReader
from specquant.maps.record import Channels, Pieces
from specquant.maps.scan import SIDES, Candidates
from specquant.maps.scoring import FALSE_ALARMS, Scoring

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
    _kept: dict[tuple[int, ...], CellReader] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, task: BlockTask) -> BlockAnswer:
        """Return what a block says."""
        counts = self._counts(task)
        writing = Writing(task, self.elements)
        scoring = Scoring(task, self.every)
        for number in np.unique(task.phase[task.phase >= 0]).tolist():
            rows = np.flatnonzero(task.phase == number)
            self._answer(counts, rows, self.reader_of(number), writing, scoring)
        self._answer_mixed(counts, task, writing, scoring)
        return writing.answer(self._hits(counts, task, scoring))

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_kept": {}}

    @cached_property
    def every(self) -> NDArray[np.intp]:
        """Indices of all elements that are fitted or looked for, ascending."""
        return np.unique(np.concatenate([[*p.basis.elements, *p.candidates.elements] for p in self.phases]))

    def reader_of(self, number: int, *beside: int) -> CellReader:
        """Return what reads pixels of a phase, with elements of other phases beside its own, and its candidates."""
        key = (number, *beside)
        if key not in self._kept:
            phase, added = self.phases[number], np.array(beside, dtype=np.intp)
            fit = PixelFit(
                phase.basis if not beside else phase.basis.with_lines(added, phase.lines_of(added)), self.device
            )
            absent = np.setdiff1d(phase.candidates.elements, added)
            lines = phase.lines_of(absent)
            candidates = phase.candidates if not beside else Candidates.of(fit, absent, lines, phase.spectrum)
            self._kept[key] = CellReader(fit, candidates, self.every)
        return self._kept[key]

    def _counts(self, task: BlockTask) -> CellCounts:
        """Return the counts of the cells of a block."""
        cell = None if task.cells == task.cell.size else task.cell
        return CellCounts(self.pieces, self.channels, task.block, self.device, cell)

    def _answer(
        self, counts: CellCounts, rows: NDArray[np.intp], reader: CellReader, writing: Writing, scoring: Scoring
    ) -> None:
        """Fit the cells of some rows, and write what they say and how much they leave over."""
        read, basis, candidates = reader.read(counts, rows), reader.fit.basis, reader.candidates
        answers = reader.fit.answers(read.readings, read.squares)
        scoring.write(rows, *reader.scores(read.left, answers.amounts))
        writing.write_fitted(rows, basis.elements, answers)
        shared = candidates.take(np.flatnonzero(np.isin(candidates.elements, self.elements)))
        total = answers.amounts[:, : basis.count].sum(dim=1).clamp_min(1e-9)
        writing.write_absent(rows, shared.elements, *shared.unseen(answers.amounts, total))

    def _answer_mixed(self, counts: CellCounts, task: BlockTask, writing: Writing, scoring: Scoring) -> None:
        """Fit cells again that plainly have elements of other phases too."""
        known = np.flatnonzero(np.isin(self.every, self.elements))
        chances = scoring.of_cells(known, _BESIDE)
        groups: dict[tuple[int, ...], list[int]] = {}
        for cell in np.flatnonzero((chances < 1.0).any(axis=1)).tolist():
            order = np.argsort(chances[cell])[:_MOST_BESIDE]
            beside = sorted(self.every[known[index]] for index in order if chances[cell, index] < 1.0)
            groups.setdefault((int(task.phase[cell]), *map(int, beside)), []).append(cell)
        for key, cells in groups.items():
            rows = np.array(cells)
            scoring.clear(rows)
            self._answer(counts, rows, self.reader_of(*key), writing, scoring)

    def _hits(self, counts: CellCounts, task: BlockTask, scoring: Scoring) -> tuple[Hit, ...]:
        """Return the elements of no phase that stand out of the block, beside all elements that any phase has."""
        unknown = np.flatnonzero(~np.isin(self.every, self.elements))
        limit = FALSE_ALARMS / (max(self.trials, 1) * max(unknown.size, 1) * len(SIDES))
        near = scoring.near(unknown, limit)
        if not near.any():
            return ()
        for number in np.unique(task.phase[near]).tolist():
            rows = np.flatnonzero(near & (task.phase == number))
            others = np.setdiff1d(self.elements, self.phases[number].basis.elements)
            reader = self.reader_of(number, *others.tolist())
            read = reader.read(counts, rows)
            scoring.write(rows, *reader.scores(read.left, reader.fit.amounts(read.readings)))
        scoring.clear(np.flatnonzero(~near))
        return tuple(scoring.hits(unknown, limit))
