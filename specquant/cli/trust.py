"""``specquant trust``: how far answers are to be doubted, learned and written into a model file."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, out_option, seed_option
from specquant.cli.outputs import begin_outputs, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress


@click.command("trust")
@opens_session("model", "library", "device")
@click.option("--method", "names", multiple=True, help="Only this method; may be repeated. Default: all.")
@click.option(
    "--samples",
    type=click.IntRange(min=128),
    default=1536,
    show_default=True,
    help="Spectra that every method answers: nearly half of them fresh, the others disturbed.",
)
@click.option(
    "--margin",
    type=click.FloatRange(min=1.0),
    default=1.0,
    show_default=True,
    help="Factor on the score that fresh spectra reach, from which on an answer is doubtful: above 1 where measured "
    "spectra have what no fresh one has.",
)
@seed_option
@out_option("Model file (.safetensors) to write: the model with what was learned.")
def command(opening: Opening, names: tuple[str, ...], samples: int, margin: float, seed: int, out: Path) -> None:
    """Learn how far to doubt the answers of every method, for verdicts.

    The methods answer fresh spectra of the model's recipe, and spectra that are disturbed in ways that the recipe does
    not contain. What tells good answers from others goes into the card of the model; its weights stay as they are.
    """
    from specquant.verdict import learn_from_disturbed

    begin_outputs(out, inputs=opening.inputs)
    session = opening.session()
    network, methods = session.network, session.methods(names)
    recipe = session.recipe(network.card.recipe)
    with open_progress() as watch:
        learned = learn_from_disturbed(
            network,
            methods,
            recipe,
            lambda of, number: session.synthesizer(of, number, "validation"),
            samples,
            seed,
            watch("spectra", samples * len(methods)),
            margin,
        )
    written(learned.save(out))
    for name in [name for name in methods if name not in learned.card.doubt]:
        say(f"{name}: nothing learned, as too few of its answers to fresh spectra are good")
    for name, table in learned.card.doubt.items():
        weights = sorted(zip(table.weights, table.signs, strict=True), reverse=True)
        limits = f"doubtful from {table.doubtful:.2f}, refused from {table.refused:.2f}"
        counts = f"least counts {table.least_counts:.3g}" if table.least_counts else "no least counts"
        intervals = f"intervals hold {table.held:.3f} fresh, {table.held_or_flagged:.3f} others or flagged"
        say(f"{name}: {limits}, {counts}, {intervals if table.held else 'no intervals'}")
        say("  " + ", ".join(f"{sign} {weight:.2f}" for weight, sign in weights if weight >= 0.01))
