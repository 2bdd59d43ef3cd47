"""Printing that cannot hurt: a terminal that fails, or lacks a letter, loses no result."""

import os
import sys
from contextlib import suppress

import click

_failures: list[str] = []


def show_escaped() -> None:
    """Show letters that the terminal's code page lacks as escapes, and begin to remember failures anew."""
    _failures.clear()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")


def say(line: str = "") -> None:
    """Print a line of an answer; once that fails, go on without printing.

    That nobody reads any more (``| head``) is not a failure; any other is named at the end, by `end_of_output`.
    """
    if _failures:
        return
    try:
        click.echo(line)
    except (OSError, ValueError) as error:
        _give_up(error)


def tell(message: str) -> None:
    """Print a message of specquant on standard error, if that is possible."""
    with suppress(OSError, ValueError):
        click.echo(f"specquant: {message}", err=True)


def end_of_output() -> str:
    """Write out what is left to print, and return why printing failed; empty if it did not, or nobody reads."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        _give_up(error)
    return next(filter(None, _failures), "")


def _give_up(error: Exception) -> None:
    """Print nothing more, and leave nothing to be printed as the process ends."""
    unread = isinstance(error, BrokenPipeError)
    _failures.append("" if unread else f"standard output: {getattr(error, 'strerror', None) or error}")
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
