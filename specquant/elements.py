"""The symbols of the elements, in the order of atomic number, and their atomic masses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from specquant.atomictables import atomic_masses
from specquant.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TABLE = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu
Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr
Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""
"""Symbols of the elements in the order of atomic number, in the rows of the periodic table, lanthanides within."""

SYMBOLS: tuple[str, ...] = tuple(_TABLE.split())
"""Hydrogen (Z = 1) to oganesson (Z = 118)."""

ATOMIC_NUMBER: Mapping[str, int] = MappingProxyType({symbol: z for z, symbol in enumerate(SYMBOLS, start=1)})
"""Symbol to atomic number."""


@cache
def atomic_weight(symbol: str) -> float:
    """Return the standard atomic mass of an element in g/mol.

    Raises
    ------
    SettingError
        If it is not a symbol of an element with a tabulated mass.
    """
    try:
        return atomic_masses()[ATOMIC_NUMBER[symbol]]  # xraylib's of Tm is wrong by 1 %
    except (KeyError, ValueError) as error:
        raise SettingError("no atomic mass", found=repr(symbol), wanted="the symbol of an element") from error


def weight_fractions(fraction: NDArray[np.floating], elements: Sequence[str]) -> NDArray[np.float64]:
    """Return weight fractions of atomic fractions, both (..., element); rows without anything stay 0.

    Parameters
    ----------
    fraction
        Atomic fractions (..., element).
    elements
        Symbols of the last axis, (element,).
    """
    return _rescaled(fraction, [atomic_weight(symbol) for symbol in elements])


def atomic_fractions(weight: NDArray[np.floating], elements: Sequence[str]) -> NDArray[np.float64]:
    """Return atomic fractions of weight fractions (or percents), both (..., element); rows of 0 stay 0.

    Parameters
    ----------
    weight
        Weight fractions, or per cent, (..., element).
    elements
        Symbols of the last axis, (element,).
    """
    return _rescaled(weight, [1.0 / atomic_weight(symbol) for symbol in elements])


def parse_elements(text: str, elements: Sequence[str], where: str = "--elements") -> tuple[str, ...]:
    """Return the elements of a list such as ``O,Si,Fe``; `where` is for the message.

    Raises
    ------
    SettingError
        If one is not an element of the technique; it says which is meant if the case is wrong.
    """
    listed = tuple(dict.fromkeys(text.replace(",", " ").split()))
    check_symbols(listed, elements, where)
    return listed


def check_symbols(symbols: Sequence[str], elements: Sequence[str], where: str) -> None:
    """Raise SettingError unless there are symbols, and all are among the elements of a technique."""
    unknown = [symbol for symbol in symbols if symbol not in elements]
    if unknown or not symbols:
        raise SettingError(
            "no such element in this technique",
            where=where,
            found=", ".join(map(repr, unknown)) or "an empty list",
            wanted=f"symbols between {elements[0]} and {elements[-1]}, e.g. O,Si,Fe",
            todo=did_you_mean(unknown[0], elements) if unknown and unknown[0] not in ATOMIC_NUMBER else None,
        )


def _rescaled(amounts: NDArray[np.floating], factors: Sequence[float]) -> NDArray[np.float64]:
    import numpy as np

    scaled = np.asarray(amounts, dtype=np.float64) * np.asarray(factors)
    total = scaled.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(scaled, total, out=np.zeros_like(scaled), where=total > 0))
