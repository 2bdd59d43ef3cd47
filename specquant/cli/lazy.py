"""A group of commands that load only when they are used."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for, not to list it.

    Parameters
    ----------
    members
        Name of each command, and one line on it.
    prefix
        What stands before the name in the name of the module, whose ``command`` it is.
    """

    def __init__(self, *args: Any, members: Mapping[str, str], prefix: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._members, self._prefix = members, prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in order."""
        del ctx
        return list(self._members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, or None."""
        del ctx
        if cmd_name not in self._members:
            return None
        command: click.Command = import_module(self._prefix + cmd_name).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names with their lines, importing nothing."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._members.items()))
