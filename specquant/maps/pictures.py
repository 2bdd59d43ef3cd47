"""Pictures of a map: every element with a scale bar, the phases, three elements in one; of a line scan, its profile."""

import re
from collections.abc import Iterator
from math import floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specquant.errors import SettingError
from specquant.files import make_folder
from specquant.maps.lines import is_line, profile_along
from specquant.maps.quantifying import MapResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_LARGEST = 1024
"""Pixels along the longer side of a picture at most: chosen, larger maps are thinned out."""

_SIZE = 5.0
"""Inches of the longer side of a picture."""

_FLAT = 8.0
"""Length of a picture over its width, at most: chosen, pixels of a map of few rows are drawn taller than wide."""

_BRIGHT = 99.5
"""Percentile of the pixels with an element that is the brightest colour: chosen, so that single ones do not darken the
rest."""

_LEAST = 0.002
"""Mean atomic fraction, or share of pixels with 1 at%, from which on an element has a picture: chosen."""

_ALIKE = 1e-4
"""Fraction by which phases differ at least: a hundredth of a per cent, far below any error."""

_BAR = 0.25
"""Share of the width that a scale bar has at most."""

_BACKING = 7.5
"""Height of what a scale bar stands on, with its text, over that of the bar."""

_COVERED = 0.25
"""Share of the shorter side of a picture that its height is at most: chosen."""

_STEPS = (5, 2, 1)
"""Lengths of scale bars, times a power of ten."""

THREE = ("#800080", "#008080", "#808000")
"""Colours of three elements in one picture, half of magenta, cyan and yellow, so that all three together are white: in
red, green and blue some of their mixtures look alike to the colour-blind."""

_NOTHING = "0.8"
"""Grey of pixels that are not quantified, as matplotlib writes it: lighter than any colour of few atoms."""


def write_pictures(result: MapResult, folder: Path, kind: str = "png") -> list[Path]:
    """Write all pictures of a map to a folder as PNG, or as SVG, and return their paths.

    Raises
    ------
    SettingError
        If the map has no rows and columns.
    OutputError
        If they cannot be written.
    """
    from specquant.report import save_figure

    make_folder(folder)
    names = ((re.sub(r"[^A-Za-z0-9-]", "-", name), figure) for name, figure in pictures(result))
    return [save_figure(figure, folder / f"{name}.{kind}") for name, figure in names]


def pictures(result: MapResult) -> "Iterator[tuple[str, Figure]]":
    """Yield every picture with its name."""
    dataset = result.dataset
    if is_line(result):
        from specquant.report.figures.profile import profile_figure

        yield "profile", profile_figure(profile_along(result))
        return
    if dataset["phase"].ndim != 2:
        dims = dataset["phase"].dims
        wanted, todo = "rows and columns", "Write .nc, and draw the maps of the stack one by one."
        raise SettingError("a stack of maps has no pictures", where=result.name, found=dims, wanted=wanted, todo=todo)
    thinned, _ = result.thinned(_LARGEST)
    spreads = {}
    for symbol in result.symbols:
        values = thinned["fraction"].sel(element=symbol).values
        if np.isfinite(values).any() and (np.nanmean(values) >= _LEAST or np.nanmean(values >= 0.01) >= _LEAST):
            spreads[symbol] = float(np.nanstd(values))
            yield symbol, _element(symbol, values, thinned)
    yield "phases", _phases(result, thinned)
    three = _telling_apart(dataset, spreads)
    if len(three) == 3:
        yield f"{'-'.join(three)}-overlay", _overlay(three, thinned)


def _telling_apart(dataset: Any, spreads: dict[str, float]) -> list[str]:
    """Return three of the elements with these spreads that tell most phases apart; where none does, the widest spread.

    Each is the one with most in phases that those before it do not show.
    """
    shares = np.sqrt(dataset["phase_share"].values)
    excess = dataset["phase_fraction"].sel(element=list(spreads)).transpose("element", ...).values
    excess = np.nan_to_num(excess - np.nanmin(excess, axis=1, keepdims=True)) * shares
    rest, three = excess.copy(), list[str]()
    for _ in range(min(3, len(spreads))):
        sizes = np.linalg.norm(rest, axis=1)
        order = sorted(spreads, key=lambda symbol: (-sizes[list(spreads).index(symbol)], -spreads[symbol]))
        if sizes.max() < _ALIKE:
            order.sort(key=lambda symbol: -spreads[symbol])
        three.append(next(symbol for symbol in order if symbol not in three))
        along = rest[list(spreads).index(three[-1])]
        along = along / max(float(np.linalg.norm(along)), _ALIKE)
        rest = rest - np.outer(rest @ along, along)
    return three


def _top(values: np.ndarray) -> float:
    """Return the fraction that the brightest colour of a picture stands for."""
    there = values[values > 0]
    return max(float(np.percentile(there, _BRIGHT)) if there.size else 0.0, 0.001)


