"""Narrow scans: measured beside a spectrum, over part of its axis, in finer steps; and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specquant.intervals import Z90
from specquant.notes import Note
from specquant.technique.axis import Floats


@dataclass(frozen=True)
class NarrowScan:
    """A scan of the same sample over part of the axis.

    Parameters
    ----------
    name
        What the file calls it.
    energy
        Energies (channel,), in the unit of the technique's axis, in the file's order.
    counts
        Intensities (channel,), in the file's order.
    header
        What the file says of it, by the reader's own keys.
    """

    name: str
    energy: tuple[float, ...]
    counts: tuple[float, ...]
    header: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LineFactor:
    """The relative sensitivity factor of a line that the user states.

    Parameters
    ----------
    value
        The factor.
    transmission
        Power of the kinetic energy that the transmission goes with which the factor contains, such as -1 of an analyser
        at constant pass energy without a lens; None: what it contains is not stated.
    """

    value: float
    transmission: float | None = None


@dataclass(frozen=True)
class NarrowQuestion:
    """What is asked of a technique's `narrow_scans`, for one spectrum.

    Parameters
    ----------
    scans
        The narrow scans, on the technique's energy scale as the spectrum is, before its axis offset is taken off.
    offset
        What was taken off the spectrum's energies, eV.
    settings
        Every instrument parameter.
    fraction
        Atomic fractions (element,) that the spectrum has by the method that answers; NaN: it gives no answer.
    deviation
        Their standard deviations (element,); NaN where they are not known.
    factors
        Relative sensitivity factors by line, such as ``"C 1s"``, that the user states; None: the technique's own.
    """

    scans: tuple[NarrowScan, ...]
    offset: float
    settings: Mapping[str, float]
    fraction: Floats
    deviation: Floats
    factors: Mapping[str, LineFactor] | None = None


@dataclass(frozen=True)
class LineArea:
    """The area of one line, or of the lines of one orbital, in a narrow scan.

    Parameters
    ----------
    scan
        Name of the scan.
    element
        Symbol, such as ``Fe``; "" where the scan shows no known line.
    line
        Orbital, such as ``2p``; "" where the scan shows no known line.
    low
        Lower end of the background, eV, the axis offset taken off.
    high
        Upper end of the background, eV, the axis offset taken off.
    area
        Area above the background, intensity x eV; NaN where there is none.
    error
        Standard deviation of the area, in the same unit; NaN where there is none.
    factor
        Relative sensitivity factor at this line, transmission included where it is part of it.
    unused
        Why it is not part of the answer; "" where it is.
    """

    scan: str
    element: str
    line: str
    low: float
    high: float
    area: float
    error: float
    factor: float
    unused: str = ""

    @property
    def title(self) -> str:
        """Symbol and orbital as one text, such as ``Fe 2p``."""
        return f"{self.element} {self.line}"


@dataclass(frozen=True)
class NarrowAnswer:
    """A composition from narrow scans, beside that from the whole spectrum.

    Parameters
    ----------
    fraction
        Atomic fractions (element,); NaN for elements without a narrow scan.
    deviation
        Their standard deviations (element,); NaN for elements without a narrow scan.
    lines
        What was measured in every scan.
    notes
        The lines that it rests on.
    """

    fraction: Floats
    deviation: Floats
    lines: tuple[LineArea, ...]
    notes: tuple[Note, ...] = ()

    @property
    def lower(self) -> Floats:
        """The lower ends (element,) of the 90 % intervals."""
        return np.asarray(np.clip(self.fraction - Z90 * self.deviation, 0.0, 1.0))

    @property
    def upper(self) -> Floats:
        """The upper ends (element,) of the 90 % intervals."""
        return np.asarray(np.clip(self.fraction + Z90 * self.deviation, 0.0, 1.0))

    @property
    def used(self) -> dict[str, str]:
        """The line that each element is taken from, such as ``Fe 2p``, by symbol."""
        return {line.element: line.title for line in self.lines if not line.unused}

    def largest_first(self) -> list[int]:
        """Return the numbers of the elements that have a fraction, the largest first."""
        known = [row for row, part in enumerate(self.fraction.tolist()) if part == part]
        return sorted(known, key=lambda row: -self.fraction[row])
