"""Feature Importance Spectra: the map of all elements, and the curves of a few."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from specquant.explainers import diagonal_order, readings
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.spectrum import label_lines
from specquant.report.figures.style import ACCENT, INK, MODEL, SOFT, grid, styled
from specquant.report.lines import top_lines
from specquant.technique import Technique

_COLUMNS = 5
"""Panels beside each other in the grid of all elements, so that each is wide enough for an energy axis."""

_WHITE_TO_INK = ("#ffffff", "#c6dbef", "#6aaed6", "#2070b4", "#08214f")
"""Colours of the map from 0 to 100 at%."""


@styled
def map_figure(attribution: xr.Dataset, technique: Technique) -> Figure:
    """Draw what a single peak is read as, wherever it stands (the article's Figure 5)."""
    elements = list(diagonal_order(technique))
    response = attribution["response"].sel(element=elements).values.T
    scale = EnergyScale(technique.axis)
    figure = Figure(figsize=(9.0, max(2.6, 1.1 + 0.118 * len(elements))), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(elements))
    colours = LinearSegmentedColormap.from_list("ink", _WHITE_TO_INK)
    energy = scale.of(attribution["probe_energy"].values)
    image = axes.pcolormesh(energy, rows, 100 * response, cmap=colours, vmin=0, vmax=100, shading="nearest")
    strongest = {reading.element: scale.at(reading.strongest.energy) for reading in readings(technique, attribution)}
    marks = np.array([strongest.get(symbol, np.nan) for symbol in elements])
    axes.vlines(marks, rows - 0.5, rows - 0.05, color=ACCENT, lw=1.6)
    axes.plot([], [], "|", color=ACCENT, ms=8, mew=1.6, label="strongest line in the peak table")
    axes.set_yticks(rows, elements, fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("Element, by the energy of its strongest line")
    scale.frame(axes)
    axes.set_xlabel(_position(scale))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderpad=0, fontsize=8.5)
    bar = figure.colorbar(image, ax=axes, pad=0.012, aspect=50, fraction=0.03)
    bar.set_label("Predicted fraction (at%)")
    bar.outline.set_linewidth(0.5)
    return figure


@styled
def fis_figure(attribution: xr.Dataset, technique: Technique, elements: Sequence[str]) -> Figure:
    """Draw the Feature Importance Spectrum of a few elements, one panel each, over the lines in the peak table."""
    scale = EnergyScale(technique.axis)
    figure = Figure(figsize=(9.0, 1.0 + 1.3 * len(elements)))
    panels = figure.subplots(len(elements), 1, sharex=True, squeeze=False)[:, 0]
    height = figure.get_figheight()
    figure.subplots_adjust(left=0.085, right=0.985, top=1 - 0.34 / height, bottom=0.68 / height, hspace=0.42)
    for axes, symbol in zip(panels, elements, strict=True):
        _draw_fis(axes, attribution, technique, symbol, scale)
    panels[-1].set_xlabel(_position(scale))
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="lower right", ncols=2, bbox_to_anchor=(0.99, 0.0), fontsize=8
    )
    return figure


@styled
def fis_grid_figure(attributions: Mapping[str, xr.Dataset], technique: Technique) -> Figure:
    """Draw the Feature Importance Spectrum of every element, one small panel each, by atomic number.

    `attributions` are by the name of the probe's shape, all over the same elements; strongest lines are marked.
    """
    scale = EnergyScale(technique.axis)
    rows = -(-len(technique.elements) // _COLUMNS)
    figure = Figure(figsize=(9.0, 0.9 + 0.62 * rows))
    panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    height = figure.get_figheight()
    figure.subplots_adjust(left=0.045, right=0.99, top=1 - 0.32 / height, bottom=0.5 / height, hspace=0.18, wspace=0.06)
    first = next(iter(attributions.values()))
    strongest = {reading.element: scale.at(reading.strongest.energy) for reading in readings(technique, first)}
    for axes, symbol in zip(panels.flat, technique.elements, strict=False):
        for (name, attribution), colour in zip(attributions.items(), (MODEL, ACCENT, SOFT), strict=False):
            energy, response = attribution["probe_energy"].values, attribution["response"].sel(element=symbol).values
            axes.plot(scale.of(energy), 100 * response, color=colour, lw=0.7, label=name)
        if symbol in strongest:
            axes.plot([strongest[symbol]], [-4.0], "^", color=INK, ms=3.5, clip_on=False, label="strongest line")
        axes.text(0.02, 0.9, symbol, transform=axes.transAxes, va="top", fontweight="bold")
        scale.frame(axes)
        axes.set_xlabel("")
        axes.set_ylim(0, 105)
        axes.set_yticks([0, 100])
    for axes in panels.flat[len(technique.elements) :]:
        axes.set_axis_off()
    figure.supxlabel(scale.label, fontsize=9, y=0.1 / height)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="upper right", ncols=4, borderpad=0.1)
    return figure


def _position(scale: EnergyScale) -> str:
    return f"Where the probe peak stands: {scale.axis.label.lower()} ({scale.unit})"


def _draw_fis(axes: Axes, attribution: xr.Dataset, technique: Technique, symbol: str, scale: EnergyScale) -> None:
    axis = technique.axis
    scale.frame(axes)
    axes.set_xlabel("")
    peaks = [p for p in technique.peaks if p.element == symbol and axis.start <= p.energy <= axis.stop]
    highest = max((peak.intensity for peak in peaks), default=1.0)
    stems = [100 * peak.intensity / highest for peak in peaks]
    energies = [scale.at(peak.energy) for peak in peaks]
    axes.vlines(energies, 0, stems, color=SOFT, lw=1.2, alpha=0.8, label="lines in the peak table (strongest = 100)")
    probe = scale.of(attribution["probe_energy"].values)
    response = 100 * attribution["response"].sel(element=symbol).values
    axes.fill_between(probe, 0, response, color=MODEL, alpha=0.18, lw=0)
    axes.plot(probe, response, color=MODEL, lw=1.2, label="read as this element (at%)")
    label_lines(axes, top_lines(technique, symbol, 3), {symbol: INK}, scale, flat=True)
    axes.set_ylim(0, 105)
    axes.set_yticks([0, 50, 100])
    axes.set_ylabel(f"{symbol} (at%)")
    grid(axes, "y", 0.5)
