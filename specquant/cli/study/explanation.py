"""``specquant study explanation``: where models read each element, and by which rule."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, out_option
from specquant.cli.outputs import begin_folder, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress


@click.command("explanation")
@opens_session("device")
@click.option(
    "--model",
    "names",
    multiple=True,
    metavar="NAME",
    help="Shipped model by name, or a model file; may be repeated.  [default: those of recipe article]",
)
@out_option("Folder for report.html, fis.nc, classes.csv, statements.csv and explanation.json.")
def command(opening: Opening, names: tuple[str, ...], out: Path) -> None:
    """Move peaks of three shapes over an empty spectrum and record what each model makes of them.

    Checks the technique's statements one by one, and assigns every element to one of the article's four classes; with
    several models, such as other seeds, says how many of them agree.
    """
    from specquant.explainers import RULES, SHAPES
    from specquant.study.explanation.files import FILES, write_explanation
    from specquant.study.explanation.study import CLASSED_BY, explain_models, usual_models

    begin_folder(out, FILES, names)
    session = opening.session()
    models = [session.with_model(name).network for name in names] or usual_models(session)
    with open_progress(lambda _title, _total: "maps") as watch:
        explanation = explain_models(models, report=watch("explanation", len(models) * len(SHAPES)))
    report = write_explanation(explanation, out, session.command)
    written(report)
    for number, stated in enumerate(session.technique.examples):
        holding = sum(model.examples[CLASSED_BY][number].holds for model in explanation.models)
        verdict = "yes" if 2 * holding > len(models) else "no"
        say(f"{verdict:<4}{f'{holding} of {len(models)}':<10}{stated.statement}")
    for rule, title in RULES.items():
        symbols = [item.example.element for item in explanation.classes if item.example.rule == rule]
        say(f"class {rule}, {title}: {len(symbols)}  {' '.join(symbols)}")
    say(f"report: {report}")
