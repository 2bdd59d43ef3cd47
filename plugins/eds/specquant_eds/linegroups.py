"""The line groups of every element: the components of its spectrum.

All lines of a group start from one subshell and lie so close that a matrix absorbs them alike: K-alpha, K-beta,
L-alpha, L3-N and so on. `family_factors.csv` says how much stronger than theory a group is measured
(docs/explanation/physics-eds.md).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from specquant_eds.elements import ELEMENTS, INDEX, NUMBERS
from specquant_eds.lines import Subshell, XrayLine, edge_energy, subshells

SOFT = 1250.0
"""L and M families with edges below this energy (eV) form ``L soft`` and ``M soft``: theory is poor there."""

HARD = 10_000.0
"""Families with edges above this energy (eV) form ``K hard`` and ``L hard``: the usual beams barely ionise them."""

_LEADING = {"K": "K", "L": "L3", "M": "M5"}
"""The subshell of the strongest lines of a family; its edge names the group of the whole family."""

_LEAST_SHARE = 2e-3
"""Share of a subshell's radiative vacancies below which a group is left out: it hides in the lines beside it;
chosen."""


@dataclass(frozen=True)
class LineGroup:
    """Lines of one element that scale together and are absorbed alike.

    `label` names it (``Ka``, ``Kb``, ``La``, ``L3-N``, ``L2``, ``L1``, ``Ma``, ...), once per element; `group` is its
    family: K, L, M, ``K hard``, ``L hard``, ``L soft`` or ``M soft``. `share` is the number of photons per vacancy of
    the subshell, the measured `factor` included, `energy` their mean energy in eV; the rates of `lines` sum to one.
    """

    element: str
    label: str
    group: str
    subshell: Subshell
    share: float
    factor: float
    energy: float
    lines: tuple[XrayLine, ...]

    @property
    def family(self) -> str:
        """K, L or M."""
        return self.subshell.shell


@cache
def line_groups() -> tuple[LineGroup, ...]:
    """Return the line groups of all ELEMENTS, in their order."""
    return tuple(group for z in NUMBERS for group in _of_element(z))


def _of_element(z: int) -> list[LineGroup]:
    element = ELEMENTS[NUMBERS.index(z)]
    groups = []
    for subshell in subshells(z):
        parts: dict[str, list[XrayLine]] = {}
        for line in subshell.lines:
            parts.setdefault(_label(subshell.name, line), []).append(line)
        for label, lines in parts.items():
            rate = sum(line.rate for line in lines)
            if rate < _LEAST_SHARE:
                continue
            energy = sum(line.rate * line.energy for line in lines) / rate
            shares = tuple(XrayLine(line.label, line.energy, line.rate / rate) for line in lines)
            family = subshell.shell
            group = _named(z, family)
            factor = family_factor(element, label)
            share = subshell.fluorescence * rate * factor
            groups.append(LineGroup(element, label, group, subshell, share, factor, energy, shares))
    return groups


def _named(z: int, family: str) -> str:
    """Return the group of a family: by the edge of its leading subshell, so that the family stays together."""
    edge = edge_energy(z, _LEADING[family])
    if family != "K" and edge < SOFT:
        return f"{family} soft"
    return f"{family} hard" if edge > HARD else family


def _label(subshell: str, line: XrayLine) -> str:
    outer = line.label.split("-")[1]
    if subshell == "K":
        return "Ka" if outer[0] == "L" else "Kb"
    if subshell == "L3":
        return "Ll" if outer == "M1" else "La" if outer[0] == "M" else "L3-N"
    if subshell in ("M5", "M4") and outer in ("N2", "N3"):
        return "Mz" if subshell == "M5" else "M4-N"
    return {"M5": "Ma", "M4": "Mb"}.get(subshell, subshell)


@cache
def _family_factors() -> dict[tuple[str, str], float]:
    text = (files("specquant_eds") / "data" / "family_factors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {(row["element"], row["label"]): float(row["factor"]) for row in rows}


def family_factor(element: str, label: str) -> float:
    """Return measured over theoretical intensity of a line group, 1 where nothing was measured."""
    return _family_factors().get((element, label), 1.0)


def element_indices(groups: Sequence[LineGroup]) -> NDArray[np.int64]:
    """Return the index of each group's element in ELEMENTS, shape (group,)."""
    return np.array([INDEX[group.element] for group in groups])
