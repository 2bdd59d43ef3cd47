"""What a check is, and how one is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from specquant.testing.subject import Subject


class Failed(AssertionError):  # noqa: N818 - what it says of a check
    """A plug-in fails a check; the message is the reason."""


class Inapplicable(Exception):  # noqa: N818 - no error
    """A check says nothing about this plug-in; the message says why."""


@dataclass(frozen=True)
class Check:
    """One thing that a plug-in has to do, by name.

    Parameters
    ----------
    name
        The name by which an exception is declared.
    title
        What is checked, in one line.
    run
        Raises `Failed` or an error of specquant's with the reason; `Inapplicable` where there is nothing to check.
    needs
        Checks without which this one says nothing: if one fails, it does not run.
    slow
        Whether it trains a network or runs commands: seconds.
    advice
        Whether it points at what is probably, not certainly, a mistake: it warns.
    """

    name: str
    title: str
    run: Callable[[Subject], None]
    needs: tuple[str, ...] = ()
    slow: bool = False
    advice: bool = False


REGISTRY: list[Check] = []
"""Checks in the order in which they were written."""


def check(
    *needs: str, slow: bool = False, advice: bool = False
) -> Callable[[Callable[[Subject], None]], Callable[[Subject], None]]:
    """Make a function a check of the kit, by its name and the first line of its docstring."""

    def register(run: Callable[[Subject], None]) -> Callable[[Subject], None]:
        title = (run.__doc__ or "").strip().splitlines()[0]
        REGISTRY.append(Check(run.__name__, title, run, needs, slow, advice))
        return run

    return register


def require(condition: object, reason: str) -> None:
    """Raise `Failed` with the reason unless the condition holds."""
    if not condition:
        raise Failed(reason)


def require_unique(what: str, names: Sequence[str]) -> None:
    """Raise `Failed` if a name occurs twice."""
    twice = sorted({name for name in names if list(names).count(name) > 1})
    require(not twice, f"{what} occur twice: {', '.join(twice)}")
