"""``specquant study``: work that trains or compares many networks."""

import click

from specquant.cli.lazy import LazyGroup

_STUDIES = {
    "ablation": "Measure what every random ingredient of a recipe is worth.",
    "explanation": "Check the article's statements on where a model reads each element, and find its four classes.",
}


@click.command("study", cls=LazyGroup, members=_STUDIES, prefix="specquant.cli.study_")
def command() -> None:
    """Train or question many networks and compare them."""
