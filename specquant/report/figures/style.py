"""How every figure looks: fonts, colours, lines and ticks."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, wraps
from typing import Any, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

INK, SOFT, FAINT = "#1f2933", "#6b7480", "#d5dae0"
ACCENT = "#d55e00"
UNSEEN = "#eceef1"
MODEL = "#1f5fa8"
"""Colours by what they are for: text and lines, what recedes, what stands out, unmeasured channels, the model."""

_ELEMENTS = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5c00", "#5b4b8a", "#8a8f98")
_METHODS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#8a8f98")
"""Palettes of elements, as in ``spectrum.js``, and of methods: after Okabe and Ito, which everybody can tell apart."""

_RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.0,
    "text.color": INK,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.hashsalt": "specquant",
    "svg.fonttype": "path",
}
_NOT_LOOKS = ("backend", "date.epoch", "interactive", "savefig.directory", "timezone", "tk.", "toolbar", "webagg.")
"""Beginnings of the names of matplotlib's settings that are of a person's desk, not of how a figure looks."""


Parameters = ParamSpec("Parameters")


def styled(draw: Callable[Parameters, Figure]) -> Callable[Parameters, Figure]:
    """Make a drawing function work under the house style, whatever the caller's matplotlib settings are."""

    @wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Figure:
        with style():
            return draw(*args, **kwargs)

    return drawn


def style() -> AbstractContextManager[None]:
    """Return the context in which figures are drawn and saved."""
    return mpl.rc_context({**_defaults(), **_RC})


@cache
def _defaults() -> dict[Any, Any]:
    """Return matplotlib's own settings of how figures look; those of a person or folder do not count."""
    return {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(_NOT_LOOKS)}


def element_colours(elements: Sequence[str]) -> dict[str, str]:
    """Return one colour per element; those past the palette share a grey."""
    return {symbol: _ELEMENTS[row] if row < len(_ELEMENTS) else SOFT for row, symbol in enumerate(elements)}


def method_colours(methods: Sequence[str]) -> Mapping[str, str]:
    """Return one colour per method, the first one strong."""
    return {name: _METHODS[min(row, len(_METHODS) - 1)] for row, name in enumerate(methods)}


def percent_axes(axes: Axes, heights: Sequence[float], names: Sequence[str], size: float, title: str) -> None:
    """Make the axes those of bars in per cent, named at `heights`, with room for a number beside each."""
    axes.set_yticks(heights, names, fontsize=size)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, 128)
    axes.set_xticks(range(0, 101, 20))
    grid(axes, "x")
    axes.set_xlabel(title)


def grid(axes: Axes, axis: Literal["x", "y"], width: float = 0.6) -> None:
    """Draw faint lines at the ticks of one axis, below everything else."""
    axes.grid(axis=axis, color=FAINT, lw=width)
    axes.set_axisbelow(True)


def root_scale(axes: Axes) -> None:
    """Draw counts on a square-root scale, on which noise is equally high everywhere."""
    axes.set_yscale("function", functions=(lambda y: np.sqrt(np.clip(y, 0, None)), np.square))


def thousands() -> FuncFormatter:
    """Return a tick formatter that parts thousands with a thin space."""
    return FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", "\u2009"))