def _tall(dataset: Any) -> float:
    """Return the height of a pixel over its width as it is drawn: 1, unless a map has few rows or few columns."""
    rows, columns = dataset["phase"].shape
    return float(max(1.0, columns / (_FLAT * rows)) / max(1.0, rows / (_FLAT * columns)))


def _figure(dataset: Any, title: str) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    rows, columns = dataset["phase"].shape
    height = rows * _tall(dataset)
    scale = _SIZE / max(height, columns)
    figure = Figure(figsize=(max(columns * scale, 2.5) + 1.2, max(height * scale, 1.5) + 0.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title if height == rows else f"{title} (pixels not drawn square)", loc="left", fontsize=11)
    axes.set_xticks([])
    axes.set_yticks([])
    return figure, axes


def _drawn(axes: "Axes", dataset: Any, values: np.ndarray, **colours: Any) -> "AxesImage":
    return axes.imshow(values, interpolation="nearest", aspect=_tall(dataset), **colours)


def _element(symbol: str, values: np.ndarray, dataset: Any) -> "Figure":
    figure, axes = _figure(dataset, symbol)
    top = _top(values)
    image = _drawn(axes, dataset, 100 * values, cmap="viridis", vmin=0, vmax=100 * top)
    axes.set_facecolor(_NOTHING)
    figure.colorbar(image, ax=axes, label="at%", shrink=0.8)
    _scale_bar(axes, dataset)
    return figure


def _phases(result: MapResult, dataset: Any) -> "Figure":
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    figure, axes = _figure(dataset, "phases")
    count = len(result.plan.phases)
    colours = _colours(count)
    labels = dataset["phase"].values.astype(float)
    labels[labels < 0] = np.nan
    _drawn(axes, dataset, labels, cmap=ListedColormap(colours), vmin=-0.5, vmax=count - 0.5)
    axes.set_facecolor(_NOTHING)
    patches = [Patch(color=colour, label=f"phase {number + 1}") for number, colour in enumerate(colours)]
    axes.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    _scale_bar(axes, dataset)
    return figure


def _colours(count: int) -> list[Any]:
    from matplotlib import colormaps

    few = [colormaps["tab10"](number) for number in range(10)]
    return few[:count] if count <= 10 else [colormaps["tab20b"](number / max(count - 1, 1)) for number in range(count)]


def _overlay(symbols: list[str], dataset: Any) -> "Figure":
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    figure, axes = _figure(dataset, "overlay")
    image, patches = np.zeros((*dataset["phase"].shape, 3)), []
    for symbol, colour in zip(symbols, THREE, strict=True):
        values = np.nan_to_num(dataset["fraction"].sel(element=symbol).values)
        top = _top(values)
        image += np.clip(values / top, 0.0, 1.0)[..., None] * to_rgb(colour)
        patches.append(Patch(color=colour, label=f"{symbol}, to {100 * top:.0f} at%"))
    image = np.clip(image, 0.0, 1.0)
    image[np.isnan(dataset["fraction"].values).any(axis=0)] = float(_NOTHING)
    _drawn(axes, dataset, image)
    axes.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    _scale_bar(axes, dataset)
    return figure


def _scale_bar(axes: "Axes", dataset: Any) -> None:
    """Draw a bar of a round length, in the unit of the pixels, or in pixels where none is known.

    It lies in the picture, or below one that it would cover much of.
    """
    from matplotlib.patches import Rectangle

    across = dataset["phase"].dims[1]
    rows, columns = dataset["phase"].shape
    positions = dataset[across].values if across in dataset.coords else np.arange(columns)
    step = float(positions[1] - positions[0]) if columns > 1 else 1.0
    unit = str(dataset[across].attrs.get("units", "")) if across in dataset.coords else ""
    longest = _BAR * columns * step
    power = 10.0 ** floor(log10(longest))
    length = next((each * power for each in _STEPS if each * power <= longest), power)
    tall = _tall(dataset)
    width, pad = length / step, max(rows * tall, columns) * 0.012
    high = pad / tall
    text = f"{length:g} {unit or 'pixels'}".replace("um", "\N{MICRO SIGN}m")
    left, right = columns * 0.04 - 0.5, columns * 0.04 - 0.5 + width  # the first pixel's middle is at 0
    if _BACKING * pad > _COVERED * min(rows * tall, columns):
        top = rows - 0.5 + high
        axes.add_patch(Rectangle((left, top), width, high, color="black", linewidth=0, clip_on=False))
        axes.text(right + pad, top + high / 2, text, va="center", fontsize=9)
        return
    top = rows * 0.95 - 0.5 - high
    size = (width + 2 * pad, _BACKING * high)
    axes.add_patch(Rectangle((left - pad, top - 5.5 * high), *size, color="black", alpha=0.45, linewidth=0))
    axes.add_patch(Rectangle((left, top), width, high, color="white", linewidth=0))
    axes.text(left + width / 2, top - high, text, color="white", ha="center", va="bottom", fontsize=9)
