"""The periodic table, every element coloured by a class."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from specquant.elements import ATOMIC_NUMBER
from specquant.notes import in_percent
from specquant.report.figures.style import FAINT, INK, SOFT, styled

_NOBLE = (0, 2, 10, 18, 36, 54, 86, 118)
"""Atomic numbers of the last element of every period, 0 before the first."""

_COLOURS = ("#1f5fa8", "#2f8f5b", "#e0a458", "#c8502b")
"""Colours of the classes, in the order of their titles."""

_PALEST = 0.3
"""Opacity of a class that no model agrees on: still a colour."""

_DARK = 0.8
"""Opacity above which text on a colour is white."""


@styled
def periodic_figure(classes: Mapping[str, int], agreement: Mapping[str, float], titles: Mapping[int, str]) -> Figure:
    """Draw the periodic table with the class of every element; elements without one are empty.

    The less the `agreement`, the share of models that give the class, the paler, and the share is written. Every
    class has its name for the legend in `titles`, at most four.
    """
    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    axes = figure.subplots()
    colours = dict(zip(titles, _COLOURS, strict=False))
    for symbol, number in ATOMIC_NUMBER.items():
        known = classes.get(symbol)
        share = agreement.get(symbol, 1.0)
        _cell(axes, symbol, *cell(number), colours.get(known or 0), share, "" if known is None else str(known))
    axes.set_xlim(0.4, 18.6)
    axes.set_ylim(9.9, 0.4)
    axes.set_axis_off()
    handles = [Patch(color=colours[number], label=f"{number}: {title}") for number, title in titles.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def cell(number: int) -> tuple[int, float]:
    """Return column (1 to 18) and row of an element by its atomic number; f elements stand in rows 8.4 and 9.4."""
    period = next(row for row, last in enumerate(_NOBLE) if number <= last)
    nth, length = number - _NOBLE[period - 1], _NOBLE[period] - _NOBLE[period - 1]
    if length == 32 and 3 <= nth <= 16:
        return nth + 1, period + 2.4
    return (nth if nth <= 2 and number != 2 else 18 - length + nth), period


def _cell(axes: Axes, symbol: str, column: int, row: float, colour: str | None, share: float, written: str) -> None:
    strength = _PALEST + (1 - _PALEST) * share
    box = Rectangle(
        (column - 0.46, row - 0.46), 0.92, 0.92, facecolor=colour or "white", edgecolor=FAINT, lw=0.7, alpha=strength
    )
    axes.add_patch(box)
    ink = "white" if colour and strength > _DARK else INK if colour else SOFT
    axes.text(column, row - 0.02, symbol, ha="center", va="bottom", fontsize=9, color=ink, fontweight="bold")
    below = written if share >= 1 or not written else f"{written} ({in_percent(share)})"
    axes.text(column, row + 0.06, below, ha="center", va="top", fontsize=6.5, color=ink)
