"""Figures as bytes: inside a page, as SVG or PNG, whichever is smaller, or in a file."""

import base64
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from specquant.files import atomic_path
from specquant.report.figures.style import style

_DPI = 150
"""Resolution of PNG, dots per inch: sharp on a screen at the width of a page."""


def svg_bytes(figure: Figure) -> bytes:
    """Return the figure as SVG, the same for the same figure."""
    return _saved(figure, "svg", {"Date": None})


def pdf_bytes(figure: Figure) -> bytes:
    """Return the figure as PDF."""
    return _saved(figure, "pdf", {"CreationDate": None})


def png_bytes(figure: Figure, dpi: int = _DPI) -> bytes:
    """Return the figure as PNG."""
    return _saved(figure, "png", {"Software": None}, dpi)


def data_uri(figure: Figure, raster: bool = False) -> str:
    """Return the figure as a ``data:`` address: the smaller of SVG and PNG, or PNG where a raster is asked for."""
    png = png_bytes(figure)
    svg = b"" if raster else svg_bytes(figure)
    if raster or len(png) < len(svg):
        return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")


def save_figure(figure: Figure, path: Path) -> Path:
    """Write the figure to a file, as SVG or PDF where the name says so, else as PNG; never half."""
    drawn = {".svg": svg_bytes, ".pdf": pdf_bytes}.get(path.suffix.lower(), png_bytes)
    with atomic_path(path) as partial:
        partial.write_bytes(drawn(figure))
    return path


def _saved(figure: Figure, kind: str, metadata: dict[str, None], dpi: int = _DPI) -> bytes:
    stream = BytesIO()
    with style():
        figure.savefig(stream, format=kind, metadata=metadata, dpi=dpi, facecolor="white")
    return stream.getvalue()
