"""The elements that an energy-dispersive detector can show, with their atomic weights."""

from functools import cache

import numpy as np
from xraylib import AtomicNumberToSymbol

from specquant.plugin import Floats, atomic_weight

_NEVER_MET = {43, 61, *range(84, 90), 91}
"""Tc, Pm, Po to Ac and Pa: no sample holds them, and nobody has measured their spectra."""

NUMBERS: tuple[int, ...] = tuple(z for z in range(5, 93) if z not in _NEVER_MET)
"""Atomic numbers, ascending: B to U. The line of Be (108 eV) lies below LOWEST of orient.py."""

ELEMENTS: tuple[str, ...] = tuple(AtomicNumberToSymbol(z) for z in NUMBERS)
"""Their symbols, in the same order."""

INDEX: dict[str, int] = {symbol: index for index, symbol in enumerate(ELEMENTS)}
"""Index of an element in ELEMENTS."""


@cache
def atomic_weights() -> Floats:
    """Return the atomic weights of ELEMENTS in g/mol, shape (element,)."""
    return np.array([atomic_weight(symbol) for symbol in ELEMENTS])
