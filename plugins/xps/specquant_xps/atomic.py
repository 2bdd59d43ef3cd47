"""Atomic data of one element: binding energies, cross sections and widths of its subshells."""

import csv
from functools import cache
from importlib.resources import files

import xraylib

from specquant.plugin import absorption_edges
from specquant_xps.subshells import BY_XRAY, SUBSHELLS, Subshell

NUMBERS = (*range(3, 84), 90, 92)
"""Atomic numbers of the elements: Li to Bi, which lie on one side of polonium, thorium and uranium on the other."""
ELEMENTS = tuple(xraylib.AtomicNumberToSymbol(z) for z in NUMBERS)

"""Their symbols."""

_UNNAMED_SHIFT = (-0.5, 1.5)
"""Lowest and highest chemical shift, eV, of elements that data/chemical_shifts.csv does not name. Chosen: those of Li
and Na, which are small."""

_SHALLOWEST = 0.5
"""Least binding energy, eV, of a subshell after a correction: still bound."""

_UNKNOWN_ENERGY = 5.0
"""Binding energy, eV, of subshells that no table has: they are valence shells, which any X-ray ionises."""

_UNKNOWN_WIDTH, _NARROWEST, _WIDEST = 0.2, 0.1, 8.0
"""Natural width, eV FWHM, of levels that xraylib does not know, and the limits within which its values are kept.
Chosen: a survey cannot tell narrower lines from each other, and shows no wider ones as lines."""


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the plug-in's CSV tables, comments left out."""
    text = files("specquant_xps").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def _energy_overrides() -> dict[str, dict[str, float]]:
    overrides: dict[str, dict[str, float]] = {}
    for row in rows("binding_energies.csv"):
        overrides.setdefault(row["element"], {})[row["subshell"]] = float(row["energy"])
    return overrides


@cache
def binding_energies(z: int) -> dict[str, float]:
    """Return the binding energy (eV, Fermi level) of every subshell of element `z` by spectroscopic name.

    Base values are those of xraydb (X-ray Data Booklet: Bearden & Burr 1967, Cardona & Ley 1978, Fuggle & Martensson
    1980), replaced by ``data/binding_energies.csv`` where that is off for solids.
    """
    symbol = xraylib.AtomicNumberToSymbol(z)
    overrides = _energy_overrides().get(symbol, {})
    moved = overrides.get("*", 0.0)
    energies = {
        BY_XRAY[name].name: max(energy + moved, _SHALLOWEST)
        for name, energy in absorption_edges(symbol).items()
        if name in BY_XRAY
    }
    energies.update({name: energy for name, energy in overrides.items() if name != "*"})
    return energies


def cross_section(z: int, subshell: Subshell, photon_energy: float) -> float:
    """Return the photoionisation cross section (barn per atom) of one subshell at `photon_energy` eV.

    xraylib gives it per electron (Scofield 1973 calculations); times the occupation it agrees with the table of
    Scofield, J. Electron Spectrosc. 8 (1976) 129. Zero for an empty subshell or one too deep to be ionised.
    """
    try:
        electrons = xraylib.ElectronConfig(z, subshell.index)
        return float(xraylib.CSb_Photo_Partial(z, subshell.index, photon_energy / 1000.0) * electrons)
    except ValueError:
        return 0.0


def level_width(z: int, subshell: Subshell) -> float:
    """Return the natural width (FWHM, eV) of a core level, kept within 0.1..8 eV (Campbell & Papp 2001 by xraylib)."""
    try:
        width = 1000.0 * xraylib.AtomicLevelWidth(z, subshell.index)
    except ValueError:
        width = _UNKNOWN_WIDTH
    return float(min(max(width, _NARROWEST), _WIDEST))


def chemical_shifts() -> dict[str, tuple[float, float]]:
    """Return lowest and highest usual chemical shift (eV) of every element."""
    named = {row["element"]: (float(row["low"]), float(row["high"])) for row in rows("chemical_shifts.csv")}
    return {symbol: named.get(symbol, _UNNAMED_SHIFT) for symbol in ELEMENTS}


def populated(z: int, photon_energy: float) -> dict[Subshell, float]:
    """Return every subshell of element `z` that `photon_energy` ionises, with its cross section in barn per atom."""
    energies = binding_energies(z)
    sections = {subshell: cross_section(z, subshell, photon_energy) for subshell in SUBSHELLS}
    return {
        subshell: section
        for subshell, section in sections.items()
        if section > 0 and energies.get(subshell.name, _UNKNOWN_ENERGY) < photon_energy
    }
