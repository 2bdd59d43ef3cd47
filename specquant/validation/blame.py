"""Errors that name the plug-in at fault: its distribution and version, its function, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from specquant.errors import PluginError, SpecquantError

CURE = "Mend it, or report it to the plug-in's authors."
"""What can be done about a plug-in that breaks a rule."""


def refuse(origin: str, what: str, found: object, wanted: object, todo: str = CURE) -> NoReturn:
    """Raise a PluginError about a plug-in, by its distribution and version."""
    raise PluginError(what, where=origin, found=found, wanted=wanted, todo=todo)


@contextmanager
def blamed(origin: str, what: str, wanted: str, todo: str = CURE) -> Iterator[None]:
    """Turn what a plug-in's function raises by accident into a PluginError that says what was wanted.

    Errors of specquant's own pass, since functions raise them on purpose, and so does a lack of memory. A function that
    ends Python is at fault, too.
    """
    try:
        yield
    except (SpecquantError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        if "OutOfMemory" in type(error).__name__:  # torch's own error, not a MemoryError
            raise
        shown = f"{type(error).__name__}: {error}"
        raise PluginError(f"{what} failed", where=origin, found=shown, wanted=wanted, todo=todo) from error
