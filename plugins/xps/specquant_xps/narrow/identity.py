"""Which line a narrow scan shows: by its title, or else by what the survey holds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from xraylib import SymbolToAtomicNumber

from specquant.plugin import Floats, NarrowScan
from specquant_xps.atomic import ELEMENTS
from specquant_xps.augerlines import augerlines
from specquant_xps.photolines import Line, photolines

_TITLE = re.compile(r"(?<![A-Za-z])([A-Z][a-z]?)[ _]?([1-6][spdf])(?![0-9A-Za-z])")
"""An element and an orbital in a title, with or without something between them: ``Ni2p``, ``O 1s``, ``S_2p``."""

_ROOM = 3.0
"""eV that a line has to lie within the scan, so that its background shows on both sides. Chosen: about a line's
width."""

_PRESENT = 0.005
"""Atomic fraction from which on an element of the survey counts here. Chosen: what surveys can show."""

_SURE = 0.01
"""Atomic fraction of the survey from which on an element counts for a scan without title: what a survey claims."""

_AUGER = "Auger"
"""Name of the Auger lines of an element, together."""

_CLEAR = 0.9
"""Share of the signal expected in a scan that one line must have, to be the line of the scan. Chosen."""


@dataclass(frozen=True)
class Target:
    """The lines of one orbital of an element that a scan shows; `energies` lowest and highest, eV, `area` in barn."""

    element: str
    orbital: str
    energies: tuple[float, float]
    area: float

    @staticmethod
    def of(element: str, orbital: str, lines: Sequence[Line]) -> "Target":
        """Return one or more lines as one."""
        energies = [line.energy for line in lines]
        return Target(element, orbital, (min(energies), max(energies)), float(np.sum([line.area for line in lines])))

    @property
    def title(self) -> str:
        """Element and orbital, as in tables of sensitivity factors."""
        return f"{self.element} {self.orbital}"


def target_of(scan: NarrowScan, energy: Floats, fraction: Floats, photon: float) -> Target | str:
    """Return the orbital that a scan shows, or why it shows none that can be used.

    Parameters
    ----------
    scan
        The scan.
    energy
        Its binding energies (channel,), eV, ascending, the axis offset taken off.
    fraction
        Atomic fractions (element,) of the survey; NaN where it has no answer.
    photon
        Photon energy, eV.
    """
    shown = list(_titled(scan))
    named = [target for symbol, orbital in shown if (target := _target(symbol, orbital, energy, photon))]
    if len(named) > 1 or len(shown) > 1:
        return "several lines by its title"
    least = _PRESENT if named else _SURE
    known = {symbol: value for symbol, value in zip(ELEMENTS, fraction.tolist(), strict=True) if value >= least}
    weight = {
        target: share * target.area
        for symbol, share in known.items()
        if not named or symbol != named[0].element
        for target in _targets(symbol, energy, photon)
    }
    if not named and shown:
        return f"{' '.join(shown[0])} does not lie within its {energy[0]:.0f} to {energy[-1]:.0f} eV"
    if not named:
        return _clearest(weight)
    target = named[0]
    signal = max(known.get(target.element, 0.0), _PRESENT) * target.area
    beside = {other.title: value for other, value in weight.items() if value > (1 - _CLEAR) * (signal + value)}
    return f"shared with {', '.join(beside)}" if beside else target


def _titled(scan: NarrowScan) -> Iterator[tuple[str, str]]:
    """Yield the elements and orbitals that the file names for a scan, each once."""
    title = f"{scan.header.get('species', '')} {scan.header.get('transition', '')}"
    for text in (title, scan.name.rsplit(" / ", 1)[-1]):
        named = dict.fromkeys(pair for pair in _TITLE.findall(text) if pair[0] in ELEMENTS)
        if named:
            yield from named
            return


def _clearest(weight: dict[Target, float]) -> Target | str:
    if not weight:
        return "no line of what the survey holds lies in it"
    best = max(weight, key=lambda target: weight[target])
    if best.orbital == _AUGER:
        return f"{best.title} lines are not quantified"
    return best if weight[best] >= _CLEAR * sum(weight.values()) else "several elements of the survey have lines in it"


def _targets(symbol: str, energy: Floats, photon: float) -> Iterator[Target]:
    """Yield what an element has within energies: orbitals, and all Auger lines as one."""
    for orbital in dict.fromkeys(line.orbital for line in _lines(symbol, photon)):
        if target := _target(symbol, orbital, energy, photon):
            yield target
    auger = augerlines(SymbolToAtomicNumber(symbol), photon)
    inside = [line for line in auger if energy[0] <= line.energy <= energy[-1]]
    if inside:
        yield Target.of(symbol, _AUGER, inside)


def _lines(symbol: str, photon: float) -> tuple[Line, ...]:
    return tuple(line for line in photolines(SymbolToAtomicNumber(symbol), photon) if line.orbital != "valence")


def _target(symbol: str, orbital: str, energy: Floats, photon: float) -> Target | None:
    """Return the lines of an orbital that lie within energies; None if none does."""
    low, high = energy[0] + _ROOM, energy[-1] - _ROOM
    lines = [line for line in _lines(symbol, photon) if line.orbital == orbital and low <= line.energy <= high]
    return Target.of(symbol, orbital, lines) if lines else None


def area_between(element: str, low: float, high: float, photon: float) -> float:
    """Return the area of all lines of an element between two energies (eV), barn per atom."""
    return float(np.sum([line.area for line in _lines(element, photon) if low <= line.energy <= high]))
