"""``specquant train``: a network from synthetic spectra."""

from pathlib import Path

import click

from specquant.cli.options import command_line, device_option, library_option, out_option, seed_option, technique_option
from specquant.cli.progress import open_progress


@click.command("train")
@technique_option
@click.option("--recipe", default="field", show_default=True, help="Recipe of the training spectra.")
@click.option("--spectra", type=click.IntRange(min=256), default=1_000_000, show_default=True, help="How many to see.")
@click.option("--network", default="cnn", show_default=True, metavar="NAME", help="cnn, dnn, googlenet or resnet.")
@click.option(
    "--learning-rate", type=click.FloatRange(min=0, min_open=True), help="The highest.  [default: the network's own]"
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FILE.nc",
    help="Learn from this fixed set (8:2 training and validation) instead of spectra made on the fly.",
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
    data: Path | None,
    library_path: Path | None,
    seed: int,
    device: str,
    out: Path,
) -> None:
    """Train a network; interrupted, it goes on from its checkpoint when the same command is given again."""
    from specquant.discovery import load_plugin
    from specquant.pipeline import open_library, train_model
    from specquant.quantifiers import TrainingPlan
    from specquant.quantifiers.networks import find_architecture
    from specquant.synthesizer import BLOCK

    plugin = load_plugin(technique)
    if data is None:
        plugin.technique.recipe(recipe)
    architecture = find_architecture(network)
    plan = TrainingPlan(spectra, learning_rate or architecture.learning_rate, seed=seed)
    with open_progress() as stage:
        report = stage("training", plan.steps * BLOCK, "spectra")
        card = train_model(
            plugin,
            open_library(plugin, library_path),
            recipe,
            plan,
            out,
            architecture=architecture,
            data=data,
            device=device,
            command=command_line(),
            progress=lambda now: report(now.step * BLOCK, f"loss {now.loss:.4f}"),
        ).card
    click.echo(f"{out}: validation accuracy {card.validation_accuracy:.4f} on recipe {card.recipe}")
