"""``specquant train``: a network from synthetic spectra."""

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


@click.command("train")
@technique_option
@click.option("--recipe", default="field", show_default=True, help="Recipe of the training spectra.")
@click.option("--spectra", type=click.IntRange(min=256), default=1_000_000, show_default=True, help="How many to see.")
@click.option("--network", default="cnn", show_default=True, metavar="NAME", help="cnn, dnn, googlenet or resnet.")
@click.option(
    "--learning-rate", type=click.FloatRange(min=0, min_open=True), help="The highest.  [default: the network's own]"
)
@elements_option
@prior_option
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FILE.nc",
    help="Learn from this fixed set (8:2 training and validation) instead of spectra made on the fly.",
)
@click.option(
    "--offset", "of_offset", is_flag=True, help="Train the network that finds the offset of an energy axis instead."
)
@library_option
@seed_option
@device_option
@out_option("Model file (.safetensors) to write. A checkpoint stands beside it until training is done.")
def command(
    technique: str,
    recipe: str,
    spectra: int,
    network: str,
    learning_rate: float | None,
    elements: str | None,
    prior: Path | None,
    data: Path | None,
    of_offset: bool,
    library_path: Path | None,
    seed: int,
    device: str,
    out: Path,
) -> None:
    """Train a network; interrupted, it goes on from its checkpoint when the same command is given again."""
    from specquant.discovery import load_plugin
    from specquant.learning import Progress, TrainingPlan
    from specquant.learning.networks import find_architecture
    from specquant.pipeline import open_library, train_model, with_own_prior
    from specquant.pipeline.training import train_offset_model
    from specquant.synthesizer import BLOCK

    if of_offset and data is not None:
        raise click.UsageError("--offset and --data exclude each other")
    plugin = load_plugin(technique)
    if data is None:
        plugin = with_own_prior(plugin, recipe, elements, prior)
    elif elements or prior:
        raise click.UsageError("--elements and --prior are for spectra made on the fly, not for --data")
    architecture = find_architecture(network)
    plan = TrainingPlan(spectra, learning_rate or architecture.learning_rate, seed=seed)
    library = open_library(plugin, library_path)
    with open_progress() as stage:
        report = stage("training", plan.steps * BLOCK, "spectra")

        def progress(now: Progress) -> None:
            report(now.step * BLOCK, f"loss {now.loss:.4f}")

        typed = command_line()
        if of_offset:
            finder = train_offset_model(
                plugin, library, recipe, plan, out, device=device, command=typed, progress=progress
            )
        else:
            card = train_model(
                plugin,
                library,
                recipe,
                plan,
                out,
                architecture=architecture,
                data=data,
                device=device,
                command=typed,
                progress=progress,
            ).card
    if of_offset:
        click.echo(f"{out}: {finder.card.validation_accuracy:.4f} of offsets right within 2 eV, recipe {recipe}")
        return
    limits = card.limits(plugin.technique)
    click.echo(f"{out}: validation accuracy {card.validation_accuracy:.4f} on recipe {card.recipe}")
    if limits:
        click.echo(f"{out}: the model {limits}")
