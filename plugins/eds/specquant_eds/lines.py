"""Subshells and their X-ray lines: edges, vacancies, yields and branching, from xraylib.

xraylib (Schoonjans et al., Spectrochim. Acta B 66 (2011) 776) gives edge energies, line energies, radiative rates
within a subshell, fluorescence yields and Coster-Kronig probabilities. Where it has no M5 yield (Z < 58), the M4 yield
stands in. Vacancies move inwards-out along the Coster-Kronig chains before they radiate.
"""

from dataclasses import dataclass
from functools import cache

import xraylib

SUBSHELLS = ("K", "L1", "L2", "L3", "M1", "M2", "M3", "M4", "M5")
"""Subshells with vacancies that a detector can see."""

ELECTRONS = {"K": 2, "L1": 2, "L2": 2, "L3": 4, "M1": 2, "M2": 2, "M3": 4, "M4": 4, "M5": 6}
"""Electrons in a full subshell."""

LEAST_ENERGY = 250.0
"""L and M lines below this energy (eV) are left out: tabulated yields give absurd peaks there
(docs/explanation/physics-eds.md)."""

_OUTER = tuple(
    f"{shell}{number}"
    for shell, most in zip("LMNOPQ", (3, 5, 7, 7, 5, 3), strict=True)
    for number in range(1, most + 1)
)
"""Subshells that an electron can come from, by xraylib's names."""


@dataclass(frozen=True)
class XrayLine:
    """One line: its energy in eV and the probability that a vacancy of its subshell, once radiative, emits it."""

    label: str
    energy: float
    rate: float


@dataclass(frozen=True)
class Subshell:
    """One subshell of one element.

    `edge` is the ionisation energy in eV, `fluorescence` the fluorescence yield, `lines` its X-ray lines above
    LEAST_ENERGY, and `vacancies` the probability that a primary vacancy of each subshell of the shell ends here.
    """

    z: int
    name: str
    edge: float
    fluorescence: float
    lines: tuple[XrayLine, ...]
    vacancies: tuple[tuple[str, float], ...]

    @property
    def shell(self) -> str:
        """K, L or M."""
        return self.name[0]


@cache
def subshells(z: int) -> tuple[Subshell, ...]:
    """Return the subshells of element `z` that emit X-ray lines above LEAST_ENERGY."""
    emitting = []
    for name in SUBSHELLS:
        edge = edge_energy(z, name)
        fluorescence = fluorescence_yield(z, name)
        if edge <= 0 or fluorescence <= 0:
            continue
        lines = _lines(z, name)
        if lines:
            emitting.append(Subshell(z, name, edge, fluorescence, lines, _vacancies(z, name)))
    return tuple(emitting)


def edge_energy(z: int, name: str) -> float:
    """Return the ionisation energy of a subshell in eV, 0 if the element has no such subshell."""
    try:
        return 1e3 * float(xraylib.EdgeEnergy(z, getattr(xraylib, f"{name}_SHELL")))
    except ValueError:
        return 0.0


def fluorescence_yield(z: int, name: str) -> float:
    """Return the fluorescence yield of a subshell, 0 if unknown; M4 stands in for a missing M5."""
    try:
        return float(xraylib.FluorYield(z, getattr(xraylib, f"{name}_SHELL")))
    except ValueError:
        return fluorescence_yield(z, "M4") if name == "M5" else 0.0


def coster_kronig(z: int, inner: str, outer: str) -> float:
    """Return the probability that a vacancy moves from `inner` to `outer` within its shell, 0 if unknown."""
    name = f"F{inner[0]}{inner[1]}{outer[1]}_TRANS"
    try:
        return float(xraylib.CosKronTransProb(z, getattr(xraylib, name)))
    except (ValueError, AttributeError):
        return 0.0


def _vacancies(z: int, name: str) -> tuple[tuple[str, float], ...]:
    """Return (primary subshell, probability that its vacancy ends in `name`), over all chains."""
    if name == "K":
        return (("K", 1.0),)
    shell, last = name[0], int(name[1])
    reach = {last: 1.0}
    for number in range(last - 1, 0, -1):
        inner = f"{shell}{number}"
        steps = range(number + 1, last + 1)
        reach[number] = sum(coster_kronig(z, inner, f"{shell}{step}") * reach[step] for step in steps)
    return tuple((f"{shell}{number}", reach[number]) for number in sorted(reach) if reach[number] > 0)


def _lines(z: int, name: str) -> tuple[XrayLine, ...]:
    least = 0.0 if name == "K" else LEAST_ENERGY
    lines = []
    for outer in _OUTER:
        constant = getattr(xraylib, f"{name}{outer}_LINE", None)
        if constant is None:
            continue
        try:
            energy, rate = 1e3 * xraylib.LineEnergy(z, constant), xraylib.RadRate(z, constant)
        except ValueError:
            continue
        if energy >= least and rate > 0:
            lines.append(XrayLine(f"{name}-{outer}", float(energy), float(rate)))
    return tuple(lines)
