"""``specquant synthesize``: synthetic spectra with known truth, of any number."""

from pathlib import Path

import click

from specquant.cli.options import (
    command_line,
    device_option,
    elements_option,
    library_option,
    out_option,
    prior_option,
    seed_option,
    technique_option,
)
from specquant.cli.progress import open_progress


@click.command("synthesize")
@technique_option
@click.option("--recipe", default="article", show_default=True, help="Recipe of the spectra.")
@click.option("--samples", type=click.IntRange(min=1), default=1000, show_default=True, help="How many.")
@elements_option
@prior_option
@library_option
@seed_option
@device_option
@out_option("netCDF file to write.")
def command(
    technique: str,
    recipe: str,
    samples: int,
    elements: str | None,
    prior: Path | None,
    library_path: Path | None,
    seed: int,
    device: str,
    out: Path,
) -> None:
    """Write synthetic spectra, with the truth and every nuisance drawn, to a netCDF file.

    The same seed gives the same spectra whatever their number; memory does not grow with it.
    """
    from specquant.discovery import load_plugin
    from specquant.pipeline import open_library, with_own_prior
    from specquant.synthesizer import synthesizer_of, write_spectra

    plugin = with_own_prior(load_plugin(technique), recipe, elements, prior)
    library = open_library(plugin, library_path)
    chosen = plugin.technique.recipe(recipe)
    synthesizer = synthesizer_of(plugin.technique, library, chosen, seed, device)
    attrs: dict[str, str | int | float] = {"recipe": recipe, "seed": seed, "command": command_line()}
    with open_progress() as stage:
        report = stage("synthesis", samples, "spectra")
        write_spectra(synthesizer, samples, out, plugin.technique.name, attrs, lambda done: report(done, ""))
    click.echo(f"{out}: {samples} spectra of recipe {recipe}, seed {seed}")
