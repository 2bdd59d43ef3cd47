"""HTML from parts: text is escaped when it enters, and only what these functions return counts as HTML."""

import html
from collections.abc import Mapping, Sequence

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


def listed(items: Sequence[object]) -> Html:
    """Return a bulleted list in a box that catches the eye."""
    return element("div", element("ul", *(element("li", item) for item in items)), class_="notes")


def facts(rows: Sequence[tuple[object, object]]) -> Html:
    """Return names and what they stand for."""
    return element("dl", *(joined(element("dt", name), element("dd", value)) for name, value in rows))


def folded(title: object, *parts: object) -> Html:
    """Return a part that opens when its title is chosen; on paper it is open."""
    return element("details", element("summary", title), "\n", joined(*parts))


def card(title: object, rows: Sequence[tuple[object, object]], *parts: object) -> str:
    """Return what a notebook shows of a record: its title, what there is to say of it, and further parts.

    Values that are mappings are lists of their own.
    """
    named = [(name, facts(list(value.items())) if isinstance(value, Mapping) else value) for name, value in rows]
    return element("div", element("h4", title), facts(named), *parts)
