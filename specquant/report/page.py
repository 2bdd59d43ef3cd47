"""Pages from parts, with figures and our own script inside."""

import base64
import html
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from specquant.markup import Html, element, facts, folded, joined, listed, paragraph, safe, table
from specquant.report.figures.embedding import data_uri
from specquant.report.interactive import script, stylesheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Html",
    "element",
    "facts",
    "figures_here",
    "folded",
    "joined",
    "listed",
    "page",
    "paragraph",
    "picture",
    "safe",
    "section",
    "table",
    "verdict",
]


def picture(figure: "Figure", alt: str, caption: object = "", raster: bool = False, small: bool = False) -> Html:
    """Return a figure inside the page, on white."""
    source = html.escape(data_uri(figure, raster))
    image = Html(f'<div class="sheet"><img src="{source}" alt="{safe(alt)}"></div>')
    below = element("figcaption", caption) if caption else ""
    return element("figure", image, below, class_="small" if small else "wide")


def verdict(good: bool, text: str = "", bad: str = "bad") -> Html:
    """Return yes or no, or another text, in the colour of what is good or of the class `bad`."""
    return element("span", text or ("yes" if good else "no"), class_="good" if good else bad)


def section(title: object, *parts: object, anchor: str) -> Html:
    """Return a part of the page under its heading."""
    return element("section", element("h2", title), "\n", joined(*parts), id=anchor)


@cache
def _stylesheet() -> str:
    """Return the look of pages, for screen, phone, dark rooms and paper."""
    ours = files("specquant.report").joinpath("page.css").read_text(encoding="utf-8")
    return f"\n{stylesheet()}\n{ours}"


@cache
def _script() -> str:
    """Return what makes figures interactive once the page is there."""
    return f"\n{script()}\nspecquantFigures();\n"


def figures_here() -> Html:
    """Return style and script of figures, for a page of others: ``specquantFigures()`` draws those that are there."""
    return Html(f"<style>{stylesheet()}</style><script>{script()}</script>")


@cache
def _policy() -> str:
    """Return what a page may do: run our own script, show what it carries, and reach nothing."""
    digest = base64.b64encode(sha256(_script().encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def page(title: str, subtitle: object, sections: Sequence[Html], *remarks: str, above: object = "") -> str:
    """Return the whole page; below stands which version wrote it, and what else is remarked on all of it.

    `above` stands over the title.
    """
    footer = " ".join([f"Written by specquant {version('specquant')}.", *remarks])
    body = joined(
        element("header", above, element("h1", title), paragraph(subtitle, soft=True)),
        element("main", joined(*sections)),
        element("footer", paragraph(footer)),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">\n'
        f"<title>{safe(title)}</title>\n<style>{_stylesheet()}</style>\n</head>\n<body>\n{body}\n"
        f"<script>{_script()}</script>\n</body>\n</html>\n"
    )
