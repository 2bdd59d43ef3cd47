"""Compositions as oxides: oxygen by stoichiometry, and weight fractions of oxides, as petrologists report them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from specquant.elements import atomic_weight
from specquant.errors import SettingError

OXYGEN = "O"
"""Symbol of oxygen."""

_OXYGEN_VALENCE = 2
"""Charges that one oxygen atom takes."""

_HIGHEST = 8
"""Highest valence there is: osmium, ruthenium and xenon."""

_WHOLE = re.compile(r"-?[0-9]+")
"""A whole number as people write valences."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Oxides:
    """Compositions as oxides.

    Parameters
    ----------
    oxygen
        Atomic fraction of oxygen by stoichiometry, among it and all elements but measured oxygen, (sample,).
    weight_fraction
        Weight fraction of each element's oxide, or of an element that binds no oxygen, (sample, element); 0 for oxygen.
        Of elements that take the place of oxygen, such as fluorine, the oxygen that they replace is taken off, so that
        rows sum to one.
    names
        Formula of each, (element,).
    """

    oxygen: Floats
    weight_fraction: Floats
    names: tuple[str, ...]


def as_oxides(fraction: Floats, elements: Sequence[str], valences: Mapping[str, int]) -> Oxides:
    """Return compositions (sample, element), atomic fractions, as oxides of these valences.

    Elements without a valence, or of valence 0, bind no oxygen; those of a negative one take its place.
    """
    charge = np.array([valences.get(symbol, 0) for symbol in elements], dtype=np.float64)
    others = np.where(np.array(elements) == OXYGEN, 0.0, fraction)
    bound = others * charge / _OXYGEN_VALENCE
    oxygen = np.maximum(bound.sum(axis=1), 0.0)
    total = others.sum(axis=1) + oxygen
    masses = np.array([atomic_weight(symbol) for symbol in elements])
    grams = others * masses + bound * atomic_weight(OXYGEN)
    sums = np.maximum(grams.sum(axis=1, keepdims=True), 1e-300)
    names = tuple(oxide(symbol, int(value)) for symbol, value in zip(elements, charge, strict=True))
    return Oxides(oxygen / np.maximum(total, 1e-300), grams / sums, names)


def oxide(symbol: str, valence: int) -> str:
    """Return the formula of the oxide of an element: ``Al2O3``; the element itself if it binds no oxygen."""
    if valence <= 0 or symbol == OXYGEN:
        return symbol
    common = gcd(valence, _OXYGEN_VALENCE)
    atoms, oxygens = _OXYGEN_VALENCE // common, valence // common
    return f"{symbol}{atoms if atoms > 1 else ''}O{oxygens if oxygens > 1 else ''}"


def parse_valences(texts: Sequence[str], usual: Mapping[str, int], elements: Sequence[str]) -> dict[str, int]:
    """Return usual valences with those of texts like ``Fe=3``, which win.

    Raises
    ------
    SettingError
        If a text is not an element and a number.
    """
    stated: dict[str, int] = {}
    for text in texts:
        symbol, _, number = text.partition("=")
        if symbol not in elements or symbol == OXYGEN or not _WHOLE.fullmatch(number) or abs(int(number)) > _HIGHEST:
            wanted = (
                f"an element of the technique other than {OXYGEN} and its valence, -{_HIGHEST} to {_HIGHEST}, like Fe=3"
            )
            raise SettingError("is not a valence", where="--valence", found=repr(text), wanted=wanted)
        if symbol in stated:
            raise SettingError("is given twice", where="--valence", found=repr(symbol), todo="Give it once.")
        stated[symbol] = int(number)
    return {**usual, **stated}
