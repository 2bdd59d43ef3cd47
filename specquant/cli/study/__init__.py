"""``specquant study``: whole tables of trainings, scores and limits."""

import click

from specquant.cli.lazy import LazyGroup

_STUDIES = {
    "article": "Train and compare the article's four networks.",
    "ablation": "Measure what every random ingredient of a recipe is worth.",
    "techniques": "Train the same network on several techniques, and into each other.",
    "explanation": "Check the article's statements on where a model reads each element, and find its four classes.",
    "trust": "Score answers and verdicts on spectra unlike those of the recipes.",
    "unstated": "Measure what it costs that nobody states the instrument.",
}


@click.command("study", cls=LazyGroup, module="specquant.cli.study.", titles=_STUDIES)
def command() -> None:
    """Train, score and compare many models, and leave one report."""
