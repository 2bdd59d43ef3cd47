"""A block of a map: what is known of it beforehand, and what is said of it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.maps.cells import cells_of, first_pixels
from specquant.maps.pixelfits import PixelAnswers
from specquant.maps.record import Block
from specquant.quantifiers import Z90

NUMBERS = ("fraction", "error", "counting", "lower", "upper", "limit")
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
        Pixels of the block, the first of each cell, (cell,).
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
        By name of NUMBERS, (element of the map, cell), single precision.
    chi_squared
        As of `PixelAnswers`, (cell,).
    surprise
        As of `PixelAnswers`, (cell,).
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
    cell
        Cell (pixel,) of every pixel.
    cells
        How many cells there are.
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


class Writing:
    """The answer to a block while it is written."""

    def __init__(self, task: BlockTask, elements: NDArray[np.intp]) -> None:
        self._task, self._elements = task, elements
        self._numbers = np.full((len(NUMBERS), elements.size, task.cells), np.nan, dtype=np.float32)
        self._chi_squared = np.full(task.cells, np.nan, dtype=np.float32)
        self._surprise = np.full(task.cells, np.nan, dtype=np.float32)

    def write_fitted(self, rows: NDArray[np.intp], elements: NDArray[np.intp], answers: PixelAnswers) -> None:
        """Write what a fit says of its own elements."""
        for name in NUMBERS:
            self._write(name, rows, elements, getattr(answers, name))
        self._chi_squared[rows] = answers.chi_squared.cpu().numpy()
        self._surprise[rows] = answers.surprise.cpu().numpy()

    def write_absent(self, rows: NDArray[np.intp], elements: NDArray[np.intp], error: Tensor, limit: Tensor) -> None:
        """Write what is known of elements that the cells lack: nothing of them, with an error."""
        nothing = torch.zeros((1, 1)).expand(error.shape)
        upper = (Z90 * error).clamp(0.0, 1.0)
        for name, values in zip(NUMBERS, (nothing, error, error, nothing, upper, limit), strict=True):
            self._write(name, rows, elements, values)

    def _write(self, name: str, rows: NDArray[np.intp], elements: NDArray[np.intp], values: Tensor) -> None:
        """Write numbers (row, element) of one name."""
        numbers = self._numbers[NUMBERS.index(name)]
        for element, column in zip(np.searchsorted(self._elements, elements), values.cpu().numpy().T, strict=True):
            numbers[element, rows] = column

    def answer(self, hits: tuple[Hit, ...]) -> BlockAnswer:
        """Return it as it is."""
        task = self._task
        numbers = dict(zip(NUMBERS, self._numbers, strict=True))
        return BlockAnswer(task.cell, task.phase, numbers, self._chi_squared, self._surprise, hits)
