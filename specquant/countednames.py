"""Names with numbers in the order of these: a shell and a zip archive have ``etch 10`` before ``etch 2``."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_NUMBER = re.compile(r"([0-9]+)")


def counted(items: Sequence[T], name: Callable[[T], str] = str) -> list[T]:
    """Return items in the order of the numbers in their names, if they come in the order of letters; else as they come.

    Letters are compared with or without signs that are none, as shells do either.

    Parameters
    ----------
    items
        Files or the like, in the order in which they were given.
    name
        Gives the name of one.
    """
    given = list(items)
    names = [name(item) for item in given]
    if names not in (sorted(names), sorted(names, key=_letters)):
        return given
    return sorted(given, key=lambda item: _parts(name(item)))


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def _parts(name: str) -> list[tuple[str, int, str]]:
    """Return the words of a name, each with how many digits the number behind it has, and these, of any length."""
    parts = [*_NUMBER.split(name), ""]
    digits = [number.lstrip("0") for number in parts[1::2]]
    return [(words, len(number), number) for words, number in zip(parts[::2], digits, strict=True)]
