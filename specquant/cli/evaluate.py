"""``specquant evaluate``: how good every method is."""

import json
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specquant.cli.options import (
    Opening,
    elements_option,
    jobs_option,
    opens_session,
    path_option,
    prior_option,
    recipe_option,
    same_instrument_option,
    seed_option,
    tell_nothing_shared,
    typed,
)
from specquant.cli.outputs import begin_folder, begin_outputs, check_suffix, written
from specquant.cli.printing import say, tell
from specquant.cli.progress import open_progress
from specquant.cli.status import doing

if TYPE_CHECKING:
    from specquant.evaluation import Score
    from specquant.technique import EnergyAxis

_WIDEST = 100
"""Times as wide as they are from which on no number says by how much intervals would have to be: some have no width."""


@click.command("evaluate")
@opens_session(
    "model", "shift", "reference", "settings", "instrument", "library", "sensitivity_error", "linear", "device"
)
@path_option("--data", metavar="FOLDER", help="Folder with labels.csv.")
@recipe_option
@click.option("--samples", type=click.IntRange(min=1), default=1000, show_default=True, help="How many fresh spectra.")
@elements_option
@prior_option
@click.option("--method", "names", multiple=True, help="Only this method; may be repeated. Default: all.")
@click.option("--class", "--kind", "classes", multiple=True, help="Only this class of labels; may be repeated.")
@click.option("--told", "listed", is_flag=True, help="Tell the methods which elements each label names.")
@same_instrument_option
@click.option("--intervals", is_flag=True, help="Print what 90 % intervals hold by size of the true fraction.")
@click.option("--misfits", is_flag=True, help="Print how well fits explain spectra, by their counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@path_option("--out", metavar="FILE.csv", help="File with a row per spectrum and method.")
@path_option(
    "--plot", metavar="FOLDER", help="Draw labels and answers of the first method, one picture per group of materials."
)
@jobs_option
@seed_option
def command(
    opening: Opening,
    data: Path | None,
    recipe: str | None,
    samples: int,
    elements: str | None,
    prior: Path | None,
    names: tuple[str, ...],
    classes: tuple[str, ...],
    listed: bool,
    same_instrument: bool,
    intervals: bool,
    misfits: bool,
    as_json: bool,
    out: Path | None,
    plot: Path | None,
    jobs: int,
    seed: int,
) -> None:
    """Score methods on labelled measured spectra (--data), or on freshly drawn ones of a recipe.

    Accuracy is the article's, 1 - sum abs(y' - y) / 2 in atomic fractions, over the elements that the technique
    compares; replicates of a sample count once.
    """
    from specquant import evaluation
    from specquant.session.identity import model_columns

    of_data = classes or listed or same_instrument or opening.given("settings", "linear", "shift", "reference")
    _check_source(data, recipe, bool(of_data))
    begin_outputs(out, inputs=(*opening.inputs, data, prior))
    check_suffix(out, ".csv")
    if plot is not None:
        begin_folder(plot, ())
    session = opening.session()
    methods = session.methods(names)
    if data is not None:
        doing(f"reading {data}")
        labelled = session.labelled(data, classes)
        for note in dict.fromkeys(f"{item.sample}: {item.note}" for item in labelled if item.note):
            tell(note)
        if same_instrument:
            tell_nothing_shared(session)
            methods = session.sharing([item.spectra for item in labelled]).methods(names)
        doing(f"scoring {len(labelled)} spectra by {', '.join(methods)}")
        scores = evaluation.evaluate_labelled(methods, labelled, listed, jobs)
    else:
        drawn = session.synthesizer(session.recipe(recipe, elements, prior), seed, "evaluation")
        with open_progress() as watch:
            report = watch("evaluation", samples)
            scores = evaluation.evaluate_synthetic(methods, drawn, samples, lambda done: report(done, ""), jobs)
    if out is not None:
        written(evaluation.write_scores(scores, out, model_columns(methods)))
    if plot is not None:
        _plot(scores, plot)
    if as_json:
        say(*json.dumps(_summary(scores), indent=1).splitlines())
        return
    _print_tables(scores, session.technique.axis if data is not None else None)
    if intervals:
        _print_intervals(scores, session.technique.compared)
    if misfits and session.technique.fit is not None:
        _print_misfits(scores, session.technique.fit.decisions.poor)


def _check_source(data: Path | None, recipe: str | None, of_data: bool) -> None:
    """Refuse options that are not for what is scored, measured spectra (`data`) or fresh ones."""
    if data is not None and recipe is not None:
        raise click.UsageError("--data and --recipe exclude each other")
    if data is None and of_data:
        raise click.UsageError(
            "--class, --told, --same-instrument, --linear, --shift, --reference and --set are for --data"
        )
    if data is not None and typed("elements", "prior", "samples", "seed"):
        raise click.UsageError("--elements, --prior, --samples and --seed are for fresh spectra, not for --data")


def _summary(scores: "Sequence[Score]") -> dict[str, Any]:
    from specquant.evaluation import by_class, by_method
    from specquant.report.json_report import plain

    classes = {name: by_class(chosen) for name, chosen in by_method(scores).items()}
    overall = {name: summaries.get("headline") or next(iter(summaries.values())) for name, summaries in classes.items()}
    return {
        "accuracy": {name: summary.accuracy for name, summary in overall.items()},
        "accuracy_by_material": {name: summary.accuracy_by_material for name, summary in overall.items()},
        "by_class": {
            name: {label: plain(summary) for label, summary in summaries.items()} for name, summaries in classes.items()
        },
    }


def _print_tables(scores: "Sequence[Score]", axis: "EnergyAxis | None") -> None:
    """Print a table per method, and, where an axis is given, every score of measured spectra."""
    from specquant.evaluation import by_class, by_method

    heads = ("samples", "accuracy", "by material", "err at%", "err wt%", "missed", "invented")
    more = ("missed>1wt%", "invented>1wt%", "in 90 %")
    say(f"{'method':<10}{'class':<10}" + "".join(f"{head:>{len(head) + 2}}" for head in (*heads, *more)))
    for name, chosen in by_method(scores).items():
        for label, summary in by_class(chosen).items():
            covered = "-" if isnan(summary.coverage) else f"{summary.coverage:.2f}"
            errors = (100 * summary.mean_absolute_error, 100 * summary.weight_error)
            say(
                f"{name:<10}{label:<10}{summary.samples:>9}{summary.accuracy:>10.4f}{summary.accuracy_by_material:>13.4f}"
                f"{errors[0]:>9.2f}{errors[1]:>9.2f}{summary.missed_per_spectrum:>8.2f}"
                f"{summary.invented_per_spectrum:>10.2f}{summary.missed_by_weight:>13.2f}"
                f"{summary.invented_by_weight:>15.2f}{covered:>9}"
            )
    if axis is None:
        return
    for name, chosen in by_method(scores).items():
        say("", f"{name}, worst first")
        for item in sorted(chosen, key=lambda item: item.accuracy):
            offset = f"  (axis {axis.moved(item.offset)})" if item.offset else ""
            say(
                f"  {item.accuracy:.3f}  {item.reliability:<6} {item.identity:>4}  {item.sample[:34]:<34}"
                f"  {item.material:<22} found {item.found}{offset}"
            )


def _print_intervals(scores: "Sequence[Score]", compared: "Sequence[str]") -> None:
    """Print what intervals hold, by method and size of the true fraction, and how many times as wide 90 % need them."""
    from specquant.evaluation import by_method, coverages

    say("", f"{'method':<10}{'elements':<22}{'number':>8}{'in 90 %':>10}{'above':>8}{'below':>8}{'needed':>9}")
    for name, chosen in by_method(scores).items():
        for each in coverages(chosen, compared):
            elements = f"{'found' if each.found else 'not found'}, {each.size}"
            needed = f"{each.needed:.2f}" if each.needed < _WIDEST else f"> {_WIDEST}"
            shares = f"{each.within:>10.3f}{each.above:>8.3f}{each.below:>8.3f}{needed:>9}"
            say(f"{name:<10}{elements:<22}{each.count:>8}{shares}")


def _print_misfits(scores: "Sequence[Score]", poor: float) -> None:
    """Print how well the fits of each method explain spectra, by their counts; above `poor` they do so badly."""
    from specquant.evaluation import by_method, misfits

    heads = f"{'number':>8}{'median':>9}{f'above {poor:g}':>10}{'accuracy':>10}"
    say("", f"{'misfits':<10}{'counts':<16}{heads}")
    for name, chosen in by_method(scores).items():
        for each in misfits(chosen, poor):
            counts = f"{each.least:.0e} to {each.most:.0e}".replace("e+0", "e").replace(" to inf", " and more")
            say(f"{name:<10}{counts:<16}{each.count:>8}{each.median:>9.2f}{each.poor:>10.3f}{each.accuracy:>10.4f}")


def _plot(scores: "Sequence[Score]", folder: Path) -> None:
    from specquant.evaluation import by_method
    from specquant.files import make_folder
    from specquant.report import group_of, labelled_figure, save_figure

    make_folder(folder)
    first = next(iter(by_method(scores).values()))
    for group in dict.fromkeys(group_of(item) for item in first):
        path = folder / f"{group.replace(' ', '-')}.png"
        save_figure(labelled_figure([item for item in first if group_of(item) == group]), path)
        written(path)
