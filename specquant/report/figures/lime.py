"""Which windows of a spectrum a composition rests on, by LIME."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from specquant.quantifiers import PRESENT_ABOVE
from specquant.report.answers import seen_counts
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.spectrum import shade_unseen
from specquant.report.figures.style import INK, styled
from specquant.report.lines import spread
from specquant.report.results import SampleResult
from specquant.technique import Floats, Technique

FOR, AGAINST = "#0072b2", "#d55e00"
"""Colours of windows that raise and lower the fraction: blue and orange, which everybody can tell apart."""

_STRONGEST = 0.75
"""Opacity of the window that matters most, so that the spectrum still shows through."""

_WEAKEST_DRAWN = 0.05
"""Weight, relative to the largest, below which a window is not shaded."""

_FAINTEST = 0.12
"""Shade, relative to the strongest, of a window that carries its number, at least: so that it is seen."""

_LABELLED = 2
"""Windows per element that carry their number."""

_FULL_FROM = 0.05
"""Weight, atomic fraction, below which none gets the full shade: a panel in which little happens looks like it."""


@styled
def lime_figure(sample: SampleResult, technique: Technique, weights: Mapping[str, Floats]) -> Figure:
    """Draw the spectrum once per element, every window shaded by its weight (segment,).

    Raises
    ------
    ValueError
        If the sample has no `lime`.
    """
    if sample.lime is None:
        raise ValueError(f"sample {sample.name} was not explained")
    scale = EnergyScale(technique.axis)
    figure = Figure(figsize=(9.0, 0.7 + 1.12 * len(weights)))
    panels = figure.subplots(len(weights), 1, sharex=True, squeeze=False)[:, 0]
    height = figure.get_figheight()
    figure.subplots_adjust(left=0.06, right=0.985, top=1 - 0.08 / height, bottom=0.55 / height, hspace=0.16)
    counts, observed = seen_counts(sample)
    energy = scale.of(technique.axis.centres)
    lime = sample.lime.isel(sample=0)
    windows = [(scale.at(a), scale.at(b)) for a, b in zip(lime["start"].values, lime["stop"].values, strict=True)]
    for axes, (symbol, weight) in zip(panels, weights.items(), strict=True):
        _shade(axes, weight, windows)
        _draw_faint(axes, energy, counts)
        shade_unseen(axes, energy, observed)
        scale.frame(axes)
        _name_windows(axes, weight, windows)
        axes.set_ylabel(symbol, rotation=0, ha="right", va="center", fontsize=11, fontweight="bold")
        if axes is not panels[-1]:
            axes.set_xlabel("")
            axes.tick_params(bottom=False, labelbottom=False)
    return figure


def _draw_faint(axes: Axes, energy: Floats, counts: Floats) -> None:
    root = np.sqrt(np.maximum(counts, 0))
    axes.plot(energy, root, color=INK, lw=0.7, alpha=0.8, zorder=3)
    axes.set_ylim(0, 1.45 * max(float(np.nanmax(root, initial=0.0)), 1e-9))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _strongest(weight: Floats) -> list[int]:
    """Return the windows that carry their number, the strongest first."""
    order = np.argsort(-np.abs(weight))[:_LABELLED]
    return [int(index) for index in order if abs(weight[index]) >= PRESENT_ABOVE]


def _shade(axes: Axes, weight: Floats, windows: Sequence[tuple[float, float]]) -> None:
    largest = max(float(np.abs(weight).max(initial=0.0)), _FULL_FROM)
    told = _strongest(weight)
    for index, (value, (start, stop)) in enumerate(zip(weight, windows, strict=True)):
        share = max(abs(value) / largest, _FAINTEST if index in told else 0.0)
        if share >= _WEAKEST_DRAWN:
            axes.axvspan(start, stop, color=FOR if value > 0 else AGAINST, alpha=_STRONGEST * share, lw=0, zorder=1)


def _name_windows(axes: Axes, weight: Floats, windows: Sequence[tuple[float, float]]) -> None:
    """Write the weight over the windows that matter most."""
    strongest = _strongest(weight)
    low, high = sorted(axes.get_xlim())
    apart = 0.05 * (high - low)
    middles = spread([sum(windows[index]) / 2 for index in strongest], apart, low + apart / 2, high - apart / 2)
    for index, middle in zip(strongest, middles, strict=True):
        percent = 100 * float(weight[index])
        axes.text(
            middle,
            0.93,
            f"{percent:+.0f}".replace("-", "\u2212"),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=8.5,
            color=FOR if percent > 0 else AGAINST,
            bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.9},
            zorder=5,
        )
