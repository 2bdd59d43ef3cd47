"""What narrow scans say of one spectrum, as a part of the page."""

from collections.abc import Sequence

import numpy as np

from specquant.report.numbers import interval, percent
from specquant.report.page import Html, element, folded, joined, listed, table
from specquant.technique import LineArea, NarrowAnswer


def narrow_part(answer: NarrowAnswer | None, elements: Sequence[str]) -> Html:
    """Return the tables of a page; empty where there are no narrow scans."""
    if answer is None:
        return Html("")
    used = answer.used
    rows = [
        (
            elements[row],
            used.get(elements[row], ""),
            percent(answer.fraction[row]),
            interval(answer.lower[row], answer.upper[row]),
        )
        for row in answer.largest_first()
    ]
    head = ("Element", "Line", "narrow scans, at%", "90 % interval, at%")
    lines = [(line.scan, line.title, _span(line), _area(line), line.unused or "used") for line in answer.lines]
    return joined(
        element("h3", "Narrow scans"),
        table(head, rows, ("element", "", "number main", "number")) if rows else "",
        folded(
            f"The scans ({len(lines)}) and their areas",
            table(("Scan", "Line", "Background, eV", "Area", ""), lines, ("", "", "number", "number", "")),
            listed(answer.notes) if answer.notes else "",
        ),
    )


def _span(line: LineArea) -> str:
    return f"{line.low:.1f} to {line.high:.1f}"


def _area(line: LineArea) -> str:
    return f"{line.area:.4g} ± {line.error:.2g}" if np.isfinite(line.area) else ""
