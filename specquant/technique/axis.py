"""The energy axis of a technique: a grid of equally wide channels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SettingError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EnergyAxis:
    """A grid of equally wide channels.

    Parameters
    ----------
    start
        First channel centre, in `unit`.
    stop
        Last channel centre, in `unit`.
    step
        Channel width, in `unit`.
    label
        What is drawn under the axis, without the unit.
    descending
        Whether people of this field read the axis from high to low. Data always ascend.
    unit
        Unit of the axis, and of all that lies on it: lines, widths, shifts, the files that are read.
    """

    start: float
    stop: float
    step: float
    label: str = "Energy"
    descending: bool = False
    unit: str = "eV"

    def __post_init__(self) -> None:
        if not (self.step > 0 and self.stop > self.start and np.isfinite([self.start, self.stop, self.step]).all()):
            raise SettingError(
                "energy axis is not a grid",
                found=f"start {self.start}, stop {self.stop}, step {self.step} {self.unit}",
                wanted="start < stop and step > 0",
                todo="Give the axis as start, stop and step.",
            )
        channels = (self.stop - self.start) / self.step
        if abs(channels - round(channels)) > 1e-6 * max(channels, 1.0):
            raise SettingError(
                "energy axis is not a whole number of channels",
                found=f"{self.start:g}..{self.stop:g} {self.unit} in steps of {self.step:g} {self.unit}",
                wanted="stop - start a multiple of step",
            )

    @property
    def size(self) -> int:
        """Number of channels."""
        return round((self.stop - self.start) / self.step) + 1

    @property
    def centres(self) -> Floats:
        """Channel centres in `unit`, ascending, shape (energy,)."""
        return self.start + self.step * np.arange(self.size, dtype=np.float64)

    @property
    def decimals(self) -> int:
        """Decimals with which a distance on the axis is written: to a tenth of a channel, and one at least."""
        return max(1, 1 - int(np.floor(np.log10(self.step))))

    @property
    def span(self) -> str:
        """First and last channel with the unit: ``0 to 1200 eV``."""
        return f"{self.start:g} to {self.text(self.stop)}"

    def text(self, energy: float) -> str:
        """Return an energy with its unit: ``284.8 eV``.

        Parameters
        ----------
        energy
            Energy, in the unit of the axis.
        """
        return f"{energy:g} {self.unit}"

    def at(self, energy: float) -> str:
        """Return an energy with its unit, to a tenth of a channel: ``284.8 eV``.

        Parameters
        ----------
        energy
            Energy, in the unit of the axis.
        """
        return f"{energy:.{self.decimals}f} {self.unit}"

    def moved(self, by: float, error: float | None = None) -> str:
        """Return how far something is moved, with its unit, as ``+1.2 eV``.

        Parameters
        ----------
        by
            The distance, in the unit of the axis.
        error
            Its standard error; None: it is left out.
        """
        beside = "" if error is None else f" +- {error:.{self.decimals}f}"
        return f"{by:+.{self.decimals}f}{beside} {self.unit}"

    def padded(self, margin: float) -> EnergyAxis:
        """Return the axis extended by `margin` (rounded up to channels) on both sides."""
        extra = int(np.ceil(margin / self.step)) * self.step
        return replace(self, start=self.start - extra, stop=self.stop + extra)
