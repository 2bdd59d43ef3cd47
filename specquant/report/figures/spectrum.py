"""The spectrum with its labelled lines, the model over it and the residual under it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from specquant.quantifiers import Modelled
from specquant.report.answers import model_title, seen_counts
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.style import (
    ACCENT,
    FAINT,
    INK,
    SOFT,
    UNSEEN,
    element_colours,
    root_scale,
    styled,
    thousands,
)
from specquant.report.lines import Line, spread, top_lines
from specquant.report.results import SampleResult
from specquant.technique import Floats, Technique

_LINES_PER_ELEMENT = 3
"""Lines of an element that get a label, so that labels of several elements have room."""

_FAINT = 0.004
"""Share of its highest channel up to which an element's contribution is not filled: chosen, it would not be seen."""

_UPRIGHT, _FLAT = 0.021, 0.1
"""How far labels stand apart, as shares of the width: one line of text upright, the longest label flat."""


@styled
def spectrum_figure(
    sample: SampleResult, technique: Technique, elements: Sequence[str], square_root: bool = True
) -> Figure:
    """Draw one spectrum with its model, the lines of some elements labelled.

    Counts are on a square-root scale, on which noise is equally high everywhere, or on a linear one.
    """
    counts, observed = seen_counts(sample)
    figure = Figure(figsize=(9.0, 4.9))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4.2, 1), gridspec_kw={"hspace": 0.08})
    figure.subplots_adjust(left=0.1, right=0.985, top=0.8, bottom=0.115)
    scale = EnergyScale(technique.axis)
    energy = scale.of(technique.axis.centres)
    colours = element_colours(elements)
    if sample.modelled is not None:
        _draw_parts(upper, energy, sample.modelled, colours)
    _draw_counts(upper, energy, counts, sample.modelled, square_root)
    _draw_residual(lower, energy, counts, sample.modelled)
    for axes in (upper, lower):
        shade_unseen(axes, energy, observed)
    scale.frame(lower)
    upper.tick_params(bottom=False)
    lines = [line for symbol in elements for line in top_lines(technique, symbol, _LINES_PER_ELEMENT, observed)]
    label_lines(upper, lines, colours, scale)
    figure.legend(*upper.get_legend_handles_labels(), loc="lower right", ncols=2, bbox_to_anchor=(0.99, 0.0))
    return figure


def shade_unseen(axes: Axes, energy: Floats, observed: NDArray[np.bool_]) -> None:
    """Grey out what was not measured."""
    half = 0.5 * (energy[1] - energy[0])
    for start, stop in _runs(~observed):
        axes.axvspan(energy[start] - half, energy[stop] + half, color=UNSEEN, lw=0, zorder=2)


def label_lines(
    axes: Axes, lines: Sequence[Line], colours: dict[str, str], scale: EnergyScale, flat: bool = False
) -> None:
    """Write the names of lines above a plot, upright or `flat`, each tied to its energy, none over another."""
    low, high = sorted(axes.get_xlim())
    width = high - low
    apart = (_FLAT if flat else _UPRIGHT) * width
    edge = 0.4 * apart if flat else 0.0
    positions = spread([scale.at(line.energy) for line in lines], apart, low + edge, high - edge)
    for line, position in zip(lines, positions, strict=True):
        energy, colour = scale.at(line.energy), colours[line.element]
        axes.axvline(energy, color=colour, lw=0.8, alpha=0.35, zorder=1)
        axes.annotate(
            line.label,
            xy=(energy, 1.0),
            xytext=(position, 1.16 if flat else 1.07),
            xycoords=axes.get_xaxis_transform(),
            textcoords=axes.get_xaxis_transform(),
            rotation=0 if flat else 90,
            ha="center",
            va="bottom",
            fontsize=8.5,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.7, "shrinkA": 0, "shrinkB": 0, "relpos": (0.5, 0)},
        )


def _draw_counts(axes: Axes, energy: Floats, counts: Floats, modelled: Modelled | None, square_root: bool) -> None:
    axes.plot(energy, counts, color=INK, lw=0.9, label="measured", zorder=3)
    top = float(np.nanmax(counts, initial=1.0))
    if modelled is not None:
        total = np.where(np.isfinite(counts), modelled.total, np.nan)
        axes.plot(energy, total, color=ACCENT, lw=1.0, alpha=0.85, label=model_title(modelled), zorder=4)
        top = max(top, float(np.nanmax(total, initial=1.0)))
    if square_root:
        root_scale(axes)
    axes.set_ylim(0, 1.04 * top)
    axes.yaxis.set_major_formatter(thousands())
    axes.set_ylabel("Counts (square-root scale)" if square_root else "Counts")


def _draw_parts(axes: Axes, energy: Floats, modelled: Modelled, colours: Mapping[str, str]) -> None:
    """Fill what each element contributes over the background."""
    ground = modelled.background
    for symbol, part in zip(modelled.elements, modelled.parts, strict=True):
        if symbol in colours:
            there = part > _FAINT * part.max(initial=0.0)
            axes.fill_between(energy, ground, ground + part, where=there, color=colours[symbol], alpha=0.22, lw=0)


def _draw_residual(axes: Axes, energy: Floats, counts: Floats, modelled: Modelled | None) -> None:
    residual = np.full(counts.size, np.nan) if modelled is None else modelled.residual(counts)
    seen = residual[np.isfinite(residual)]
    reach = max(5.0, 1.1 * float(np.percentile(np.abs(seen), 99.5))) if seen.size else 5.0
    axes.axhspan(-2, 2, color=FAINT, alpha=0.6, lw=0, zorder=0)
    axes.plot(energy, np.clip(residual, -reach, reach), color=SOFT, lw=0.7)
    axes.axhline(0, color=SOFT, lw=0.6)
    axes.set_ylim(-1.05 * reach, 1.05 * reach)
    axes.set_ylabel("Residual\n(s.d.)", fontsize=8)


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Give first and last index of every run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield int(start), int(stop) - 1
