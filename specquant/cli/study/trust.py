"""``specquant study trust``: what answers and verdicts are worth on spectra unlike those of the recipes."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, out_option, seed_option
from specquant.cli.outputs import begin_folder, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress


@click.command("trust")
@opens_session("model", "library", "sensitivity_error", "device")
@click.option("--recipe", default="field", show_default=True, help="Recipe that the shifted spectra differ from.")
@click.option(
    "--budget",
    default="full",
    show_default=True,
    metavar="WORD|N",
    help="Spectra of every shift: quick, full, or a number.",
)
@click.option("--method", "names", multiple=True, help="Only this method; may be repeated. Default: hybrid and cnn.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this shift; may be repeated.")
@click.option("--list", "listing", is_flag=True, help="Print the shifts and draw nothing.")
@seed_option
@out_option("Folder for report.html, trust.json and trust.nc.", required=False)
def command(
    opening: Opening,
    recipe: str,
    budget: str,
    names: tuple[str, ...],
    only: tuple[str, ...],
    listing: bool,
    seed: int,
    out: Path | None,
) -> None:
    """Draw spectra under named shifts that the recipe does not contain, and score answers and verdicts.

    Printed are accuracy, how often the 90 % interval holds, and the verdicts. Interrupted, the same command goes on.
    """
    from specquant.session import HYBRID, NETWORK
    from specquant.study.trust import FILES, Plan, parse_budget, run_trust
    from specquant.study.trust.files import HEADS, rows_of
    from specquant.study.trust.study import shifts_of

    if out is None and not listing:
        raise click.UsageError("give --out FOLDER, or --list")
    session = opening.session()
    whole = session.recipe(recipe)
    titles = shifts_of(session, whole, only)
    if listing or out is None:
        for name, title in titles.items():
            say(f"{name:<18}{title}")
        return
    plan = Plan(parse_budget(budget), seed, only)
    begin_folder(out, FILES, opening.inputs)
    methods = session.methods(names or [name for name in (HYBRID, NETWORK) if name in session.method_names])
    with open_progress() as watch:
        report = watch("spectra", plan.samples * len(titles) * len(methods))
        results = run_trust(session, methods, whole, plan, out, report)
    widths = [max(len(head), 7) for head in HEADS]
    widths[0] = max(map(len, [*titles, HEADS[0]])) + 1
    for cells in (HEADS, *rows_of(results)):
        say(" ".join(f"{cell:<{w}}" for cell, w in zip(cells, widths, strict=True)).rstrip())
    written(out / "report.html")
