"""The report of a study as one HTML page: the table first, then what it cost, the sweeps, and how it was made."""

from collections.abc import Mapping
from importlib.metadata import version
from math import isfinite
from typing import TYPE_CHECKING

from specquant.learning.networks import NETWORKS
from specquant.report.figures.curves import curves_figure
from specquant.report.numbers import UNKNOWN, duration, percent
from specquant.report.page import Html, element, facts, page, paragraph, picture, section, table, verdict
from specquant.study.article.plan import RATES
from specquant.study.article.results import ArticleResults
from specquant.study.article.table import BAYES_TITLE
from specquant.study.figure import Figure, figure_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MplFigure

_DEPTH_CAPTION = "Accuracy on the first recipe of the table against the number of hidden layers."
_SIZE_CAPTION = (
    "Accuracy of the vanilla CNN on the first recipe of the table against the number of spectra it has seen."
)


def study_figures(results: ArticleResults) -> "dict[str, MplFigure]":
    """Return the sweeps drawn, by name: ``depth``, ``size``, ``noise``."""
    return {
        "depth": curves_figure(results.depth, "Hidden layers"),
        "size": curves_figure(results.size, "Training spectra"),
        "noise": curves_figure(results.noise, "Signal-to-noise ratio", descending=True),
    }


def study_html(results: ArticleResults, figures: "Mapping[str, MplFigure]") -> str:
    """Return the report of a study of the article as one self-contained page, with its `study_figures`."""
    parts = [
        _table_section(results),
        _cost_section(results),
        _sweep_section("Depth", figures["depth"], "hidden layers", _DEPTH_CAPTION, "depth"),
        _sweep_section("Size of the training set", figures["size"], "training spectra", _SIZE_CAPTION, "size"),
        _noise_section(results, figures["noise"]),
        _making_section(results),
    ]
    remark = "Accuracy is 1 \u2212 \u03a3|found \u2212 true| / 2."
    return page("The article's networks, baselines and limits", results.title, parts, remark)


def _table_section(results: ArticleResults) -> Html:
    benches = list(dict.fromkeys(name for row in results.rows for name in row.scores))
    rows = [
        (
            row.title,
            row.recipe or UNKNOWN,
            figure_text(row.validation),
            *(figure_text(row.scores.get(name, Figure())) for name in benches),
            " / ".join(percent(value) for value in row.article) if isfinite(row.article[0]) else UNKNOWN,
        )
        for row in results.rows
    ]
    head = ("Method", "Trained on", "Validation, %", *(f"{name}, %" for name in benches), "Article, %")
    samples = results.budget.samples
    has_best = any(row.title == BAYES_TITLE for row in results.rows)
    best = f"; the {BAYES_TITLE} is the best that is possible when all but the composition is known" if has_best else ""
    return section(
        "Accuracy",
        table(head, rows, ("element", "", *["number"] * (len(benches) + 2))),
        paragraph(
            f"Mean over {len(results.seeds)} seed(s), \u00b1 their standard deviation. Validation: spectra of the "
            f"recipe that a network was trained on. Then the same {samples:,} fresh spectra of each recipe for every "
            "method, over all elements, and, where a folder was given, measured spectra of known composition. The last "
            "column is what the article states: validation / measured, of its own networks on its own spectra. The "
            "oracle knows the elements and everything else but the amounts; the Cram\u00e9r-Rao bound is what an "
            f"efficient estimator that knows as much would reach{best}.",
            soft=True,
        ),
        anchor="accuracy",
    )


def _cost_section(results: ArticleResults) -> Html:
    searched = [(record.training, percent(record.validation_accuracy, 1)) for record in results.search]
    at_rate = {(training.network, training.learning_rate): accuracy for training, accuracy in searched}
    trained = {row.title: row for row in reversed(results.rows) if row.seeds}
    rows = [
        (
            known.title,
            trained[known.title].hidden_layers,
            f"{trained[known.title].parameters:,}",
            f"{trained[known.title].multiply_adds:,}",
            duration(trained[known.title].seconds),
            *(at_rate[word, rate] for rate in RATES),
            f"{results.rates[word]:g}",
        )
        for word, known in NETWORKS.items()
    ]
    at_rates = (f"At {rate:g}, %" for rate in RATES)
    head = ("Network", "Layers", "Parameters", "Multiply-adds", "Time", *at_rates, "Chosen")
    return section(
        "What the networks cost",
        table(head, rows, ("element", *["number"] * (len(head) - 1))),
        paragraph(
            f"Every network saw {results.budget.spectra:,} spectra per training. Multiply-adds are of one spectrum. "
            f"The learning rate chosen is the one of {len(RATES)} with the highest validation accuracy after "
            f"{results.budget.search:,} spectra, which the columns give.",
            soft=True,
        ),
        anchor="cost",
    )


def _sweep_section(title: str, drawn: "MplFigure", abscissa: str, caption: str, anchor: str) -> Html:
    return section(title, picture(drawn, f"Accuracy against {abscissa}", caption, small=True), anchor=anchor)


def _noise_section(results: ArticleResults, drawn: "MplFigure") -> Html:
    noise = results.verdict
    points = [percent(value, 1) for value in (noise.lost, noise.allowed, noise.oracle_lost)]
    caption = (
        "The signal-to-noise ratio is the square root of the counts in the strongest channel; Poisson's noise. Spectra "
        "are those of the first recipe but for that."
    )
    return section(
        "Signal-to-noise ratio",
        paragraph(
            f"From {noise.high:g} down to {noise.low:g} the network trained at all ratios loses {points[0]} "
            f"points. {points[1]} are allowed (two, or what the oracle itself loses, {points[2]}). Held: ",
            verdict(noise.met),
            f". The best possible answer without knowing the elements loses {percent(noise.bayes_lost, 1)}."
            if isfinite(noise.bayes_lost)
            else ".",
        ),
        picture(drawn, "Accuracy against signal-to-noise ratio", caption, small=True),
        anchor="noise",
    )


def _making_section(results: ArticleResults) -> Html:
    times = sum(record.seconds for record in (*results.search, *results.records))
    rows = [
        ("Command", element("code", results.command)),
        ("Technique", f"{results.title} ({results.technique})"),
        ("specquant", version("specquant")),
        ("Spectra per training", f"{results.budget.spectra:,}"),
        ("Seeds", ", ".join(map(str, results.seeds))),
        ("Trainings", f"{len(results.records)}, and {len(results.search)} for the learning rates"),
        ("Time of all trainings", duration(times)),
    ]
    return section("How this was made", facts(rows), anchor="making")
