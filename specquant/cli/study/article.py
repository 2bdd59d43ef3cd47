"""``specquant study article``: the article's table and figures."""

from pathlib import Path

import click

from specquant.cli.options import Budget, Opening, opens_session, out_option, path_option
from specquant.cli.outputs import begin_folder, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress

_MOST_NUMBERS = 1_000
"""Stages longer than this count spectra; a stage that works out numbers has fewer of them."""


@click.command("article")
@opens_session("device")
@click.option(
    "--budget",
    type=Budget("quick"),
    default="quick",
    show_default=True,
    metavar="quick|N",
    help="Number of spectra per training.",
)
@click.option(
    "--most",
    type=click.IntRange(min=256),
    metavar="N",
    help="Number of spectra of the longest training of the vanilla CNN.",
)
@click.option("--seeds", type=click.IntRange(min=1), default=2, show_default=True, help="How many seeds: 1, 2, ...")
@path_option("--data", metavar="FOLDER", help="Folder with labels.csv to score on too.")
@out_option("Folder for models and report.")
def command(opening: Opening, budget: str | int, most: int | None, seeds: int, data: Path | None, out: Path) -> None:
    """Train CNN, DNN, GoogLeNet and ResNet, and compare them with baselines and the practical limit.

    Interrupted, the same command goes on where it stopped.
    """
    from specquant.study.article import FILES, QUICK, article_study

    begin_folder(out, FILES)
    session, spectra = opening.session(), QUICK if budget == "quick" else int(budget)
    with open_progress(lambda _title, total: "spectra" if total > _MOST_NUMBERS else "steps") as watch:
        results = article_study(session, out, watch, spectra=spectra, seeds=seeds, most=most or 0, data=data)
    for row in results.rows:
        scores = ", ".join(f"{name} {figure.mean:.4f}" for name, figure in row.scores.items())
        say(f"{row.title}{f', trained on {row.recipe}' if row.recipe else ''}: {scores}")
    written(out / "report.html")
    say(f"report: {out / 'report.html'}")
