"""``specquant study explanation``: where models read each element, and by which rule."""

from pathlib import Path

import click

from specquant.cli.options import command_line, device_option, out_option, technique_option
from specquant.cli.progress import open_progress


@click.command("explanation")
@technique_option
@click.option(
    "--model",
    "names",
    multiple=True,
    metavar="NAME",
    help="Shipped model by name, or a model file; may be repeated.  [default: those of the recipe article]",
)
@device_option
@out_option("Folder for report.html, fis.nc, classes.csv, statements.csv and explanation.json.")
def command(technique: str, names: tuple[str, ...], device: str, out: Path) -> None:
    """Move peaks of three shapes over an empty spectrum and record what each model makes of them.

    Checks the technique's statements one by one, and assigns every element to one of the article's four classes; with
    several models, such as other seeds, says how many of them agree.
    """
    from specquant.discovery import load_technique
    from specquant.explainers import RULES, SHAPES
    from specquant.pipeline import open_model
    from specquant.study.explanation.files import write_explanation
    from specquant.study.explanation.study import article_models, explain_models

    record = load_technique(technique)
    models = [open_model(record, name, device) for name in names] or article_models(record, device)
    with open_progress() as stage:
        found = explain_models(models, report=stage("explanation", len(models) * len(SHAPES), "maps"))
    for number, stated in enumerate(record.examples):
        held = sum(model.examples[SHAPES[0]][number].holds for model in found.models)
        click.echo(f"{'yes' if 2 * held > len(models) else 'no':<4}{f'{held} of {len(models)}':<10}{stated.statement}")
    for rule, title in RULES.items():
        symbols = [item.example.element for item in found.classes if item.example.rule == rule]
        click.echo(f"class {rule}, {title}: {len(symbols)}  {' '.join(symbols)}")
    click.echo(f"report: {write_explanation(found, out, command_line())}")
