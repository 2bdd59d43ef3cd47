"""The interactive figure inside a page: one script and one stylesheet, and for each figure its data and its picture."""

import html
from functools import cache
from importlib.resources import files

from specquant.report.interactive.record import SpectrumFigure

_ROOM = "specquant.report.interactive"


@cache
def script() -> str:
    """Return the JavaScript of all figures: uPlot as published, and ours; it is needed once in a page."""
    library = files(_ROOM).joinpath("uplot/uPlot.iife.min.js").read_text(encoding="utf-8")
    return library + "\n" + files(_ROOM).joinpath("spectrum.js").read_text(encoding="utf-8")


@cache
def stylesheet() -> str:
    """Return the CSS of all figures."""
    library = files(_ROOM).joinpath("uplot/uPlot.min.css").read_text(encoding="utf-8")
    return library + "\n" + files(_ROOM).joinpath("spectrum.css").read_text(encoding="utf-8")


def figure_html(figure: SpectrumFigure, picture: str, alt: str, caption: str = "") -> str:
    """Return a figure for a page that has `script` and `stylesheet`: its data, and a picture where no script runs.

    Parameters
    ----------
    figure
        What is drawn.
    picture
        The same as a picture, a ``data:`` address.
    alt
        What the picture shows, as text.
    caption
        What stands under it, as text.
    """
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return (
        '<figure class="wide" data-specquant-figure>'
        f'<div class="sq-static sheet"><img src="{html.escape(picture)}" alt="{html.escape(alt)}"></div>'
        f'<script type="application/json">{figure.to_json()}</script>{below}</figure>'
    )
