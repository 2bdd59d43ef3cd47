"""The article's study, whole: four networks, baselines, limits, and three sweeps, for any technique."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from specquant.files import make_folder
from specquant.learning.networks import NETWORKS
from specquant.locks import only_process
from specquant.progress import Watch
from specquant.report import save_figure, write_html, write_json
from specquant.session import Session
from specquant.study.article.curves import depth_curves, noise_curves, size_curves, verdict_of
from specquant.study.article.plan import Budget, Plan, average_of, recipes_of
from specquant.study.article.report import study_figures, study_html
from specquant.study.article.results import ArticleResults
from specquant.study.article.scores import Scores
from specquant.study.article.table import Row, network_row, write_rows
from specquant.study.benches import MeasuredBench
from specquant.study.trainings import Record, Training, Trainings

FILES = ("report.html", "table.csv", "study.json", "scores.json")
"""What a study leaves in its folder beside models, records and figures."""


def article_study(
    session: Session,
    out: Path,
    watch: Watch,
    *,
    spectra: int,
    seeds: int,
    most: int = 0,
    data: Path | None = None,
) -> ArticleResults:
    """Train, score and compare all that the article does, and leave table and report in the folder `out`.

    Files: ``report.html`` and its figures, ``table.csv``, ``study.json``; per training a model file and its record.
    What an earlier call with the same settings has finished is not done again, and a training goes on from its
    checkpoint.

    Each training sees `spectra` spectra, but for the longest of the sweep over their number: that sees `most`, if
    it is more, and stands in the table too. The folder `data` holds labelled measured spectra to score on too.

    Raises
    ------
    SpecquantError
        If measured spectra cannot be read, or the folder holds another study.
    """
    technique, budget = session.technique, Budget.of(spectra, most)
    plan = Plan(budget, recipes_of(technique), tuple(range(1, seeds + 1)), average_of(technique))
    make_folder(out)
    with only_process(out):
        return _study(session, plan, out, watch, data)


def _study(session: Session, plan: Plan, out: Path, watch: Watch, data: Path | None) -> ArticleResults:
    measured = None if data is None else MeasuredBench(session, data)
    trainings = Trainings(session, out, plan.budget.validation_blocks)
    search = trainings.stage(plan.search(), watch, "search for learning rates")
    search = [replace(record, scores={}) for record in search]  # that an interrupted study may know already
    plan = replace(plan, rates=chosen_rates(search))
    trainings.stage(plan.all(), watch, "training")
    results = _results(session, plan, search, Scores(trainings, plan, measured), watch)
    _write(results, out)
    return results


def chosen_rates(search: Sequence[Record]) -> dict[str, float]:
    """Return the learning rate with the highest validation accuracy, by network."""
    best: dict[str, Record] = {}
    for record in search:
        rival = best.setdefault(record.training.network, record)
        if record.validation_accuracy > rival.validation_accuracy:
            best[record.training.network] = record
    return {network: record.training.learning_rate for network, record in best.items()}


def _results(session: Session, plan: Plan, search: Sequence[Record], scores: Scores, watch: Watch) -> ArticleResults:
    records = scores.of_networks(watch)
    first = plan.recipes[0]
    others = [training for training in plan.table() if training.recipe == first and training.network != "cnn"]
    return ArticleResults(
        technique=session.technique.name,
        title=session.technique.title,
        command=session.command,
        budget=plan.budget,
        seeds=plan.seeds,
        rows=(*_network_rows(plan, records, scores.keys), *scores.of_others(watch)),
        search=tuple(search),
        rates=plan.rates,
        depth=depth_curves(_of(records, plan.depths()), _of(records, others), scores.first),
        size=size_curves(_of(records, plan.sizes()), scores.first),
        noise=noise_curves(_by_recipe(plan, records), scores.ratios),
        verdict=verdict_of(_of(records, plan.any_noise()), scores.ratios),
        records=tuple(records.values()),
    )


def _of(records: Mapping[Training, Record], trainings: Sequence[Training]) -> list[Record]:
    return [records[training] for training in trainings]


def _by_recipe(plan: Plan, records: Mapping[Training, Record]) -> dict[str, list[Record]]:
    """Return the records of the vanilla CNN by the recipe that it learnt from, under the title of a curve."""
    by_title: dict[str, list[Record]] = {}
    for training in [*plan.table(), *plan.any_noise()]:
        if training.network == "cnn":
            title = f"Vanilla CNN, trained on {training.recipe.name}"
            by_title.setdefault(title, []).append(records[training])
    return by_title


def _network_rows(plan: Plan, records: Mapping[Training, Record], keys: Mapping[str, str]) -> list[Row]:
    trainings = plan.table() + plan.averages() + plan.any_noise()
    groups: dict[tuple[str, str], list[Record]] = {}
    for training in trainings:
        groups.setdefault((training.network, training.recipe.name), []).append(records[training])
    rows = [
        network_row(NETWORKS[network].title, group, keys, of_article=recipe == plan.recipes[0].name)
        for (network, recipe), group in groups.items()
    ]
    longest = plan.longest()
    if longest not in trainings:
        title = f"{NETWORKS[longest.network].title}, {longest.spectra:,} spectra"
        rows.insert(0, network_row(title, [records[longest]], keys, of_article=True))
    return rows


def _write(results: ArticleResults, out: Path) -> None:
    write_rows(results.rows, out / "table.csv")
    write_json(results.content, out / "study.json")
    figures = study_figures(results)
    for name, figure in figures.items():
        save_figure(figure, out / f"{name}.png")
    write_html(study_html(results, figures), out / "report.html")
