"""``specquant study unstated``: what it costs that nobody states the instrument."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, path_option, seed_option, typed
from specquant.cli.printing import say
from specquant.cli.progress import open_progress

_BLOCKS = 8
"""Blocks of 256 fresh spectra on which the quantity network is scored."""


@click.command("unstated")
@opens_session("model", "settings", "instrument", "device")
@path_option("--data", metavar="FOLDER", help="Folder with labels.csv, instead of fresh spectra.")
@click.option("--class", "--kind", "classes", multiple=True, help="Only this class of labels; may be repeated.")
@click.option("--recipe", help="Recipe of the fresh spectra.  [default: the one that the network learned from]")
@click.option(
    "--samples", type=click.IntRange(min=1), default=64, show_default=True, help="Number of spectra to quantify."
)
@click.option("--element", default="O", show_default=True, metavar="SYMBOL", help="Element that is watched.")
@seed_option
def command(
    opening: Opening,
    data: Path | None,
    classes: tuple[str, ...],
    recipe: str | None,
    samples: int,
    element: str,
    seed: int,
) -> None:
    """Score answers with the instrument stated, and with it hidden from the methods.

    Of fresh spectra, the truth is what is stated, and the network that finds what nobody stated is scored first; of
    measured ones it is what files, --set and --instrument state.
    """
    from specquant.instrument.quantities import quantities_of
    from specquant.study.unstated import Known, hidings, quantity_scores

    if data is None and classes:
        raise click.UsageError("--class is for --data")
    if data is not None and typed("recipe", "seed"):
        raise click.UsageError("--recipe and --seed are for fresh spectra, not for --data")
    session = opening.session()
    quantities = quantities_of(session.technique)
    if data is None:
        say(f"{quantities.names[0]}, {quantity_scores(session, _BLOCKS, seed).line}")
        known = Known.drawn(session, recipe or quantities.recipe, samples, seed)
    else:
        known = Known.measured(session.labelled(data, classes)).first(samples)
    heads = ("accuracy", f"{element} error", "bias", "half width", "in 90 %")
    say(f"{'instrument':<26}{'spectra':>8}" + "".join(f"{head:>{len(head) + 2}}" for head in heads))
    with open_progress() as watch:
        report = watch("answers", 4)
        for row in hidings(session, known, element, lambda done: report(done, "")):
            say(
                f"{row.title:<26}{row.spectra:>8}{row.accuracy:>10.4f}{100 * row.error:>{len(element) + 8}.2f}"
                f"{100 * row.bias:>+6.2f}{100 * row.half_width:>12.2f}{row.coverage:>9.2f}"
            )
