"""What is wrong with a record of a plug-in, and the small checks that find it."""

import math
from collections.abc import Iterable, Iterator
from numbers import Real
from pathlib import Path
from typing import NamedTuple, TypeGuard

from specquant.recipes.distributions import Distribution


class Problem(NamedTuple):
    """One thing that is wrong with a technique: the field, what is wrong, what is there and what should be."""

    field: str
    what: str
    found: object
    wanted: str

    @staticmethod
    def of_type(field: str, value: object, wanted: str) -> "Problem":
        """Return that a value is of another type than is wanted."""
        return Problem(field, "has the wrong type", type(value).__name__, wanted)


def number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number; yes and no are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def finite(value: object) -> TypeGuard[float]:
    """Return whether a value is a finite number."""
    return number(value) and math.isfinite(value)


def positive(value: object) -> bool:
    """Return whether a value is a finite number above zero."""
    return finite(value) and float(value) > 0


def within(value: object, low: float, high: float) -> bool:
    """Return whether a value is a number in a range."""
    return number(value) and low <= float(value) <= high


def strangers(field: str, names: Iterable[str], known: Iterable[str], wanted: str) -> Iterator[Problem]:
    """Yield names that are not known."""
    allowed = tuple(known)
    for name in names:
        if name not in allowed:
            yield Problem(field, "has an unknown name", repr(name), f"only {wanted}")


def texts(field: str, record: object, names: Iterable[str]) -> Iterator[Problem]:
    """Yield fields of a record that should be text of one line."""
    for name in names:
        value = getattr(record, name)
        if not isinstance(value, str):
            yield Problem.of_type(f"{field}.{name}", value, "text")
        elif len(value.splitlines()) > 1:
            yield Problem(f"{field}.{name}", "is not one line", repr(value), "text without line ends")


def absent_weights(field: str, path: object) -> Iterator[Problem]:
    """Yield weights that are not a file, if there should be any."""
    if path is not None and not (isinstance(path, Path) and path.is_file()):
        yield Problem(field, "no such file", path, "a pathlib.Path of weights that ship, or None")


def drawn(field: str, value: object) -> Iterator[Problem]:
    """Yield what is not a distribution."""
    if not isinstance(value, Distribution):
        yield Problem(
            field, "cannot be drawn from", repr(value), "a distribution of specquant.recipes, e.g. Constant(0.0)"
        )


def probability(field: str, value: object) -> Iterator[Problem]:
    """Yield what is not a probability."""
    if not within(value, 0.0, 1.0):
        yield Problem(field, "is not a probability", value, "0 to 1")
