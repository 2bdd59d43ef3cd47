"""Compositions as text: amounts and formulas to fractions over elements, and fractions back to text."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import xraylib
from numpy.typing import NDArray

from specquant.elements import ATOMIC_NUMBER, SYMBOLS, atomic_fractions
from specquant.errors import SettingError

_AMOUNT = re.compile(
    r"(?<![^\s,;])"
    r"([A-Z][a-z]?)\s*[:=]?\s*"
    r"(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)"
    r"(?![^\s,;])"
)
"""A symbol and an amount, such as ``Fe:40``, ``Fe=40``, ``Fe40`` or ``Fe 40``, up to a space, comma or semicolon."""

_ATOM = re.compile(r"([A-Z][a-z]?)[\d.]*")

_LEAST = 0.01
"""Atomic fraction from which an element is named: 1 at%, from which on it counts as present."""


def parse_amounts(text: str) -> dict[str, float]:
    """Return the amount of every element of a text such as ``Fe:40 O:60``, ``Fe40 O60`` or ``O=42.8, Si=21.2``.

    The text does not say whether they are amounts of atoms or of weight. Amounts of one element are added.

    Parameters
    ----------
    text
        What somebody typed.

    Raises
    ------
    SettingError
        If there is no amount, anything else, or a symbol of no element.
    """
    parts = _AMOUNT.findall(text)
    rest = " ".join(re.sub(r"[,;]", " ", _AMOUNT.sub("", text)).split())
    if rest or not parts or any(symbol not in ATOMIC_NUMBER for symbol, _ in parts):
        raise _refusal(text, rest, [symbol for symbol, _ in parts])
    amounts: dict[str, float] = {}
    for symbol, number in parts:
        amounts[symbol] = amounts.get(symbol, 0.0) + float(number)
    return amounts


def parse_formula(text: str) -> dict[str, float]:
    """Return the number of atoms of every element of a formula such as ``CaF2``, ``Fe0.95O`` or ``Ca5(PO4)3F``.

    Parameters
    ----------
    text
        What somebody typed.

    Raises
    ------
    SettingError
        If it is not a formula, or names something that is not an element.
    """
    try:
        parsed = xraylib.CompoundParser(text.strip())
    except ValueError as error:
        raise _refusal(text, _ATOM.sub("", text).strip(), _ATOM.findall(text)) from error
    return {SYMBOLS[z - 1]: float(atoms) for z, atoms in zip(parsed["Elements"], parsed["nAtoms"], strict=True)}


def fractions_of(amounts: Mapping[str, float], elements: Sequence[str], by_weight: bool = False) -> NDArray[np.float64]:
    """Return the atomic fractions (element,) of amounts by symbol, of atoms or `by_weight`, in any unit.

    Amounts of other elements are left out; all fractions are 0 where none is left.
    """
    values = np.array([float(amounts.get(symbol, 0.0)) for symbol in elements])
    if by_weight:
        return atomic_fractions(values, elements)
    return np.asarray(values / (values.sum() or 1.0))


def parts(fraction: NDArray[np.floating], elements: Sequence[str], most: int | None = None) -> list[tuple[str, float]]:
    """Return the `most` largest of atomic fractions (element,) with their symbols, from 1 at% on, largest first."""
    order = [index for index in np.argsort(-fraction)[:most] if fraction[index] >= _LEAST]
    return [(elements[index], float(fraction[index])) for index in order]


def formula(fraction: NDArray[np.floating], elements: Sequence[str], most: int = 8) -> str:
    """Return the `most` largest atomic fractions (element,) as text, from 1 at% on: ``O 60.0 Fe 40.0``."""
    return " ".join(f"{symbol} {100 * share:.1f}" for symbol, share in parts(fraction, elements, most))


def _refusal(text: str, rest: str, symbols: Sequence[str]) -> SettingError:
    unknown = ", ".join(dict.fromkeys(symbol for symbol in symbols if symbol not in ATOMIC_NUMBER))
    reason = f"no such element: {unknown}" if unknown else f"{rest!r} left over" if rest else "no amount of any element"
    return SettingError(
        "is not a composition",
        where=repr(text),
        found=reason,
        wanted="a formula such as CaF2, or amounts such as 'O42.8 Si21.2 Mg11.7'",
    )
