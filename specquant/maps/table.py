"""A map's result as a table: a row for every pixel, with the figures of every element in per cent."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from specquant.maps.quantifying import MapResult
from specquant.maps.result import VERDICTS
from specquant.session.widelines import QUANTITIES
from specquant.tables import write_table

_DIGITS = 4
"""Decimals of a percentage: a millionth of the whole, far below any error."""

_ROWS = 64
"""Rows of a map that are read together: chosen."""


def write_pixels(result: MapResult, path: Path) -> Path:
    """Write a row for every pixel as CSV, and return the path.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    dims = [str(dim) for dim in result.dataset["phase"].dims]
    order = result.summary.largest_first
    elements = [f"{result.symbols[index]} {quantity}" for index in order for quantity in QUANTITIES]
    about = [*dims, "phase", "verdict", "counts", "pooled square", "chi-squared"]
    return write_table([*about, *elements], _rows(result, order), path)


def _rows(result: MapResult, order: list[int]) -> Iterator[list[object]]:
    """Yield the rows, those of some rows of the map at a time."""
    dataset = result.dataset
    first = dataset["phase"].dims[0]
    for begin in range(0, dataset.sizes[first], _ROWS):
        part = dataset.isel({first: slice(begin, begin + _ROWS)})
        shape = part["phase"].shape
        phases, verdicts, counts, cells, misfits = (
            part[name].values.ravel().tolist() for name in ("phase", "verdict", "counts", "cell", "chi_squared")
        )
        figures = np.stack([part[name].values.reshape(len(result.symbols), -1)[order] for name in QUANTITIES.values()])
        percent = np.round(100.0 * figures.astype(np.float64), _DIGITS)
        for pixel, index in enumerate(np.ndindex(shape)):
            numbers = percent[:, :, pixel].T.ravel().tolist()
            yield [
                index[0] + begin,
                *index[1:],
                phases[pixel] + 1 if phases[pixel] >= 0 else "",
                VERDICTS[verdicts[pixel]].value,
                round(counts[pixel]),
                cells[pixel],
                round(misfits[pixel], _DIGITS) if misfits[pixel] == misfits[pixel] else "",
                *("" if number != number else number for number in numbers),
            ]
