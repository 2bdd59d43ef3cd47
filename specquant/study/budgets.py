"""What is typed as the budget of a study: a word, or a number of spectra."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from specquant.errors import SettingError

Budget = TypeVar("Budget")


def budget_of(text: str, words: Mapping[str, Budget], of_number: Callable[[int], Budget], least: int) -> Budget:
    """Return the budget of one of some words, or of a number of spectra from `least` on.

    Raises
    ------
    SettingError
        If it is neither.
    """
    if text in words:
        return words[text]
    if not text.isascii() or not text.isdigit() or int(text) < least:
        wanted = f"{', '.join(words)}, or a number of spectra from {least} on"
        raise SettingError("is not a budget", where="--budget", found=repr(text), wanted=wanted)
    return of_number(int(text))
