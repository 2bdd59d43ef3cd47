"""HTML from parts: text is escaped when it enters, and only what these functions return counts as HTML."""

import html
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from matplotlib.figure import Figure

from specquant.report.figures.embedding import data_uri


class Html(str):
    """Text that is HTML already; every other string is escaped on its way into a page."""

    __slots__ = ()


def safe(content: object) -> Html:
    """Return HTML as it is, and anything else as escaped text."""
    return content if isinstance(content, Html) else Html(html.escape(str(content)))


def joined(*parts: object) -> Html:
    """Return parts after one another."""
    return Html("\n".join(safe(part) for part in parts))


def element(tag: str, *parts: object, **attributes: str) -> Html:
    """Return ``<tag ...>parts</tag>``; write the attribute ``class`` as `class_`."""
    named = "".join(f' {name.rstrip("_")}="{html.escape(value)}"' for name, value in attributes.items())
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
    return element("div", element("table", element("thead", row("th", head)), body), class_="scroll")


def picture(figure: Figure, alt: str, caption: object = "", raster: bool = False, small: bool = False) -> Html:
    """Return a figure inside the page, on white."""
    source = html.escape(data_uri(figure, raster))
    image = Html(f'<div class="sheet"><img src="{source}" alt="{html.escape(alt)}"></div>')
    below = element("figcaption", caption) if caption else ""
    return element("figure", image, below, class_="small" if small else "wide")


def listed(items: Sequence[object]) -> Html:
    """Return a bulleted list in a box that catches the eye."""
    return element("div", element("ul", *(element("li", item) for item in items)), class_="notes")


def facts(rows: Sequence[tuple[object, object]]) -> Html:
    """Return a table of names and values without a head."""
    return table(("", ""), rows, ("", ""))


def verdict(good: bool, text: str = "", bad: str = "bad") -> Html:
    """Return yes or no, or another text, in the colour of what is good or of the class `bad`."""
    return element("span", text or ("yes" if good else "no"), class_="good" if good else bad)


def section(title: object, *parts: object, anchor: str) -> Html:
    """Return a part of the page under its heading."""
    return element("section", element("h2", title), "\n", joined(*parts), id=anchor)


@cache
def _stylesheet() -> str:
    """Return the look of pages, for screen, phone, dark rooms and paper."""
    return "\n" + files("specquant.report").joinpath("page.css").read_text(encoding="utf-8")


def page(title: str, subtitle: object, sections: Sequence[Html], *remarks: str) -> str:
    """Return the whole page; below stands which version wrote it, and what else is remarked on all of it."""
    footer = " ".join([f"Written by specquant {version('specquant')}.", *remarks])
    body = joined(
        element("header", element("h1", title), paragraph(subtitle, soft=True)),
        element("main", joined(*sections)),
        element("footer", paragraph(footer)),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_stylesheet()}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
