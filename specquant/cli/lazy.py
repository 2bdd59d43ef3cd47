"""Groups of commands; the module of a command loads when the command is asked for."""

from collections.abc import Mapping
from copy import copy
from importlib import import_module
from typing import Any

import click

from specquant.cli.status import doing
from specquant.errors import did_you_mean


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for; of one that there is not, the message names the nearest."""
        if args and args[0] not in self._titles and not args[0].startswith("-"):
            close = did_you_mean(args[0], self._titles)
            raise click.UsageError(f"No such command '{args[0]}'.{f' {close}' if close else ''}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        return name, None if command is None else _announced(command), rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and titles."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._titles.items()))


def _announced(command: click.Command) -> click.Command:
    """Return a command that says that it loads what it needs, once its options are known to be right."""
    callback = command.callback
    if isinstance(command, click.Group) or callback is None:
        return command

    def called(**values: Any) -> Any:
        doing("loading")
        return callback(**values)

    announced = copy(command)
    announced.callback = called
    return announced
