"""``specquant study``: work that trains many networks."""

import click

from specquant.cli.lazy import LazyGroup

_STUDIES = {
    "ablation": "Measure what every random ingredient of a recipe is worth.",
}


@click.command("study", cls=LazyGroup, members=_STUDIES, prefix="specquant.cli.study_")
def command() -> None:
    """Train many networks and compare them; hours, but an interrupted study goes on."""
