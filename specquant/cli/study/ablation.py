"""``specquant study ablation``: what every random ingredient of a recipe is worth."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import Opening, opens_session, out_option, path_option, recipe_option
from specquant.cli.outputs import begin_folder, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress

if TYPE_CHECKING:
    from specquant.study.ablation.costs import Cost


@click.command("ablation")
@opens_session("library", "device")
@recipe_option
@click.option(
    "--budget",
    default="full",
    show_default=True,
    metavar="WORD|N",
    help="How long every network learns: quick, full, or a number of spectra.",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Number of networks per ingredient."
)
@path_option("--data", metavar="FOLDER", help="Folder with labels.csv to score on too.")
@click.option("--only", multiple=True, metavar="NAME", help="Leave out only this ingredient; may be repeated.")
@click.option("--list", "listing", is_flag=True, help="Print the ingredients and train nothing.")
@out_option("Folder for models, records, ablation.csv and report.html.", required=False)
def command(
    opening: Opening,
    recipe: str | None,
    budget: str,
    seeds: int,
    data: Path | None,
    only: tuple[str, ...],
    listing: bool,
    out: Path | None,
) -> None:
    """Train the network without each random ingredient of a recipe, and print what that costs.

    Every network learns from the same number of spectra and is scored on the same fresh spectra of the whole recipe,
    and on measured ones (--data). Finished networks in the folder are kept, so the same command goes on after an
    interruption, and more seeds can be added.
    """
    from specquant.study.ablation.ingredients import ablations, chosen_ablations
    from specquant.study.ablation.study import FILES, parse_budget, run_ablations

    if out is None and not listing:
        raise click.UsageError("give --out FOLDER, or --list")
    session = opening.session()
    whole = session.recipe(recipe)
    if listing or out is None:
        for item in chosen_ablations(ablations(session.technique, whole, session.library), only):
            say(f"{item.name:<32}{item.title}")
        return
    begin_folder(out, FILES, (data, *opening.inputs))
    with open_progress() as watch:
        listed = run_ablations(session, whole, parse_budget(budget), out, watch, seeds=seeds, data=data, only=only)
    for line in table(listed):
        say(line)
    written(out / "report.html")
    say(f"report: {out / 'report.html'}")


def table(listed: "Sequence[Cost]") -> Iterator[str]:
    """Yield the lines of one table per kind of spectra, the greatest loss first."""
    from specquant.study.ablation.costs import measures, number, ordered
    from specquant.study.ablation.ingredients import FULL

    width = max(len(cost.name) for cost in listed) + 2
    for measure in measures(listed):
        yield f"accuracy, {measure}"
        for cost in ordered(listed, measure):
            shown = number(cost.accuracy, cost.spread)
            difference = "" if cost.name == FULL else number(cost.difference, cost.difference_spread, "+")
            yield f"  {cost.name:<{width}}{shown:<16}{difference:<18}{cost.title}"
        yield ""
