"""Several spectra on one axis: over each other, or as differences from the first."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from specquant.report.answers import seen_counts
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.style import INK, SOFT, element_colours, root_scale, styled, thousands
from specquant.report.results import SampleResult
from specquant.technique import Technique

_ROWS = 25
"""Spectra that a column of the legend names: as many as fit beside the figure."""


@styled
def overlay_figure(
    samples: Sequence[SampleResult], technique: Technique, difference: bool = False, alike: bool = False
) -> Figure:
    """Draw spectra over each other on a square-root scale, or what they have more than the first on a linear one.

    Parameters
    ----------
    samples
        Two spectra or more, under their names.
    technique
        The technique of the spectra.
    difference
        Whether differences are drawn.
    alike
        Whether all are scaled to the area of the first.
    """
    figure = Figure(figsize=(9.0, 4.6), layout="constrained")
    axes = figure.subplots()
    scale = EnergyScale(technique.axis)
    energy = scale.of(technique.axis.centres)
    every = [seen_counts(sample)[0] for sample in samples]
    if alike:
        every = [counts * np.nansum(every[0]) / max(np.nansum(counts), 1.0) for counts in every]
    names = [sample.name for sample in samples]
    if difference:
        every, names = [counts - every[0] for counts in every[1:]], [f"{name} less {names[0]}" for name in names[1:]]
    colours = element_colours(names[0 if difference else 1 :])
    for name, counts in zip(names, every, strict=True):
        axes.plot(energy, counts, color=colours.get(name, INK), lw=0.9, label=name)
    if difference:
        axes.axhline(0.0, color=SOFT, lw=0.6)
    else:
        root_scale(axes)
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(thousands())
    axes.set_ylabel("Counts less those of the first" if difference else "Counts (square-root scale)")
    scale.frame(axes)
    figure.legend(loc="outside right upper", ncols=-(-len(names) // _ROWS))
    return figure
