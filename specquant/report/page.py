"""HTML from parts: text is escaped when it enters, and only what these functions return counts as HTML."""

import base64
import html
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

from matplotlib.figure import Figure

from specquant.report.figures.embedding import data_uri
from specquant.report.interactive import script, stylesheet
from specquant.terminal import shown


class Html(str):
    """Text that is HTML already; every other string is escaped on its way into a page."""

    __slots__ = ()


def safe(content: object) -> Html:
    """Return HTML as it is, and anything else as escaped text; signs that steer a reader's eye are shown instead."""
    return content if isinstance(content, Html) else Html(html.escape(_visible(content)))


def _visible(content: object) -> str:
    """Return text without anything that steers what shows it, line by line."""
    return "\n".join(map(shown, str(content).split("\n")))


def joined(*parts: object) -> Html:
    """Return parts after one another."""
    return Html("\n".join(safe(part) for part in parts))


def element(tag: str, *parts: object, **attributes: str) -> Html:
    """Return ``<tag ...>parts</tag>``; write the attribute ``class`` as `class_`."""
    pairs = ((name.rstrip("_").replace("_", "-"), html.escape(_visible(value))) for name, value in attributes.items())
    named = "".join(f' {name}="{value}"' for name, value in pairs)
    return Html(f"<{tag}{named}>{''.join(safe(part) for part in parts)}</{tag}>")


def paragraph(*parts: object, soft: bool = False) -> Html:
    """Return a paragraph; `soft` sets it smaller and paler."""
    return element("p", *parts, **({"class_": "soft"} if soft else {}))


def table(head: Sequence[object], rows: Sequence[Sequence[object]], styles: Sequence[str]) -> Html:
    """Return a table of cells: HTML as it is, all else as text.

    `styles` are the CSS classes of the columns, empty for none; ``number`` aligns right.
    """

    def row(tag: str, cells: Sequence[object]) -> Html:
        styled = zip(cells, styles, strict=True)
        return element("tr", *(element(tag, cell, **({"class_": name} if name else {})) for cell, name in styled))

    body = element("tbody", *(row("td", cells) for cells in rows))
    above = element("thead", row("th", head)) if any(head) else ""
    frame = {"class_": "scroll", "tabindex": "0", "role": "group", "aria_label": "Table"}
    return element("div", element("table", above, body), **frame)


def picture(figure: Figure, alt: str, caption: object = "", raster: bool = False, small: bool = False) -> Html:
    """Return a figure inside the page, on white."""
    source = html.escape(data_uri(figure, raster))
    image = Html(f'<div class="sheet"><img src="{source}" alt="{safe(alt)}"></div>')
    below = element("figcaption", caption) if caption else ""
    return element("figure", image, below, class_="small" if small else "wide")


def listed(items: Sequence[object]) -> Html:
    """Return a bulleted list in a box that catches the eye."""
    return element("div", element("ul", *(element("li", item) for item in items)), class_="notes")


def facts(rows: Sequence[tuple[object, object]]) -> Html:
    """Return names and what they stand for."""
    return element("dl", *(joined(element("dt", name), element("dd", value)) for name, value in rows))


def folded(title: object, *parts: object) -> Html:
    """Return a part that opens when its title is chosen; on paper it is open."""
    return element("details", element("summary", title), "\n", joined(*parts))


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
