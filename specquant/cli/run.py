"""``specquant run``: the main job end to end."""

from pathlib import Path

import click

from specquant.cli.options import (
    command_line,
    device_option,
    elements_option,
    instrument_option,
    library_option,
    prior_option,
    reference_option,
    seed_option,
    set_option,
    shift_option,
    technique_option,
)
from specquant.cli.progress import Report, open_progress


@click.command("run")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@technique_option
@click.option(
    "--preset",
    default="quick",
    show_default=True,
    help="quick (minutes), article or field (an hour or more): which recipe, and how long it learns.",
)
@shift_option
@reference_option
@elements_option
@prior_option
@set_option
@instrument_option
@library_option
@seed_option
@device_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    default=Path("specquant-run"),
    show_default=True,
    help="Folder for the report, the model and every stage.",
)
def command(
    files: tuple[Path, ...],
    technique: str,
    preset: str,
    shift: float | None,
    reference: str | None,
    elements: str | None,
    prior: Path | None,
    settings: tuple[str, ...],
    instrument_path: Path | None,
    library_path: Path | None,
    seed: int,
    device: str,
    out: Path,
) -> None:
    """Make spectra, train, evaluate, explain, quantify FILES, and leave report.html.

    Interrupted, the same command goes on from the training checkpoint.
    """
    from specquant.pipeline import run

    with open_progress() as stage:

        def watch(title: str, total: int) -> Report:
            return stage(title, total, "spectra" if total > 1 else "step")

        results = run(
            technique,
            files,
            shift=shift,
            reference=reference,
            settings=settings,
            instrument=instrument_path,
            preset=preset,
            elements=elements,
            prior=prior,
            seed=seed,
            device=device,
            out=out,
            library_path=library_path,
            command=command_line(),
            watch=watch,
        )
    for recipe, methods in results.accuracy.items():
        for method, summary in methods.items():
            click.echo(f"accuracy on recipe {recipe}: {method} {summary.accuracy:.4f}")
    click.echo(f"report: {out / 'report.html'}")
