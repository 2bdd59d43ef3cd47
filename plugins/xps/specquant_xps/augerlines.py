"""X-ray excited Auger lines of one element.

Kinetic energies follow Chung & Jenkins, Surf. Sci. 22 (1970) 479,
``KE(ABC) = E_A(Z) - [E_B(Z) + E_B(Z+1)]/2 - [E_C(Z) + E_C(Z+1)]/2``, with the binding energies of `atomic`; KVV lines
of Z = 5..12 come from a table of measured maxima, since the rule fails there. Areas are hole population (with
Coster-Kronig feeding) times Auger yield times branching ratio, from xraylib.
"""

from functools import cache

import xraylib

from specquant_xps.atomic import binding_energies, cross_section, populated
from specquant_xps.photolines import Line
from specquant_xps.subshells import BY_XRAY

_KLL = {
    5: (173.0, (8.0, 18.0), 10.0),
    6: (263.0, (10.0, 24.0), 9.0),
    7: (380.0, (14.0, 28.0), 9.0),
    8: (508.5, (21.0, 35.0), 6.5),
    9: (653.0, (27.0, 45.0), 6.5),
    10: (804.5, (33.0, 58.0), 3.0),
    11: (991.0, (37.0, 74.0), 3.0),
    12: (1182.0, (42.0, 84.0), 3.0),
}
"""By atomic number: maximum of KL23L23 (kinetic energy), distances of KL1L23 and KL1L1 below it, FWHM; all in eV, and
measured (docs/explanation/physics-xps.md)."""

_KLL_WEIGHTS = (1.0, 0.30, 0.10)
"""Areas of KL23L23, KL1L23 and KL1L1 relative to the first, from the same surveys."""

_KLL_STRENGTH = {5: 0.4, 6: 0.5}
"""Factor on the area of B and C: their KVV lines are broad edges in solids. Chosen after graphite."""

_L2_L3_3D_ROW = dict.fromkeys(range(21, 34), 0.55)
"""Probability of the L2 -> L3 Coster-Kronig transition of the 3d row, which xraylib lacks: 0.5 to 0.6; without it a
false L2M45M45 line appears."""

_LEAST_YIELD = 0.05
"""Least Auger yield of the L2 shell after that share is taken off. Chosen, so that a line stays."""

_MEASURED_OVER_ESTIMATED, _ELSEWHERE = dict.fromkeys(range(27, 34), 1.1), 0.75
"""Measured over estimated Auger area of Co to As, and of all others: rounded from clean metals and oxides, where 0.2 to
1.2 was measured (docs/explanation/physics-xps.md)."""

VALENCE, DEEP = "auger", "auger_deep"
"""Lines that leave both holes in the outermost shells, and lines that leave one or two in s and p subshells below: how
strong they are against the photoelectron lines differs from solid to solid, and not in the same way."""

_RULE_OFFSET = {56: -8.0, 62: -8.0}
"""Correction of the rule's kinetic energy, eV, for Ba and Sm, where it is 8 to 9 eV too high."""

_LEAST_SHARE = 0.01
"""Share of an element's Auger area below which a line is left out: such lines are many, and none is seen. Chosen."""

_SHARP_WIDTH, _BROAD_WIDTH = 2.0, 5.0
"""FWHM, eV, of lines that leave both holes in a full d shell (L3M45M45 of Cu and beyond), and of others. Chosen."""

_FIRST_FULL_SHELL = 29
"""Atomic number of copper, from which on the 3d shell is full."""

_MNN_RANGE = range(44, 67)
"""Atomic numbers of elements with MNN lines here, Ru to Dy; xraylib has no rates for them."""

_MNN = (("N5", 0.8, 2.5), ("N3", 0.2, 12.0))
"""Second shell, share, and FWHM in eV of M4,5N45N45 and M4,5N23N45. Chosen."""

_UNKNOWN_ENERGY = 4.0
"""Binding energy, eV, of outermost subshells that no table has; they take 2 to 6 eV."""


@cache
def augerlines(z: int, photon_energy: float) -> tuple[Line, ...]:
    """Return the Auger lines of element `z` on the binding-energy scale of `photon_energy` (eV)."""
    holes = {subshell.xray: section for subshell, section in populated(z, photon_energy).items()}
    if z in _KLL:
        return _kll(z, holes.get("K", 0.0) or cross_section(z, BY_XRAY["K"], photon_energy), photon_energy)
    _feed(z, holes)
    lines = [*_from_xraylib(z, holes, photon_energy), *_mnn(z, holes, photon_energy)]
    total = sum(line.area for line in lines)
    return tuple(line for line in lines if line.area > _LEAST_SHARE * total)


