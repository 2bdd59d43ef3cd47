"""Fractions of elements that are fixed beforehand, and how they are written: ``Si=33.3``, ``O=47 +- 0.5 wt%``."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from specquant.elements import check_symbols
from specquant.errors import SettingError

_NUMBER = r"(\d+\.?\d*|\.\d+)"
_FIXED = re.compile(rf"\s*([A-Za-z]+)\s*[=:]\s*{_NUMBER}\s*(?:(?:\+-|\+/-|±)\s*{_NUMBER})?\s*(at|wt)?\s*%?\s*")
"""Symbol, number, deviation and unit of what is fixed."""

EXACTLY = 1e-4
"""Standard deviation of a fraction that is fixed without one: chosen, a tenth of the last digit that is printed."""


@dataclass(frozen=True)
class FixedFraction:
    """A fraction that an element has, atomic or `by_weight`, with its standard deviation, 0 to 1 both."""

    element: str
    share: float
    deviation: float = EXACTLY
    by_weight: bool = False

    def __str__(self) -> str:
        within = f" +- {100 * self.deviation:g}" if self.deviation > EXACTLY else ""
        return f"{self.element} {100 * self.share:g}{within} {'wt%' if self.by_weight else 'at%'}"


def parse_fixed(texts: Iterable[str], elements: Sequence[str]) -> tuple[FixedFraction, ...]:
    """Return the fractions of texts such as ``Si=33.3``, ``O=60+-0.5`` or ``Fe=12wt%``; atomic per cent without a unit.

    Raises
    ------
    SettingError
        If one is written in another way, of no element of the technique, or not between 0 and 100 %.
    """
    return tuple(_parsed(text, elements) for text in texts)


def _parsed(text: str, elements: Sequence[str]) -> FixedFraction:
    parts = _FIXED.fullmatch(text)
    if parts is None:
        raise SettingError(
            "cannot be read as a fixed fraction",
            where="--fix",
            found=repr(text),
            wanted="e.g. Si=33.3, O=60+-0.5 or Fe=12wt%",
        )
    symbol, share, within, unit = parts.groups()
    check_symbols([symbol], elements, "--fix")
    value, deviation = float(share) / 100, EXACTLY if within is None else max(float(within) / 100, EXACTLY)
    if not (0 < value < 1 and math.isfinite(deviation)):
        todo = f"Use --exclude {symbol}." if value == 0 else None
        raise SettingError(
            "lies outside the range of a fraction",
            where="--fix",
            found=repr(text),
            wanted="above 0, below 100 %",
            todo=todo,
        )
    return FixedFraction(symbol, value, deviation, unit == "wt")
