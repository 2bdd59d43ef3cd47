"""The report of a study across techniques as one HTML page: the claim first, then what it rests on."""

from collections.abc import Mapping
from importlib.metadata import version
from math import isfinite, nan
from typing import TYPE_CHECKING

from specquant.report.figures.curves import Curve, curves_figure
from specquant.report.figures.periodic import periodic_figure
from specquant.report.figures.scatter import scatter_figure
from specquant.report.numbers import UNKNOWN, percent, signed_percent
from specquant.report.page import Html, element, facts, joined, page, paragraph, picture, section, table, verdict
from specquant.study.figure import Figure, figure_text, gain_text
from specquant.study.techniques.claim import Claim
from specquant.study.techniques.element_section import elements_section
from specquant.study.techniques.elements import pairs_of
from specquant.study.techniques.plan import SCRATCH
from specquant.study.techniques.results import Comparison, Method, Side
from specquant.study.techniques.transfer_section import transfer_section

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MplFigure

_RULES = (
    "Enough is: the same network, loss and optimizer, after as many spectra, closes nine tenths of the way from an "
    "answer that is the same to all spectra to the limit (Bayes where it is known, or else the oracle); it is better "
    "than non-negative least squares, on measured spectra too where there are some; and neither another learning rate "
    "(a third, three times) nor another depth (two, six layers) gains more than two points. The bars were chosen "
    "before anything was trained."
)


def comparison_figures(comparison: Comparison) -> "dict[str, MplFigure]":
    """Return the figures of a study by name: ``size``, ``transfer-NAME``, ``elements``, ``periodic`` for two."""
    sides = comparison.sides
    figures = {"size": curves_figure([_curve(side.title, side, SCRATCH) for side in sides], "Training spectra")}
    for side in sides:
        curves = [_curve(title[:1].upper() + title[1:], side, title) for title in side.accuracy]
        figures[f"transfer-{side.name}"] = curves_figure(curves, "Training spectra")
    pairs = pairs_of(sides)
    if pairs:
        figures["elements"] = scatter_figure([(x.one.name, x.other.name, x.points) for x in pairs])
    if len(sides) == 2 and pairs:
        (pair,) = pairs
        kinds = {symbol: pair.kind(symbol) for symbol in pair.elements}
        figures["periodic"] = periodic_figure(kinds, {symbol: pair.agreement(symbol) for symbol in kinds}, pair.kinds)
    return figures


def comparison_html(comparison: Comparison, figures: "Mapping[str, MplFigure]") -> str:
    """Return the report of a study across techniques as one self-contained page, with its `comparison_figures`."""
    parts = [
        _claim_section(comparison),
        _accuracy_section(comparison),
        _size_section(comparison, figures["size"]),
        elements_section(comparison, figures),
        transfer_section(comparison, figures),
        _making_section(comparison),
    ]
    names = " and ".join(side.title for side in comparison.sides)
    remark = "Accuracy is 1 \u2212 \u03a3|found \u2212 true| / 2. \u00b1: standard deviation over the seeds."
    return page("One network on several techniques", names, parts, remark)


def _curve(label: str, side: Side, title: str) -> Curve:
    figures = {size: Figure.of(values) for size, values in sorted(side.accuracy[title].items())}
    means, spreads = (tuple(getattr(x, name) for x in figures.values()) for name in ("mean", "spread"))
    return Curve(label, tuple(map(float, figures)), means, spreads)


def _claim_section(comparison: Comparison) -> Html:
    claims = [Claim(side) for side in comparison.sides]
    holding = sum(claim.holds for claim in claims)
    measured = any(claim.over_fit_measured for claim in claims)
    head = (
        *("Technique", "Enough", "Way to the limit, %", "Above least squares, points"),
        *(["Measured, points"] if measured else []),
        *("Other setting that gains most", "Points"),
    )
    rows = [
        (
            claim.side.name,
            verdict(claim.holds),
            figure_text(claim.closed),
            gain_text(claim.over_fit),
            *([gain_text(claim.over_fit_measured or Figure())] if measured else []),
            claim.best_setting[0],
            signed_percent(claim.best_setting[1]),
        )
        for claim in claims
    ]
    missed = [f"{claim.side.name}: {words}" for claim in claims for words, yes in claim.answers.items() if not yes]
    return section(
        "Is replacing the training set enough?",
        paragraph(
            verdict(holding == len(claims)),
            f": in {holding} of {len(claims)} techniques, after {comparison.sizes[-1]:,} spectra. ",
            f"What is not so: {'; '.join(missed)}." if missed else "",
        ),
        table(head, rows, ("element", "", *["number"] * (2 + measured), "", "number")),
        paragraph(_RULES, soft=True),
        anchor="claim",
    )