def _strength(z: int) -> float:
    """Return measured over estimated Auger area of clean metals and oxides (docs/explanation/physics-xps.md)."""
    return _MEASURED_OVER_ESTIMATED.get(z, _ELSEWHERE)


def _kll(z: int, holes: float, photon_energy: float) -> tuple[Line, ...]:
    kinetic, below, width = _KLL[z]
    scale = _strength(z) * _KLL_STRENGTH.get(z, 1.0) * holes / sum(_KLL_WEIGHTS)
    positions = (kinetic, *(kinetic - distance for distance in below))
    labels = ("KL23L23", "KL1L23", "KL1L1")
    return tuple(
        Line(label, VALENCE, photon_energy - position, width, scale * weight)
        for label, position, weight in zip(labels, positions, _KLL_WEIGHTS, strict=True)
        if position > 0
    )


def _feed(z: int, holes: dict[str, float]) -> None:
    """Move holes by Coster-Kronig transitions L1 -> L2, L3 and L2 -> L3 (in place, deepest first)."""
    for shell, target, transition in (("L1", "L2", "FL12"), ("L1", "L3", "FL13"), ("L2", "L3", "FL23")):
        if shell not in holes:
            continue
        probability = _coster_kronig(z, transition)
        holes[target] = holes.get(target, 0.0) + probability * holes[shell]


def _coster_kronig(z: int, transition: str) -> float:
    if transition == "FL23" and z in _L2_L3_3D_ROW:
        return _L2_L3_3D_ROW[z]
    try:
        return float(xraylib.CosKronTransProb(z, getattr(xraylib, f"{transition}_TRANS")))
    except ValueError:
        return 0.0


def _auger_yield(z: int, shell: str) -> float:
    try:
        value = float(xraylib.AugerYield(z, BY_XRAY[shell].index))
    except ValueError:
        return 0.0
    return max(value - _L2_L3_3D_ROW[z], _LEAST_YIELD) if shell == "L2" and z in _L2_L3_3D_ROW else value


@cache
def _transitions() -> tuple[tuple[str, str, str, int], ...]:
    transitions = []
    for name in dir(xraylib):
        if name.endswith("_AUGER"):
            hole, pair = name.removesuffix("_AUGER").split("_")
            if hole in ("L1", "L2", "L3") and pair[0] in "MN" and pair[2] in "MN":
                transitions.append((hole, pair[:2], pair[2:], int(getattr(xraylib, name))))
    return tuple(transitions)


def _from_xraylib(z: int, holes: dict[str, float], photon_energy: float) -> list[Line]:
    lines = []
    for hole, second, third, code in _transitions():
        if holes.get(hole, 0.0) <= 0:
            continue
        try:
            rate = xraylib.AugerRate(z, code)
        except ValueError:
            continue
        kinetic = _kinetic_energy(z, hole, second, third)
        area = _strength(z) * holes[hole] * _auger_yield(z, hole) * rate
        if kinetic is not None and 0 < kinetic < photon_energy and area > 0:
            in_d_shell = {second[1], third[1]} <= {"4", "5"}
            sharp = {second[0], third[0]} == {"M"} and z >= _FIRST_FULL_SHELL and in_d_shell
            width, orbital = _SHARP_WIDTH if sharp else _BROAD_WIDTH, VALENCE if in_d_shell else DEEP
            lines.append(Line(f"{hole}{second}{third}", orbital, photon_energy - kinetic, width, area))
    return lines


def _mnn(z: int, holes: dict[str, float], photon_energy: float) -> list[Line]:
    """Return M4,5N45N45 (sharp) and M4,5N23N45 (broad) of Z = 44..66; xraylib has no rates for them."""
    lines = []
    if z in _MNN_RANGE:
        for hole in ("M4", "M5"):
            for second, share, width in _MNN:
                kinetic = _kinetic_energy(z, hole, second, "N5")
                if hole in holes and kinetic is not None and 0 < kinetic < photon_energy:
                    area = _strength(z) * holes[hole] * share
                    orbital = VALENCE if second == "N5" else DEEP
                    lines.append(Line(f"{hole}{second}N5", orbital, photon_energy - kinetic, width, area))
    return lines


def _kinetic_energy(z: int, hole: str, second: str, third: str) -> float | None:
    energies, of_next = binding_energies(z), binding_energies(z + 1)
    first, *others = (BY_XRAY[name].name for name in (hole, second, third))
    if first not in energies:
        return None
    neutral = [energies.get(name, _UNKNOWN_ENERGY) for name in others]
    means = [(energy + of_next.get(name, energy)) / 2 for name, energy in zip(others, neutral, strict=True)]
    return energies[first] - means[0] - means[1] + _RULE_OFFSET.get(z, 0.0)
