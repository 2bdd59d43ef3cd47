"""``specquant plugins``: what every installed plug-in brings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from specquant.cli.printing import say
from specquant.discovery import list_techniques, load_plugin, misplaced, origin_of
from specquant.errors import PluginError
from specquant.validation import FUNCTIONS

if TYPE_CHECKING:
    from specquant.discovery import Plugin


@click.command("plugins")
def command() -> None:
    """Show what every installed plug-in brings, from which distribution, and why one that fails does.

    Every plug-in is imported. Exit code 1 if one fails.
    """
    failed = 0
    for installed in list_techniques():
        try:
            plugin = load_plugin(installed.name)
        except PluginError as error:
            failed += 1
            say(f"{installed.name:<12} {installed.origin}", f"  FAILS: {error}")
        else:
            say(f"{installed.name:<12} {installed.origin}", *(f"  {line}" for line in brought(plugin)))
    for group, entry in misplaced():
        failed += 1
        say(f"{entry.name:<12} {origin_of(entry)}", f"  FAILS: declared in the group {group!r}, which nobody looks at")
    if failed:
        raise click.exceptions.Exit(1)


def brought(plugin: "Plugin") -> Iterator[str]:
    """Yield in lines what a plug-in brings."""
    technique, axis = plugin.technique, plugin.technique.axis
    yield f"{technique.title}: {len(technique.elements)} elements, {axis.span} in steps of {axis.text(axis.step)}"
    recipes = [f"{name} (default)" if name == technique.recipe().name else name for name in technique.recipes]
    listed = {
        "recipes": recipes,
        "models": technique.models,
        "parameters": [parameter.name for parameter in technique.parameters],
        "functions": [name for name in FUNCTIONS if getattr(technique, name) is not None],
        "readers": [reader.name for reader in plugin.readers],
        "quantifiers": plugin.quantifiers,
        "explainers": plugin.explainers,
        "report sections": [section.title for section in plugin.sections],
    }
    yield from (f"{title}: {', '.join(names)}" for title, names in listed.items() if names)
