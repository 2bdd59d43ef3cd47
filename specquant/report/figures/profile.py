"""The composition along a series: a line for each element, with the band of its 90 % intervals."""

from itertools import cycle

from matplotlib.figure import Figure

from specquant.report.figures.style import SOFT, element_colours, grid, styled
from specquant.series import Profile

_DASHES = ("-", "--", ":", "-.")
"""Lines of elements that share a colour."""


@styled
def profile_figure(profile: Profile) -> Figure:
    """Draw the atomic fractions of a profile against its coordinate."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    colours = element_colours(profile.elements)
    dashes = dict(zip((symbol for symbol in colours if colours[symbol] == SOFT), cycle(_DASHES), strict=False))
    measured = profile.fraction if profile.measured is None else profile.measured
    for column, symbol in enumerate(profile.elements):
        percent, lower, upper = (100 * values[:, column] for values in (profile.fraction, profile.lower, profile.upper))
        axes.fill_between(profile.at, lower, upper, color=colours[symbol], alpha=0.18, lw=0)
        (line,) = axes.plot(profile.at, percent, color=colours[symbol], label=symbol)
        axes.plot(profile.at, 100 * measured[:, column], "o", color=colours[symbol], ms=3.5)
        line.set(linestyle=dashes.get(symbol, "-"), linewidth=1.4)
    axes.set_xlabel(profile.title)
    axes.set_ylabel("Atomic fraction (at%)" if profile.measured is None else "Atomic fraction (at%), smoothed")
    if profile.measured is not None:
        axes.plot([], [], "o", color=SOFT, ms=3.5, label="not smoothed")
    axes.set_ylim(0, 100)
    grid(axes, "y")
    if profile.elements:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
