"""The one way in which the command line prints."""

import os
import sys

import click

from specquant.terminal import shown


def say(*lines: str, err: bool = False) -> None:
    """Print lines as the terminal may have it; once nobody reads it any more (``| head``), go on without printing.

    Parameters
    ----------
    lines
        What steers a terminal, or is not in its encoding, is shown escaped: line ends within a line, too.
    err
        Whether it goes to standard error.
    """
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        click.echo("\n".join(shown(line, encoding) for line in lines), err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
