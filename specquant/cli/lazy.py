"""Groups of commands; the module of a command loads when the command is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for, not to list it.

    The module of a command is `module` and its name; `titles` say what stands beside each name in the help.
    """

    def __init__(self, *args: Any, module: str, titles: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._module, self._titles = module, titles

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(self._titles)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in self._titles:
            return None
        command: click.Command = import_module(f"{self._module}{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and titles."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._titles.items()))
