"""Bars: the accuracy of every method."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from specquant.evaluation import Summary
from specquant.report.figures.style import method_colours, percent_axes, styled


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
