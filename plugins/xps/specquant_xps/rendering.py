"""Bare lines of every element as components: what electrons would show without losses and instrument."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from xraylib import AtomicNumberToSymbol

from specquant.plugin import Component, EnergyAxis, Floats, Peak
from specquant_xps.atomic import ELEMENTS, NUMBERS
from specquant_xps.augerlines import DEEP, VALENCE, augerlines
from specquant_xps.photolines import Line, main_orbital, photolines

PRIMARY_FWHM = 1.2
"""Gaussian FWHM, eV, that bare lines have already, so that a channel of 1 eV can hold them; `response` adds the
rest."""

HIGHEST_MAIN_LINE = 1290.0
"""Binding energy, eV, below which the main group of an element lies: 10 eV before the axis ends, so that the line is on
it as a whole and shifts do not move it off."""

_SIGMA = PRIMARY_FWHM / np.sqrt(8 * np.log(2))
"""The same as standard deviation, eV."""

_FINE = 10
"""Points per channel at which a line is drawn before it is averaged: every 0.1 eV, a twelfth of the narrowest line."""

_WEAK = 0.06
"""Area relative to the main orbital below which orbitals share one component, `weak`. Chosen, so that the library stays
small."""

_LEAST = 0.002
"""Area relative to the main orbital below which a line is not in the peak table and a component not in the library.
Chosen."""

_LOSSES: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    "Li": ((7.1, 3.0, 0.2),),
    "Be": ((18.7, 5.0, 0.3),),
    "B": ((22.5, 9.0, 0.2),),
    "C": ((6.2, 3.0, 0.05), (28.0, 12.0, 0.2)),
    "Na": ((5.7, 1.5, 0.2),),
    "Mg": ((10.6, 1.5, 0.3),),
    "Al": ((15.3, 2.0, 0.3), (30.6, 4.0, 0.1)),
    "Si": ((17.0, 3.5, 0.3), (34.0, 6.0, 0.1)),
    "Ni": ((6.3, 4.0, 0.15),),
    "Ga": ((14.0, 3.0, 0.2),),
    "Ge": ((16.2, 4.0, 0.25),),
    "In": ((11.4, 3.0, 0.2),),
    "Sn": ((14.0, 3.5, 0.2),),
    "Sb": ((15.3, 4.0, 0.2),),
}
"""Loss satellites of the pure solid: energy and FWHM, eV, and share of every photoelectron line. Bulk plasmons:
Raether, Excitation of Plasmons (Springer 1980); pi-pi* and sigma plasmon of carbon; Ni 6 eV satellite. Widths and
shares are estimates (docs/explanation/physics-xps.md)."""


@cache
def element_lines(z: int, photon_energy: float) -> tuple[tuple[str, str, tuple[Line, ...]], ...]:
    """Return the components of element `z` as (label, group, lines), areas relative to the main orbital."""
    lines = photolines(z, photon_energy)
    main = main_orbital(lines, HIGHEST_MAIN_LINE, photon_energy)
    reference = sum(line.area for line in lines if line.orbital == main)
    strengths: dict[str, float] = {}
    for line in lines:
        strengths[line.orbital] = strengths.get(line.orbital, 0.0) + line.area / reference

    def scaled(chosen: Sequence[Line]) -> tuple[Line, ...]:
        return tuple(Line(x.label, x.orbital, x.energy, x.width, x.area / reference) for x in chosen)

    weak = {orbital for orbital, strength in strengths.items() if strength < _WEAK} - {main, "valence"}
    parts = [(main, "main", scaled([line for line in lines if line.orbital == main]))]
    for orbital in strengths:
        if orbital not in weak and orbital != main:
            group = "valence" if orbital == "valence" else "core"
            parts.append((orbital, group, scaled([line for line in lines if line.orbital == orbital])))
    parts.append(("weak", "core", scaled([line for line in lines if line.orbital in weak])))
    auger = augerlines(z, photon_energy)
    for label, group in (("Auger", VALENCE), ("deep Auger", DEEP)):
        parts.append((label, group, scaled([line for line in auger if line.orbital == group])))
    return tuple((label, group, chosen) for label, group, chosen in parts if chosen)


def sensitivity(photon_energy: float) -> dict[str, float]:
    """Return the atomic sensitivity factor of every element's main orbital, C 1s = 1 (Scofield cross sections)."""
    factors = {}
    for z in NUMBERS:
        lines = photolines(z, photon_energy)
        main = main_orbital(lines, HIGHEST_MAIN_LINE, photon_energy)
        factors[AtomicNumberToSymbol(z)] = sum(line.area for line in lines if line.orbital == main)
    carbon = factors["C"]
    return {symbol: factor / carbon for symbol, factor in factors.items()}


def peak_table(axis: EnergyAxis, photon_energy: float) -> tuple[Peak, ...]:
    """Return all lines on the axis with at least 0.2 % of the element's main group."""
    return tuple(
        Peak(AtomicNumberToSymbol(z), line.label, line.energy, line.width, line.area, group, _written(line))
        for z in NUMBERS
        for _, group, lines in element_lines(z, photon_energy)
        for line in lines
        if axis.start <= line.energy <= axis.stop and line.area >= _LEAST
    )


def _written(line: Line) -> str:
    """Return the label as the field writes it: of an Auger line the shells alone, as KLL; "" for the label itself."""
    return "".join(filter(str.isalpha, line.label)) if line.orbital in (VALENCE, DEEP) else ""


def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
    """Return the bare components of all elements on `axis`.

    Parameters
    ----------
    axis
        Binding-energy channels, eV.
    values
        Instrument parameters; `photon_energy` is used here, the others by the response.
    """
    photon_energy = values["photon_energy"]
    components = []
    for z, symbol in zip(NUMBERS, ELEMENTS, strict=True):
        for label, group, lines in element_lines(z, photon_energy):
            density = draw(axis, lines)
            if density.sum() * axis.step > _LEAST:
                components.append(Component(symbol, label, group, density))
        if symbol in _LOSSES:
            components.append(Component(symbol, "loss", "plasmon", _losses(axis, z, symbol, photon_energy)))
    return components


def draw(axis: EnergyAxis, lines: Sequence[Line]) -> Floats:
    """Return the sum of Voigt lines (natural width and PRIMARY_FWHM), averaged over each channel, 1/eV."""
    from scipy.special import voigt_profile  # its import takes long, and a library may be on disk

    fine = axis.step / _FINE
    energy = axis.start - axis.step / 2 + fine * (0.5 + np.arange(axis.size * _FINE))
    density = np.zeros_like(energy)
    for line in lines:
        density += line.area * voigt_profile(energy - line.energy, _SIGMA, line.width / 2)
    averaged: Floats = density.reshape(axis.size, _FINE).mean(axis=1)
    return averaged


def _losses(axis: EnergyAxis, z: int, symbol: str, photon_energy: float) -> Floats:
    copies = [
        Line(line.label, line.orbital, line.energy + energy, line.width + width, line.area * share)
        for energy, width, share in _LOSSES[symbol]
        for _, group, lines in element_lines(z, photon_energy)
        if group in ("main", "core")
        for line in lines
    ]
    return draw(axis, copies)