def _accuracy_section(comparison: Comparison) -> Html:
    rows = []
    for side in comparison.sides:
        network = Figure.of(side.largest)
        rows.append((side.name, "Vanilla CNN", figure_text(network), _measured(side), _below(side, network.mean)))
        rows += [
            (
                side.name,
                _method_title(x, comparison),
                percent(x.fresh, 2),
                percent(x.measured, 2),
                _below(side, x.fresh),
            )
            for x in side.methods
        ]
        limits = {"Oracle": side.oracle, "Cram\u00e9r-Rao bound": side.bound, "Bayes limit": side.bayes}
        rows += [(side.name, x, percent(value, 2), "", "") for x, value in limits.items() if isfinite(value)]
        constant = "Constant answer: mean composition"
        rows.append((side.name, constant, percent(side.constant, 2), "", _below(side, side.constant)))
    recipes = ", ".join(f"{side.name} {side.recipe}" for side in comparison.sides)
    head = ("Technique", "Method", "Fresh spectra, %", "Measured, %", "Below the limit, points")
    return section(
        "Accuracy",
        table(head, rows, ("element", "", "number", "number", "number")),
        paragraph(
            f"The network has seen {comparison.sizes[-1]:,} spectra; {len(comparison.seeds)} seed(s). All methods see "
            f"the same {comparison.samples:,} fresh spectra of a technique (recipes: {recipes}). The limit is the "
            "Bayes limit where it is known, or else what an oracle reaches that knows the elements and all else but "
            "the amounts. A fit of a proposal takes long: it is scored on the first of these spectra, and so is the "
            "network that proposes.",
            soft=True,
        ),
        anchor="accuracy",
    )


_TITLES = {
    "nnls": "Non-negative least squares",
    "cnn": "Vanilla CNN, first seed",
    "hybrid": "Fit of the proposal of that CNN",
}
"""Methods in words."""


def _method_title(method: Method, comparison: Comparison) -> str:
    few = "" if method.spectra == comparison.samples else f", {method.spectra} spectra"
    return f"{_TITLES[method.name]}{few}"


def _measured(side: Side) -> str:
    return figure_text(Figure.of(side.measured)) if side.measured else UNKNOWN


def _below(side: Side, accuracy: float) -> str:
    return percent(side.limit - accuracy, 2)


def _size_section(comparison: Comparison, drawn: "MplFigure") -> Html:
    rows = [
        (
            side.name,
            *(figure_text(Figure.of(side.accuracy[SCRATCH][size])) for size in comparison.sizes),
            *(percent({x.name: x.fresh for x in side.methods}.get(name, nan), 2) for name in ("nnls", "hybrid")),
            percent(side.limit, 2),
        )
        for side in comparison.sides
    ]
    sizes = [f"{size:,}" for size in comparison.sizes]
    head = ("Technique", *sizes, "Least squares", "Fit of the proposal", "Limit")
    return section(
        "Number of spectra",
        joined(
            table(head, rows, ("element", *["number"] * (len(sizes) + 3))),
            picture(drawn, "Accuracy against training spectra", "Accuracy against the spectra seen.", small=True),
        ),
        anchor="size",
    )


def _making_section(comparison: Comparison) -> Html:
    rows = [
        ("Command", element("code", comparison.command)),
        ("Techniques", ", ".join(f"{side.title} ({side.name}, recipe {side.recipe})" for side in comparison.sides)),
        ("specquant", version("specquant")),
        ("Spectra per training", ", ".join(f"{size:,}" for size in comparison.sizes)),
        ("Seeds", ", ".join(map(str, comparison.seeds))),
    ]
    return section("How this was made", facts(rows), anchor="making")
