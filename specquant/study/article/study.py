"""The article's study, whole: four networks, baselines, limits, and three sweeps, for any technique."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from specquant.discovery import Plugin
from specquant.files import make_folder
from specquant.learning import Progress
from specquant.learning.networks import NETWORKS
from specquant.library import PureLibrary
from specquant.pipeline import open_labelled
from specquant.pipeline.running import Report, Watch
from specquant.report import save_figure, write_html, write_json
from specquant.report.json_report import plain
from specquant.study.article.benches import MeasuredBench
from specquant.study.article.curves import depth_curves, noise_curves, size_curves, verdict_of
from specquant.study.article.plan import Budget, Plan, Run, recipes_of, with_any_noise
from specquant.study.article.records import Record
from specquant.study.article.report import study_figures, study_html
from specquant.study.article.results import ArticleResults
from specquant.study.article.scores import Scores
from specquant.study.article.table import Row, network_row, write_table
from specquant.study.article.training import Workshop, spectra_of
from specquant.synthesizer import BLOCK


def article_study(
    plugin: Plugin,
    library: PureLibrary,
    out: Path,
    watch: Watch,
    *,
    spectra: int,
    seeds: int,
    most: int = 0,
    device: str = "cpu",
    data: Path | None = None,
    command: str = "",
) -> ArticleResults:
    """Train, score and compare all that the article does, and leave table and report in the folder `out`.

    Files: ``report.html`` and its figures, ``table.csv``, ``study.json``; per training a model file and its record.
    What an earlier call with the same settings has finished is not done again, and a training goes on from its
    checkpoint.

    Parameters
    ----------
    plugin, library
        The technique, and its pure spectra.
    out
        The folder.
    watch
        Told what is going on.
    spectra, seeds
        How many spectra each training sees, and how many seeds there are.
    most
        How many spectra the longest training of the sweep over their number sees, if that is more; it stands in the
        table too.
    device, command
        Where torch computes, what was typed.
    data
        Folder of labelled measured spectra to score on too.

    Raises
    ------
    SpecquantError
        If measured spectra cannot be read, or the folder holds another study.
    """
    technique = with_any_noise(plugin.technique)
    plugin = replace(plugin, technique=technique)
    plan = Plan(Budget.of(spectra, most), recipes_of(technique), tuple(range(1, seeds + 1)))
    make_folder(out)
    measured = None if data is None else MeasuredBench(data.name, open_labelled(plugin, data))
    workshop = Workshop(plugin, library, out, plan.budget.validation_blocks, device, command)
    search = _trained(workshop, plan.search(), watch, "search for learning rates")
    rates = chosen_rates(search)
    _trained(workshop, plan.all(rates), watch, "training")
    scored = Scores(workshop, plan, measured)
    records = scored.of_networks(plan, rates, watch)
    results = ArticleResults(
        technique=technique.name,
        title=technique.title,
        command=command,
        budget=plan.budget,
        seeds=plan.seeds,
        rows=(*_network_rows(plan, rates, records, scored.keys), *scored.of_others(watch)),
        search=tuple(search),
        rates=rates,
        depth=depth_curves(
            [records[run] for run in plan.depths(rates)],
            [records[run] for run in plan.table(rates) if run.recipe == plan.recipes[0] and run.network != "cnn"],
            scored.first,
        ),
        size=size_curves([records[run] for run in plan.sizes(rates)], scored.first),
        noise=noise_curves(_by_recipe(plan, rates, records), scored.ratios),
        verdict=verdict_of([records[run] for run in plan.any_noise(rates)], scored.ratios),
        records=tuple(records.values()),
    )
    write_table(results.rows, out / "table.csv")
    write_json(plain(results), out / "study.json")
    figures = study_figures(results)
    for name, figure in figures.items():
        save_figure(figure, out / f"{name}.png")
    write_html(study_html(results, figures), out / "report.html")
    return results


def chosen_rates(search: Sequence[Record]) -> dict[str, float]:
    """Return the learning rate with the highest validation accuracy, by network."""
    best: dict[str, Record] = {}
    for record in search:
        kept = best.setdefault(record.run.network, record)
        if record.validation_accuracy > kept.validation_accuracy:
            best[record.run.network] = record
    return {network: record.run.learning_rate for network, record in best.items()}


def _trained(workshop: Workshop, runs: Sequence[Run], watch: Watch, title: str) -> list[Record]:
    report, records = watch(title, spectra_of(runs)), []
    for number, run in enumerate(runs):
        done, remark = spectra_of(runs[:number]), f"{run.name} ({number + 1} of {len(runs)})"
        records.append(workshop.record(run, _told(report, done, remark)))
        report(spectra_of(runs[: number + 1]), remark)
    return records


def _told(report: Report, done: int, remark: str) -> Callable[[Progress], None]:
    """Return who tells the whole of a stage how one training goes."""
    return lambda now: report(done + now.step * BLOCK, f"{remark}, loss {now.loss:.4f}")


def _by_recipe(plan: Plan, rates: Mapping[str, float], records: Mapping[Run, Record]) -> dict[str, list[Record]]:
    """Return the records of the vanilla CNN by what it learnt from, under the title of a curve."""
    runs = [run for run in plan.table(rates) if run.network == "cnn"] + plan.any_noise(rates)
    recipes = list(dict.fromkeys(run.recipe for run in runs))
    return {
        f"Vanilla CNN, trained on {recipe}": [records[run] for run in runs if run.recipe == recipe]
        for recipe in recipes
    }


def _network_rows(
    plan: Plan, rates: Mapping[str, float], records: Mapping[Run, Record], keys: Mapping[str, str]
) -> list[Row]:
    runs = plan.table(rates) + plan.any_noise(rates)
    groups = dict.fromkeys((run.network, run.recipe) for run in runs)
    rows = [
        network_row(
            NETWORKS[network].title,
            [records[run] for run in runs if (run.network, run.recipe) == (network, recipe)],
            keys,
            of_article=recipe == plan.recipes[0],
        )
        for network, recipe in groups
    ]
    longest = plan.longest(rates)
    if longest not in runs:
        title = f"{NETWORKS[longest.network].title}, {longest.spectra:,} spectra"
        rows.insert(0, network_row(title, [records[longest]], keys, of_article=True))
    return rows
