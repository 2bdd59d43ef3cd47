"""What a method found on labelled spectra, beside the labels: one picture per group of materials."""

import re
from collections.abc import Sequence

from matplotlib.figure import Figure

from specquant.evaluation import Score
from specquant.report.figures.style import INK, percent_axes, styled

_PART = re.compile(r"([A-Z][a-z]?) ([0-9.]+)")
_COLOURS = (
    "#4477aa",
    "#ee6677",
    "#228833",
    "#ccbb44",
    "#66ccee",
    "#aa3377",
    "#999933",
    "#882255",
    "#44aa99",
    "#ddaa77",
    "#bbbbbb",
)
_SMALLEST_NAMED = 4.0


def group_of(score: Score) -> str:
    """Return the group of a spectrum: its class, and whether its material is an element or a compound."""
    kind = "elements" if len(parts(score.material)) == 1 else "compounds"
    return f"{score.reliability} {kind}".strip()


def parts(formula: str) -> dict[str, float]:
    """Return the at% of the elements that a formula like ``O 60.0 Fe 40.0`` names."""
    return {symbol: float(percent) for symbol, percent in _PART.findall(formula)}


@styled
def labelled_figure(scores: Sequence[Score]) -> Figure:
    """Draw one method's scores as pairs of bars: the label above, what was found below."""
    elements = list(dict.fromkeys(name for item in scores for name in (*parts(item.material), *parts(item.found))))
    colours = {name: _COLOURS[min(place, len(_COLOURS) - 1)] for place, name in enumerate(elements)}
    figure = Figure(figsize=(7.6, 0.7 + 0.44 * len(scores)), layout="constrained")
    axes = figure.subplots()
    for row, item in enumerate(scores):
        for offset, height, alpha, formula in ((-0.27, 0.2, 0.45, item.material), (0.1, 0.5, 1.0, item.found)):
            left = 0.0
            for symbol, percent in sorted(parts(formula).items(), key=lambda pair: -pair[1]):
                axes.barh(row + offset, percent, left=left, height=height, color=colours[symbol], alpha=alpha)
                if alpha == 1.0 and percent >= _SMALLEST_NAMED:
                    axes.text(left + percent / 2, row + offset, symbol, ha="center", va="center", fontsize=7.5)
                left += percent
        told = f"{item.accuracy:.3f}" + (f", axis {item.offset:+.1f} eV" if item.offset else "")
        axes.text(101, row + 0.1, told, va="center", fontsize=8, color=INK)
    names = [f"{item.sample[:34]} ({item.identity})" for item in scores]
    percent_axes(axes, range(len(scores)), names, 8, "at%: label (pale), found (full), and accuracy")
    return figure
