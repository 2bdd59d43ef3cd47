"""A map, a line or a series as a file holds it: its counts are read when they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from specquant.technique.axis import Floats
from specquant.technique.raw import Facts, RawSpectrum


class Counts(Protocol):
    """What the counts of a map are read from: an array, or anything else that gives one for slices."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions, the channels last."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return the numbers of some slices, one per dimension."""


@dataclass(frozen=True)
class MapAxis:
    """One dimension of a map before the channels.

    Parameters
    ----------
    name
        Its name, such as ``y``.
    step
        Distance of two pixels.
    unit
        Unit of the distance; "" for none.
    """

    name: str
    step: float = 1.0
    unit: str = ""


@dataclass(frozen=True)
class RawMap:
    """A map, a line or a series as a file holds it; its counts are read when they are asked for.

    Parameters
    ----------
    name
        Its name in the file.
    energy
        Channel centres, (channel,), in the unit of the technique's axis, in the file's order.
    counts
        Shape (..., channel), of the file's own type of numbers. What reads them from a file can be sent to other
        processes.
    axes
        The dimensions before the channels.
    stated
        Instrument parameters that the file states, for all pixels, as of `RawSpectrum`.
    facts
        What else the file says, for all pixels.
    on_scale
        As of `RawSpectrum`.
    """

    name: str
    energy: Floats
    counts: Counts
    axes: tuple[MapAxis, ...]
    stated: Mapping[str, float] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    on_scale: bool = False

    def spectrum(self, name: str, counts: Floats) -> RawSpectrum:
        """Return counts (channel,) of some of its pixels together as a spectrum.

        Parameters
        ----------
        name
            Name of the spectrum.
        counts
            Counts (channel,).
        """
        return RawSpectrum(name, self.energy, counts, self.stated, self.facts, self.on_scale)
