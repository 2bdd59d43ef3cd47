"""Cells of a phase read by what its fit multiplies counts by: one pass over the counts of each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.maps.loading import CellCounts
from specquant.maps.pixelfits import PixelFit
from specquant.maps.scan import Candidates


@dataclass(frozen=True)
class Read:
    """What some cells read.

    Parameters
    ----------
    readings
        By the columns of the fit, (cell, column), double precision.
    squares
        Squared counts over the phase's mean, added up, (cell,), double precision.
    left
        What they leave over of the candidates, (cell, element), single precision; 0 of elements that are none.
    """

    readings: Tensor
    squares: Tensor
    left: Tensor


class CellReader:
    """Reads cells of one phase.

    Parameters
    ----------
    fit
        Of the phase's pixels.
    candidates
        The elements that are looked for in them.
    every
        Indices of all elements that are fitted or looked for in any phase, ascending, (element,).
    """

    def __init__(self, fit: PixelFit, candidates: Candidates, every: NDArray[np.intp]) -> None:
        self.fit, self.candidates = fit, candidates
        at, device = np.searchsorted(every, candidates.elements), fit.device
        self._columns = fit.reading.shape[1]

        def wide(values: NDArray[Any]) -> NDArray[Any]:
            spread = np.zeros((len(values), every.size))
            spread[:, at] = values
            return spread

        # what all pixels of the phase leave over alike is taken off per count: of every channel the same
        left = wide(candidates.reading - candidates.usual)
        self._reading = _single(np.hstack([fit.reading, left]), device)
        self._weight = _single(fit.weight, device)
        self._variances, self._skews = (
            _single(wide(each), device) for each in (candidates.variances, candidates.skews)
        )

    def read(self, counts: CellCounts, rows: NDArray[np.intp]) -> Read:
        """Return what some rows of the cells of a block read."""
        both = torch.empty((rows.size, self._reading.shape[1]), device=self.fit.device)
        squares = torch.empty(rows.size, device=self.fit.device)
        for some, values in counts.parts(rows):
            torch.mm(values, self._reading, out=both[some])
            torch.mv(values.square_(), self._weight, out=squares[some])
        readings = both[:, : self._columns].T.double().T  # those of a column side by side, as the fit goes along them
        return Read(readings, squares.double(), both[:, self._columns :])

    def scores(self, left: Tensor, amounts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return scores (cell, element) of cells with these amounts, and their second and third cumulants."""
        single = amounts.float()
        return left, single @ self._variances, single @ self._skews


def _single(values: NDArray[Any], device: torch.device) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values, dtype=np.float32), device=device)
