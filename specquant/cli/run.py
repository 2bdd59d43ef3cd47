"""``specquant run``: the main job end to end."""

from pathlib import Path

import click

from specquant.cli.options import Opening, elements_option, opens_session, path_option, prior_option, seed_option
from specquant.cli.outputs import begin_folder, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress


@click.command("run")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@opens_session("shift", "reference", "settings", "instrument", "library", "device", by_files=True)
@click.option(
    "--preset",
    default="quick",
    show_default=True,
    help="quick (minutes), article or field (an hour or more): which recipe, and how long it learns.",
)
@elements_option
@prior_option
@seed_option
@path_option(
    "--out",
    metavar="FOLDER",
    default=Path("specquant-run"),
    show_default=True,
    help="Folder for the report, the model and every stage.",
)
def command(
    opening: Opening,
    files: tuple[Path, ...],
    preset: str,
    elements: str | None,
    prior: Path | None,
    seed: int,
    out: Path,
) -> None:
    """Make spectra, train, evaluate, explain, quantify FILES, and leave report.html.

    Interrupted, the same command goes on from the training checkpoint.
    """
    from specquant.pipeline import FILES, find_preset, run

    chosen = find_preset(preset)
    begin_folder(out, FILES, (*files, *opening.inputs, prior))
    session = opening.by_files(*files).session()
    recipe = session.recipe(chosen.recipe or next(iter(session.technique.recipes)), elements, prior)
    with open_progress(lambda _title, total: "spectra" if total > 1 else "step") as watch:
        results = run(session, files, recipe, chosen, out, seed=seed, watch=watch)
    for name, methods in results.accuracy.items():
        for method, summary in methods.items():
            say(f"accuracy on recipe {name}: {method} {summary.accuracy:.4f}")
    written(out / "report.html")
    say(f"report: {out / 'report.html'}")
