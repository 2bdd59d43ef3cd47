"""``specquant techniques``: what is installed."""

import click

from specquant.cli.terminal import say
from specquant.discovery import list_techniques


@click.command("techniques")
def command() -> None:
    """List the installed techniques; no plug-in is imported."""
    for installed in list_techniques():
        clash = f"  CLASH with {', '.join(map(str, installed.rivals))}" if installed.rivals else ""
        say(f"{installed.name:<12} {installed.distribution} {installed.version}{clash}")
