"""What a method says of labelled spectra, beside the labels: one picture per group of materials."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from specquant.compositions import parts
from specquant.evaluation import Score
from specquant.quantifiers import PRESENT_ABOVE
from specquant.report.figures.style import INK, percent_axes, styled

_COLOURS = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"),
    *("#999933", "#882255", "#44aa99", "#ddaa77", "#bbbbbb"),
)
"""Colours of elements as they first occur; all past the last share it."""

_SMALLEST_NAMED = 0.04
"""Atomic fraction from which a bar is wide enough for the symbol in it."""


def group_of(score: Score) -> str:
    """Return the group of a spectrum: its class, and whether its material is an element or a compound."""
    kind = "elements" if np.count_nonzero(score.label >= PRESENT_ABOVE) == 1 else "compounds"
    return f"{score.reliability} {kind}".strip()


@styled
def labelled_figure(scores: Sequence[Score]) -> Figure:
    """Draw one method's scores as pairs of bars: the label above, the answer below."""
    symbols = (
        symbol for item in scores for whole in (item.label, item.answer) for symbol, _ in parts(whole, item.elements)
    )
    colours = {name: _COLOURS[min(row, len(_COLOURS) - 1)] for row, name in enumerate(dict.fromkeys(symbols))}
    figure = Figure(figsize=(7.6, 0.7 + 0.44 * len(scores)), layout="constrained")
    axes = figure.subplots()
    for row, item in enumerate(scores):
        _bar(axes, row - 0.27, parts(item.label, item.elements), colours, height=0.2, alpha=0.45)
        _bar(axes, row + 0.1, parts(item.answer, item.elements), colours, height=0.5, alpha=1.0)
        beside = f"{item.accuracy:.3f}" + (f", axis {item.offset:+.1f}" if item.offset else "")
        axes.text(101, row + 0.1, beside, va="center", fontsize=8, color=INK)
    names = [f"{item.sample[:34]} ({item.identity})" for item in scores]
    percent_axes(axes, range(len(scores)), names, 8, "at%: label (pale), found (full), and accuracy")
    return figure


def _bar(
    axes: Axes,
    middle: float,
    composition: Sequence[tuple[str, float]],
    colours: Mapping[str, str],
    height: float,
    alpha: float,
) -> None:
    """Draw one composition as a bar of parts; those of a full bar carry their symbols."""
    left = 0.0
    for symbol, fraction in composition:
        axes.barh(middle, 100 * fraction, left=100 * left, height=height, color=colours[symbol], alpha=alpha)
        if alpha == 1.0 and fraction >= _SMALLEST_NAMED:
            axes.text(100 * (left + fraction / 2), middle, symbol, ha="center", va="center", fontsize=7.5)
        left += fraction
