"""Photoelectron lines of one element: energy, area, width, and the component they belong to."""

from dataclasses import dataclass, replace
from functools import cache

from xraylib import AtomicNumberToSymbol

from specquant_xps.atomic import binding_energies, level_width, populated
from specquant_xps.subshells import Subshell

VALENCE_BELOW = 12.0
"""Subshells bound less than this, eV, form the valence band. Chosen: d bands of metals end before it."""

OUTER_BELOW = 21.0
"""So do the outermost s and p subshells (molecular orbitals in compounds) bound less than this, eV. Chosen: C 2s and N
2s are among them, O 2s (23.5 eV) is not."""

_SHARP_SHALLOW = {("Zn", "3d"), ("Cd", "4d"), ("Hg", "5d"), ("Lu", "4f")}
_VALENCE_WIDTH = 4.0
"""FWHM, eV, of the valence band as one line: 3 to 5 eV in clean metals (docs/explanation/physics-xps.md)."""

_UNKNOWN_ENERGY, _LOWEST_IN_BAND = 4.0, 3.0
"""eV: binding energy of valence subshells that no table has, which take 2 to 6 eV; and the least with which a subshell
counts in the mean energy of the band, since bands of d metals lie at 2 to 4.5 eV."""

_SIGNAL_EXPONENT = 0.4
"""Exponent of the kinetic energy in the strength of a line: median of transmission and mean free path in public
surveys."""

_SIGNAL_WIDTH = 4.0
"""FWHM, eV, at which a line is half as easy to see as a narrow one of the same area. Chosen: about a survey's
resolution."""

_ORBITAL_STRENGTH = {
    **{(z, "4s"): 0.2 for z in range(45, 55)},
    **{(z, "4p"): 0.5 for z in range(46, 57)},
    **{(z, "3p"): 1.4 for z in range(25, 30)},
    (6, "2s"): 0.05,
    (7, "2s"): 0.3,
}
"""Measured over Scofield for whole orbitals, by atomic number. Relaxation and configuration interaction move strength
out of the line (4s, 4p around Ag), molecular orbitals dissolve it (2s of light non-metals), losses of the 2p electrons
make the shallow 3p look stronger (clean Fe, Co, Ni, Cu surveys: 1.2 to 1.7)."""

_MULTIPLET_WIDTH = {
    **{(z, "2p"): 1.6 for z in range(24, 29)},
    **{(z, "3p"): 1.5 for z in range(23, 29)},
    **{(z, "3s"): 2.0 for z in range(23, 29)},
    **{(z, "4d"): 8.0 for z in range(58, 69)},
    **{(z, "3d"): 2.0 for z in range(57, 66)},
    **{(z, "4p"): 6.0 for z in range(46, 57)},
    (8, "2s"): 3.0,
    (9, "2s"): 3.0,
}
"""Extra FWHM, eV, where multiplets, or molecular orbitals, spread an orbital far beyond the natural width: estimates
from surveys of clean metals and oxides (docs/explanation/physics-xps.md)."""


_EXCHANGE = "3s exchange"
"""Label of the second line of 3s: of atoms in which the spin of the electron left behind is against that of 3d."""

_EXCHANGE_SPLITTING = {24: 4.2, 25: 5.5, 26: 6.0, 27: 5.0}
"""eV by which it lies above the first, by atomic number: in the middle of oxides and fluorides. Mn: MnO2 4.5 to 5.5,
Mn2O3 5.4, MnO 5.5 to 6.1, MnF2 6.3 to 6.5 (NIST SRD-20, doi:10.18434/T4T88K, collected by M. C. Biesinger,
xpsfitting.com, "Mn 3s Peak Separation Values"). Cr2O3 4.1, CrF3 4.2; Fe metal 4.4, FeF2 5.9, FeF3 7.0; CoF2 5.1: as
remembered of Fadley and Shirley (1970) and of Carver, Schweitzer and Carlson (1972), which were not at hand."""

_EXCHANGE_RATIO = 0.5
"""Area of the second line over that of the first: 0.50 in MnF2, 0.67 in FeF3, 0.38 in iron, as remembered of the
same papers; low spin has none."""


@dataclass(frozen=True)
class Line:
    """One line: position on the binding-energy scale (eV), natural FWHM (eV), area (barn per atom), its orbital."""

    label: str
    orbital: str
    energy: float
    width: float
    area: float


@cache
def photolines(z: int, photon_energy: float) -> tuple[Line, ...]:
    """Return all photoelectron lines of element `z`; the valence band is one line with orbital ``valence``."""
    energies, sections = binding_energies(z), populated(z, photon_energy)
    symbol = AtomicNumberToSymbol(z)
    outermost = max(int(subshell.orbital[0]) for subshell in sections)
    lines: list[Line] = []
    valence = 0.0
    weighted = 0.0
    for subshell, section in sections.items():
        area = section * _ORBITAL_STRENGTH.get((z, subshell.orbital), 1.0)
        energy = energies.get(subshell.name, _UNKNOWN_ENERGY)
        if _is_valence(symbol, subshell, energy, outermost):
            valence += area
            weighted += area * max(energy, _LOWEST_IN_BAND)
            continue
        width = level_width(z, subshell) + _MULTIPLET_WIDTH.get((z, subshell.orbital), 0.0)
        lines += _split_by_exchange(z, Line(subshell.name, subshell.orbital, energy, width, area))
    if valence > 0:
        lines.append(Line("valence", "valence", weighted / valence, _VALENCE_WIDTH, valence))
    return tuple(lines)


def _split_by_exchange(z: int, line: Line) -> list[Line]:
    """Return a line as the two that it is where spins of its shell and of an open one couple, else alone."""
    if line.orbital != "3s" or z not in _EXCHANGE_SPLITTING:
        return [line]
    first = line.area / (1.0 + _EXCHANGE_RATIO)
    second = Line(_EXCHANGE, line.orbital, line.energy + _EXCHANGE_SPLITTING[z], line.width, line.area - first)
    return [replace(line, area=first), second]


def _is_valence(symbol: str, subshell: Subshell, energy: float, outermost: int) -> bool:
    if (symbol, subshell.orbital) in _SHARP_SHALLOW:
        return False
    outer = int(subshell.orbital[0]) == outermost and subshell.orbital[1] in "sp"
    return energy < VALENCE_BELOW or (outer and energy < OUTER_BELOW)


def main_orbital(lines: tuple[Line, ...], highest_energy: float, photon_energy: float) -> str:
    """Return the orbital with the strongest signal below `highest_energy` (eV).

    Signal is area times kinetic energy to the 0.4, less for wide lines.
    """
    signal: dict[str, float] = {}
    for line in lines:
        if line.orbital != "valence" and line.energy < highest_energy:
            kinetic = photon_energy - line.energy
            seen = line.area * kinetic**_SIGNAL_EXPONENT / (1.0 + line.width / _SIGNAL_WIDTH)
            signal[line.orbital] = signal.get(line.orbital, 0.0) + seen
    return max(signal, key=lambda orbital: signal[orbital])
