"""Bars: the composition of one sample, and the accuracy of every method."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from specquant.evaluation import Summary
from specquant.report.answers import amounts, main_method
from specquant.report.figures.style import ACCENT, INK, MODEL, grid, method_colours, percent_axes, styled
from specquant.report.results import SampleResult

_MARKERS = "so^v"
"""Marks of the methods after the first; further ones are not drawn."""


@styled
def composition_figure(sample: SampleResult) -> Figure:
    """Draw the first method's answer as bars with their 90 % intervals, the other methods and the truth as marks."""
    listed = amounts(sample)
    figure = Figure(figsize=(4.3, 0.95 + 0.28 * max(len(listed), 1)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(listed))
    percent = 100 * np.array([amount.fraction for amount in listed])
    axes.barh(rows, percent, height=0.62, color=MODEL, alpha=0.85, label=main_method(sample))
    below = np.clip(percent - 100 * np.array([amount.lower for amount in listed]), 0, None)
    above = np.clip(100 * np.array([amount.upper for amount in listed]) - percent, 0, None)
    if np.isfinite(below).any():
        axes.errorbar(percent, rows, xerr=[below, above], fmt="none", ecolor=INK, elinewidth=1, capsize=3)
    others = list(sample.compositions)[1:]
    for method, marker in zip(others, _MARKERS, strict=False):
        values = [100 * amount.others[method] for amount in listed]
        axes.plot(values, rows, marker, ms=4.5, mfc="white", mec=INK, mew=1, ls="none", label=method)
    if sample.truth is not None:
        values = [100 * (amount.truth or 0.0) for amount in listed]
        axes.plot(values, rows, "D", ms=5, mfc=ACCENT, mec="white", mew=0.7, ls="none", label="true")
    axes.set_yticks(rows, [amount.element for amount in listed], fontsize=10)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, None)
    grid(axes, "x")
    axes.set_xlabel("Atomic fraction (at%)")
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda index: labels[index] != main_method(sample))
    chosen = [handles[index] for index in order], [labels[index] for index in order]
    figure.legend(
        *chosen, loc="outside upper left", ncols=4, fontsize=8, handletextpad=0.3, columnspacing=0.9, handlelength=1.4
    )
    return figure


@styled
def accuracy_figure(accuracy: Mapping[str, Mapping[str, Summary]]) -> Figure:
    """Draw the accuracy of every method as one bar per recipe."""
    methods = list(dict.fromkeys(name for summaries in accuracy.values() for name in summaries))
    colours = method_colours(methods)
    bars = sum(len(summaries) for summaries in accuracy.values())
    figure = Figure(figsize=(5.6, 0.8 + 0.27 * bars + 0.25 * len(accuracy)), layout="constrained")
    axes = figure.subplots()
    height, ticks = 0.0, []
    for summaries in accuracy.values():
        first = height
        for method, summary in summaries.items():
            percent = 100 * summary.accuracy
            axes.barh(height, percent, height=0.82, color=colours[method])
            axes.text(percent + 0.8, height, f"{method}  {percent:.1f}", va="center", fontsize=8.5)
            height += 1
        ticks.append((first + height - 1) / 2)
        height += 0.8
    percent_axes(axes, ticks, list(accuracy), 9.5, "Accuracy (%)")
    return figure
