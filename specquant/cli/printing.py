"""The one way in which the command line prints: no text steers the terminal, and one that fails loses no result."""

import os
import sys
from contextlib import suppress

import click

from specquant.cli.status import clear_status
from specquant.terminal import shown

_failures: list[str] = []


def begin_output() -> None:
    """Show letters that the terminal's encoding lacks as escapes, and begin to remember failures anew."""
    _failures.clear()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")


def say(*lines: str, err: bool = False) -> None:
    """Print lines; once that fails, go on without printing.

    What steers a terminal is shown escaped, line ends within a line too. That nobody reads any more (``| head``) is not
    a failure; any other is named by `end_of_output`. `err` is for standard error, which may fail.
    """
    if _failures and not err:
        return
    clear_status()
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        click.echo("\n".join(shown(line, encoding) for line in lines), err=err)
    except (OSError, ValueError) as error:
        if not err:
            _give_up(error)


def tell(message: str) -> None:
    """Print a message of specquant on standard error, if that is possible."""
    say(f"specquant: {message}", err=True)


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
