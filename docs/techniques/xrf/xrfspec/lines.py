"""The lines of the elements, in groups that stay together whatever excites them: from xraylib."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import xraylib

from specquant.plugin import ATOMIC_NUMBER, Floats

ELEMENTS = (
    *("Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Zr", "Nb", "Mo"),
    *("Ag", "Cd", "In", "Sn", "Sb", "Hf", "Ta", "W", "Pt", "Au", "Hg", "Pb", "Bi"),
)
"""Metals and semimetals, in the order of atomic number, that photons of 16 keV excite to a line between 2 and 14.4 keV;
without rhenium, since its L fluorescence yields in xraylib 4.3 are a third too low."""

SHELLS = ("K", "L1", "L2", "L3", "M3", "M4", "M5")
"""Shells with lines that are counted."""

_SOFTEST, _HARDEST = 1.7, 15.4
"""keV between which lines are counted: others lie beyond the axis. K lines are counted beyond it, since they excite."""

_LEAST_RATE = 1e-3
"""Share of a shell's lines below which one is left out; chosen, far below what is seen."""


@dataclass(frozen=True)
class Group:
    """Lines of one shell of one element that leave a sample together.

    `energies` (line,) are in keV; `rates` (line,) are the share of each among all lines of the shell.
    """

    element: str
    shell: str
    label: str
    energies: Floats
    rates: Floats

    @property
    def number(self) -> int:
        """Atomic number of the element."""
        return ATOMIC_NUMBER[self.element]

    @property
    def energy(self) -> float:
        """Mean energy, keV: the one at which the group is absorbed and excites others."""
        return float(np.average(self.energies, weights=self.rates))

    @property
    def shares(self) -> Floats:
        """Share of each line in the group, (line,)."""
        return self.rates / self.rates.sum()

    @property
    def family(self) -> str:
        """K, L or M."""
        return self.shell[0]

    @property
    def level(self) -> int:
        """Number of the shell in xraylib."""
        return int(getattr(xraylib, f"{self.shell}_SHELL"))

    @property
    def natural_width(self) -> float:
        """FWHM (keV) of the level that is emptied: Campbell and Papp, by xraylib."""
        return float(xraylib.AtomicLevelWidth(self.number, self.level))

    def emitted(self, energy: float) -> float:
        """Return the cross section (cm2/g of the element) for the emission of these lines by photons of an energy, keV.

        Photoelectric cross sections of Kissel; holes that other shells leave behind are counted in (cascade).
        """
        if energy <= xraylib.EdgeEnergy(self.number, self.level):
            return 0.0
        first = xraylib.CS_FluorShell_Kissel_Cascade(self.number, self.level, energy)
        return float(first * self.rates.sum())


@cache
def groups() -> tuple[Group, ...]:
    """Return the groups of all elements, those that lie beyond the axis too, since they excite others."""
    return tuple(group for symbol in ELEMENTS for shell in SHELLS for group in of_shell(symbol, shell))


def of_shell(symbol: str, shell: str) -> list[Group]:
    """Return the groups of a shell: K-alpha and K-beta, which are absorbed differently, or all lines of a subshell."""
    z = ATOMIC_NUMBER[symbol]
    names = [name.removesuffix("_LINE") for name in dir(xraylib) if name.startswith(shell) and name.endswith("_LINE")]
    listed: dict[str, list[tuple[float, float]]] = {}
    for name in names:
        final = name.removeprefix(shell)
        if not (len(final) == 2 and final[0] in "LMNOP" and final[1].isdigit()):
            continue  # a sum of lines, or an Auger transition
        try:
            energy = xraylib.LineEnergy(z, getattr(xraylib, f"{name}_LINE"))
            rate = xraylib.RadRate(z, getattr(xraylib, f"{name}_LINE"))
        except ValueError:  # the element has no such line
            continue
        if rate >= _LEAST_RATE and energy >= _SOFTEST and (energy <= _HARDEST or shell == "K"):
            label = shell if shell != "K" else "Ka" if final[0] == "L" else "Kb"
            listed.setdefault(label, []).append((energy, rate))
    return [Group(symbol, shell, label, *np.array(lines).T) for label, lines in listed.items()]
