"""``specquant train``: a network from synthetic spectra."""

from contextlib import nullcontext
from pathlib import Path

import click

from specquant.cli.options import (
    Opening,
    elements_option,
    opens_session,
    out_option,
    path_option,
    prior_option,
    recipe_option,
    seed_option,
)
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress
from specquant.progress import no_watch


@click.command("train")
@opens_session("library", "device")
@recipe_option
@click.option(
    "--spectra",
    type=click.IntRange(min=256),
    default=1_000_000,
    show_default=True,
    help="How many spectra the network learns from.",
)
@click.option("--network", metavar="NAME", help="cnn, dnn, googlenet or resnet.  [default: cnn]")
@click.option(
    "--learning-rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Highest learning rate.  [default: the network's own]",
)
@elements_option
@prior_option
@click.option(
    "--start",
    metavar="MODEL",
    help="Begin with the weights of this model: a shipped one by name, or a model file of any technique.",
)
@click.option(
    "--freeze",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Keep the weights of this many hidden layers, from the first on.",
)
@path_option(
    "--data",
    metavar="FILE.nc",
    help="Learn from this fixed set (8:2 training and validation) instead of spectra made on the fly.",
)
@click.option(
    "--offset", "of_offset", is_flag=True, help="Train the network that finds the offset of an energy axis instead."
)
@click.option(
    "--unstated",
    "of_quantities",
    is_flag=True,
    help="Train the network that finds what nobody stated of an instrument instead.",
)
@seed_option
@out_option("Model file (.safetensors) to write. A checkpoint stands beside it until training is done.")
def command(
    opening: Opening,
    recipe: str | None,
    spectra: int,
    network: str | None,
    learning_rate: float | None,
    elements: str | None,
    prior: Path | None,
    start: str | None,
    freeze: int,
    data: Path | None,
    of_offset: bool,
    of_quantities: bool,
    seed: int,
    out: Path,
) -> None:
    """Train a network; interrupted, it goes on from its checkpoint when the same command is given again.

    On several GPUs: torchrun --no-python --nproc-per-node 2 specquant train ... --device cuda.
    """
    from specquant.instrument.offset import tolerated
    from specquant.learning import Progress, Start, TrainingPlan, open_ranks
    from specquant.learning.networks import find_architecture
    from specquant.pipeline import train_model, train_offset_model, train_quantity_model
    from specquant.synthesizer import BLOCK
    from specquant.synthesizer.stored import open_spectra

    if (data is not None) + of_offset + of_quantities > 1:
        raise click.UsageError("--offset, --unstated and --data exclude each other")
    if data is not None and (elements or prior):
        raise click.UsageError("--elements and --prior are for spectra made on the fly, not for --data")
    if (of_offset or of_quantities) and (network or start or freeze):
        option = "--offset" if of_offset else "--unstated"
        raise click.UsageError(f"--network, --start and --freeze are not for the network of {option}")
    begin_outputs(out, inputs=(*opening.inputs, prior, data, start))
    check_suffix(out, ".safetensors")
    if data is not None:
        open_spectra(data)  # a wrong file is told before anything is rendered
    session = opening.session()
    chosen = session.recipe(recipe, elements, prior)
    begins = None if start is None else Start.load(session.technique.models.get(start) or Path(start))
    architecture = find_architecture(network or "cnn")
    plan = TrainingPlan(spectra, learning_rate or architecture.learning_rate, seed=seed)
    with open_ranks(session.device) as ranks, open_progress() if ranks.is_first else nullcontext(no_watch) as watch:
        report = watch("training", plan.steps * BLOCK)

        def progress(now: Progress) -> None:
            report(now.step * BLOCK, f"loss {now.loss:.4f}")

        if of_offset:
            card = train_offset_model(session, chosen, plan, out, progress, ranks).card
            words = f"of offsets right within {session.technique.axis.text(tolerated(session.technique))}"
        elif of_quantities:
            card = train_quantity_model(session, chosen, plan, out, progress, ranks).card
            words = "of 90 % intervals hold the truth"
        else:
            model = train_model(
                *(session, data or chosen, plan, out),
                architecture=architecture,
                start=begins,
                frozen=freeze,
                progress=progress,
                ranks=ranks,
            )
            card = model.card
    if not ranks.is_first:
        return
    written(out)
    if of_offset or of_quantities:
        say(f"{out}: {card.validation_accuracy:.4f} {words}, recipe {chosen.name}")
        return
    say(f"{out}: validation accuracy {card.validation_accuracy:.4f} on recipe {card.recipe}")
    if limits := card.limits(session.technique):
        say(f"{out}: the model {limits}")
