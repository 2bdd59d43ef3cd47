"""The energy axis as people read it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specquant.technique import EnergyAxis, Floats, Peak

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KEV_FROM = 5000.0
"""End of an axis, eV, from which on it is written in keV."""


@dataclass(frozen=True)
class EnergyScale:
    """An energy axis as people read it: in keV where it is long, from high to low where the field does so."""

    axis: EnergyAxis

    @property
    def unit(self) -> str:
        """The unit that is written: the axis's own, or keV for one in eV that reaches far."""
        return "keV" if self._long else self.axis.unit

    @property
    def label(self) -> str:
        """What stands under the axis."""
        return f"{self.axis.label} ({self.unit})"

    def of(self, energy: Floats) -> Floats:
        """Return energies, given in the axis's unit, in the unit of the scale."""
        return energy / (1000.0 if self._long else 1.0)

    def at(self, energy: float) -> float:
        """Return one energy, given in the axis's unit, in the unit of the scale."""
        return energy / (1000.0 if self._long else 1.0)

    def text(self, energy: float) -> str:
        """Return one energy, given in the axis's unit, with its unit."""
        if self._long:
            return f"{energy / 1000:.3f} keV"
        return f"{energy:.{self._digits}f} {self.axis.unit}"

    @property
    def _long(self) -> bool:
        return self.axis.unit == "eV" and self.axis.stop >= _KEV_FROM

    @property
    def _digits(self) -> int:
        """Decimals that tell neighbouring channels apart: none where they are 1 wide."""
        return max(0, -math.floor(math.log10(self.axis.step)))

    def line(self, peak: Peak) -> str:
        """Return a line without its element, and its energy: ``2p3/2, 932.7 eV``."""
        return f"{peak.label.removeprefix(f'{peak.element} ')}, {self.text(peak.energy)}"

    def span(self, start: float, stop: float) -> str:
        """Return a range of energies with its unit, in the direction in which people read."""
        low, high = (self.text(min(start, stop)), self.text(max(start, stop)))
        first, last = (high, low) if self.axis.descending else (low, high)
        return f"{first.split()[0]}\u2013{last}"

    def frame(self, axes: "Axes") -> None:
        """Set limits, direction and label of a plot's energy axis."""
        ends = (self.at(self.axis.start), self.at(self.axis.stop))
        axes.set_xlim(*(ends[::-1] if self.axis.descending else ends))
        axes.set_xlabel(self.label)
