"""What a specquant command, run in the tests' own process, ended with."""

from collections.abc import Callable
from typing import NamedTuple


class Outcome(NamedTuple):
    """Exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Shell = Callable[..., Outcome]
"""Runs ``specquant`` with the given arguments; the fixture `shell` is one."""
