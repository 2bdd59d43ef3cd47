"""The sections on elements: easy in one technique and hard in another, where they are read, and by which rule."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from specquant.explainers import RULES
from specquant.notes import shortened
from specquant.report.numbers import UNKNOWN, percent
from specquant.report.page import Html, joined, listed, paragraph, picture, section, table
from specquant.study.figure import Figure, figure_text, gain_text
from specquant.study.techniques.elements import Pair, class_accuracies, class_correlation, pairs_of
from specquant.study.techniques.results import Comparison, Side

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MplFigure

_ABOUT = (
    "The accuracy of an element is the amount of it that is both in the answers and in the spectra, over the mean of "
    "the two: 1 where they agree, 0 where it is never seen. What is missed counts, and what is seen in vain; the mean "
    "over the elements, weighted by amount, is the accuracy above. It is that of the network from scratch that saw "
    "most spectra."
)

_NAMED = 8
"""Elements that are named of each kind, at most."""


def elements_section(comparison: Comparison, figures: "Mapping[str, MplFigure]") -> Html:
    """Return the section: pairs of techniques, classes, and a row per element."""
    pairs = pairs_of(comparison.sides)
    drawn = []
    if "periodic" in figures:
        caption = "Easier: by ten points or more. In brackets: the share of the seeds that agree, where it is not all."
        drawn.append(picture(figures["periodic"], "Periodic table of easy and hard elements", caption))
    if "elements" in figures:
        caption = "Accuracy of every element in both; on the line it is the same."
        drawn.append(picture(figures["elements"], "Accuracy of elements in pairs of techniques", caption, small=True))
    return section(
        "Easy and hard elements",
        paragraph(_ABOUT),
        listed([text for pair in pairs for text in _pair_texts(pair)]) if pairs else Html(""),
        *drawn,
        _classes(comparison),
        _table(comparison),
        anchor="elements",
    )


def _pair_texts(pair: Pair) -> list[str]:
    """Return what is to be said of a pair of techniques."""
    ordered = sorted(pair.elements, key=lambda symbol: -pair.difference(symbol).mean)
    one, other = pair.one.name, pair.other.name
    easier = [symbol for symbol in ordered if pair.kind(symbol) == 1]
    harder = [symbol for symbol in reversed(ordered) if pair.kind(symbol) == 2]
    same, both = pair.same_class
    return [
        f"Of {len(ordered)} elements of both, {len(easier)} are easier in {one} by ten points or more, {len(harder)} "
        f"in {other}; rank correlation of their accuracies {_number(pair.correlation)}.",
        f"Easier in {one}: {_named(pair, easier)}.",
        f"Easier in {other}: {_named(pair, harder)}.",
        f"Of {both} elements with a class in both, {same} have the same.",
    ]


def _named(pair: Pair, symbols: list[str]) -> str:
    return shortened([f"{symbol} ({gain_text(pair.difference(symbol))})" for symbol in symbols], _NAMED) or "none"


def _classes(comparison: Comparison) -> Html:
    """Return how many elements of every class there are in each technique, and how accurate they are."""
    rows = []
    for side in comparison.sides:
        of_class = {item.rule: item for item in class_accuracies(side)}
        cells = [f"{figure_text(of_class[rule].accuracy)} ({of_class[rule].count})" for rule in RULES]
        rows.append((side.name, *cells, _number(class_correlation(side))))
    head = ("Technique", *(f"{rule}: {title}" for rule, title in RULES.items()), "Rank correlation")
    return joined(
        paragraph(
            "Accuracy in % of the elements of each of the four classes, \u00b1 standard deviation over the elements, "
            "and how many there are. Below zero, the correlation says that higher classes are harder."
        ),
        table(head, rows, ("element", *["number"] * (len(RULES) + 1))),
    )


def _table(comparison: Comparison) -> Html:
    sides = comparison.sides
    rows = [(symbol, *(cell for side in sides for cell in _cells(side, symbol))) for symbol in comparison.elements]
    head = ("Element", *(text for x in sides for text in (f"{x.name}, %", "Class", "Read at: at%")))
    note = (
        "Class: the rule by which most seeds read the element, and the share of them. Read at: its line at which a "
        "lone peak is read most as the element, and how much; from the Feature Importance Spectra in fis.nc."
    )
    return joined(
        table(head, rows, ("element", *["number", "number", "line"] * len(sides))), paragraph(note, soft=True)
    )


def _cells(side: Side, symbol: str) -> tuple[str, str, str]:
    values = side.elements.get(symbol)
    accuracy = UNKNOWN if values is None else figure_text(Figure.of(values))
    agreed = side.agreed(symbol)
    if agreed is None:
        return accuracy, UNKNOWN, UNKNOWN
    reading = agreed.example.reading
    at_line = f"{reading.best.label}: {percent(reading.best_response)}" if reading.is_read else UNKNOWN
    return accuracy, f"{agreed.example.rule} ({percent(agreed.agreement, 0)} %)", at_line


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212") if np.isfinite(value) else UNKNOWN
