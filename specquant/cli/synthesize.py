"""``specquant synthesize``: synthetic spectra with known truth, of any number."""

from pathlib import Path

import click

from specquant.cli.options import (
    Opening,
    elements_option,
    jobs_option,
    opens_session,
    out_option,
    prior_option,
    recipe_option,
    scheduler_option,
    seed_option,
)
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress


@click.command("synthesize")
@opens_session("library", "device")
@recipe_option
@click.option("--samples", type=click.IntRange(min=1), default=1000, show_default=True, help="How many spectra.")
@elements_option
@prior_option
@seed_option
@jobs_option
@scheduler_option
@out_option("File to write: .nc, or a store that is written in parallel: .zarr.")
def command(
    opening: Opening,
    recipe: str | None,
    samples: int,
    elements: str | None,
    prior: Path | None,
    seed: int,
    jobs: int,
    scheduler: str | None,
    out: Path,
) -> None:
    """Write synthetic spectra, with the truth and every nuisance drawn, to a netCDF file or a zarr store.

    The same seed gives the same spectra whatever their number; memory does not grow with it. Interrupted, the same
    command goes on.
    """
    from importlib.metadata import version

    from specquant.cluster import several
    from specquant.synthesizer import write_spectra

    begin_outputs(out, inputs=(*opening.inputs, prior))
    check_suffix(out, ".nc", ".zarr")
    session = opening.session()
    chosen = session.recipe(recipe, elements, prior)
    synthesizer = session.synthesizer(chosen, seed)
    terms = {
        "--technique": session.technique.name,
        "version": f"specquant {version('specquant')}",
        "--recipe": f"{chosen.name} ({chosen.fingerprint})",
        "--library": session.library.identity,
        "--seed": str(seed),
        "--device": session.device,
    }
    attrs: dict[str, str | int | float] = {"recipe": chosen.name, "seed": seed, "command": session.command}
    with open_progress() as watch, several(jobs, scheduler) as applied:
        report = watch("synthesis", samples)
        name = session.technique.name
        write_spectra(synthesizer, samples, out, name, attrs, lambda done: report(done, ""), terms, applied)
    written(out)
    say(f"{out}: {samples} spectra of recipe {chosen.name}, seed {seed}")
