"""Sums of shifted library rows, by batch: shifts are whole quarters of a channel, looked up in a table."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import spline_filter1d

from specquant.arrays import Array, in_torch, module_of, rows_at
from specquant.splines import cubic_weights
from specquant.technique import EnergyAxis, Floats

PHASES = 4
"""Shifts are rounded to 1/PHASES of a channel: at most an eighth of one off. Chosen: lines are wider than that."""

_TOGETHER = 8
"""Samples that are summed at a time. Chosen: few enough that their rows stay in the processor's cache."""


class ShiftTable:
    """Library rows on the padded axis at every sub-channel phase.

    Parameters
    ----------
    rows
        Shape (row, padded energy).
    padding
        Channels that `rows` extends beyond the axis on each side; larger shifts are clipped to it.
    device
        Where torch computes; None: numpy does.
    """

    def __init__(self, rows: Floats, axis: EnergyAxis, padding: int, device: str | None) -> None:
        phases = np.stack([_advance(rows, phase / PHASES) for phase in range(PHASES)], axis=1)
        table = np.pad(phases.reshape(-1, rows.shape[1]), ((0, 0), (0, 1)), mode="edge").astype(np.float32)
        self._length = table.shape[1]
        self._windows = _windows(table.ravel(), axis.size, device)
        self._padding = padding
        self._step = axis.step
        self._device = device

    def quarters(self, shift: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return shifts (eV) as whole numbers of 1/PHASES channel, clipped to what the padding allows."""
        limit = self._padding * PHASES
        return np.clip(np.rint(shift / self._step * PHASES), -limit, limit).astype(np.int64)

    def sum(self, sample: NDArray[np.int_], row: NDArray[np.int_], shift: Floats, weight: Floats, count: int) -> Array:
        """Return the weighted sum of shifted rows per sample, shape (sample, energy), for `count` samples.

        Each entry, shape (entry,) and sorted by sample, adds ``weight`` times ``row`` moved up by ``shift`` eV to
        ``sample``.
        """
        quarters = self.quarters(shift)
        phase = (-quarters) % PHASES
        start = self._padding - (quarters + phase) // PHASES
        window = self._to((row * PHASES + phase) * self._length + start)
        mixing = np.zeros((_TOGETHER, len(sample)), dtype=np.float32)
        mixing[sample % _TOGETHER, np.arange(len(sample))] = weight
        shares = self._to(mixing)
        parts = [self._windows[:0]]
        firsts = np.arange(0, count, _TOGETHER)
        ends = np.searchsorted(sample, np.append(firsts, count))
        for first, begin, end in zip(firsts, ends[:-1], ends[1:], strict=True):
            rows = min(_TOGETHER, count - int(first))
            parts.append(shares[:rows, begin:end] @ rows_at(self._windows, window[begin:end]))
        return module_of(self._windows).concatenate(parts, 0)

    def _to(self, array: NDArray[Any]) -> Array:
        return array if self._device is None else in_torch(array).to(self._device)


def _windows(numbers: NDArray[np.float32], size: int, device: str | None) -> Array:
    """Return every run of some numbers that follow each other, (start, size); they overlap: there are no copies."""
    if device is None:
        return sliding_window_view(numbers, size)
    flat = in_torch(numbers).to(device)
    return flat.as_strided((len(numbers) - size + 1, size), (1, 1))


def _advance(rows: Floats, phase: float) -> Floats:
    """Return rows read `phase` channels further up, by cubic splines; never negative."""
    if phase == 0:
        return rows
    knots = spline_filter1d(rows, order=3, axis=1, mode="nearest")
    kernel = cubic_weights(phase) / 6
    padded = np.pad(knots, ((0, 0), (1, 2)), mode="edge")
    read = sum(share * padded[:, first : first + rows.shape[1]] for first, share in enumerate(kernel))
    return np.asarray(np.clip(read, 0.0, None))
