"""Elements as points: what one technique makes of them against what another does."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from specquant.report.figures.style import FAINT, MODEL, grid, styled

_COLUMNS = 3
"""Panels beside each other, at most."""

_SIDE = 3.6
"""Width and height of a panel, inches."""

Points = Mapping[str, tuple[float, float]]
"""Two fractions of one by the symbol of an element."""


@styled
def scatter_figure(panels: Sequence[tuple[str, str, Points]]) -> Figure:
    """Draw a panel per pair of names, each element as its symbol at its two accuracies in per cent."""
    columns = min(len(panels), _COLUMNS)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(_SIDE * columns, _SIDE * rows), layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (one, other, points) in zip(every, panels, strict=False):
        _panel(axes, one, other, points)
    for axes in every[len(panels) :]:
        axes.set_axis_off()
    return figure


def _panel(axes: Axes, one: str, other: str, points: Points) -> None:
    axes.plot((0, 100), (0, 100), color=FAINT, lw=1)
    for symbol, (x, y) in points.items():
        axes.text(100 * x, 100 * y, symbol, ha="center", va="center", fontsize=7, color=MODEL)
    axes.set_xlim(-2, 102)
    axes.set_ylim(-2, 102)
    axes.set_aspect("equal")
    grid(axes, "x")
    grid(axes, "y")
    axes.set_xlabel(f"Accuracy in {one} (%)")
    axes.set_ylabel(f"Accuracy in {other} (%)")
