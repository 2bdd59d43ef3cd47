"""specquant commands in the tests' own process, and what they ended with."""

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest


class Outcome(NamedTuple):
    """Exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Shell = Callable[..., Outcome]
"""Runs ``specquant`` with the given arguments; the fixture `shell` is one."""


def run_once(*arguments: object) -> None:
    """Run ``specquant`` for a fixture of a whole module."""
    from specquant.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["specquant", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
    assert not end.value.code
