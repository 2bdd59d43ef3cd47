"""Curves: a quantity in per cent against a number, with its spread, and limits beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from specquant.report.figures.style import INK, SOFT, grid, method_colours, styled

_UPRIGHT_TICKS = 6
"""Ticks with more neighbours than this are written askew, so that they do not overlap."""


@dataclass(frozen=True)
class Curve:
    """One line of a figure: `y` is a fraction of one against `x`, both of shape (point,).

    `spread` is the standard deviation of `y`, NaN where not known; empty: none is drawn.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    spread: tuple[float, ...] = ()
    joined: bool = True
    limit: bool = False


@styled
def curves_figure(curves: Sequence[Curve], x_label: str, descending: bool = False) -> Figure:
    """Draw accuracy against a number on a logarithmic axis, from large to small if `descending`.

    Every point that was measured has its tick.
    """
    figure = Figure(figsize=(5.6, 3.5), layout="constrained")
    axes = figure.subplots()
    colours = method_colours([curve.label for curve in curves if not curve.limit])
    dashes = iter(("--", ":", "-."))
    for curve in curves:
        percent = 100 * np.array(curve.y)
        if curve.limit:
            axes.plot(curve.x, percent, next(dashes, "--"), color=INK, lw=1.1, label=curve.label)
            continue
        line = "-" if curve.joined else "none"
        axes.plot(curve.x, percent, "o", ls=line, ms=4.5, lw=1.4, color=colours[curve.label], label=curve.label)
        if np.isfinite(curve.spread).any():
            axes.errorbar(
                curve.x,
                percent,
                yerr=100 * np.nan_to_num(np.array(curve.spread)),
                fmt="none",
                ecolor=colours[curve.label],
                elinewidth=1,
                capsize=3,
            )
    axes.set_xscale("log")
    ticks = sorted({x for curve in curves for x in curve.x})
    axes.set_xticks(
        ticks, [f"{x:,.10g}".replace(",", "\u2009") for x in ticks], rotation=45 if len(ticks) > _UPRIGHT_TICKS else 0
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", which="minor", length=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    grid(axes, "y")
    if descending:
        axes.invert_xaxis()
    axes.set_xlabel(x_label)
    axes.set_ylabel("Accuracy (%)")
    figure.legend(loc="outside upper left", ncols=2, fontsize=8, labelcolor=SOFT)
    return figure
