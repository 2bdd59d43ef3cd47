"""A map as a page to hand over: pictures, the mean, and every phase with its spectrum, fit and verdict."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from specquant.elements import weight_fractions
from specquant.maps.quantifying import MapResult
from specquant.maps.showing import summary_lines
from specquant.quantifiers import PRESENT_ABOVE
from specquant.session import HYBRID, Session
from specquant.session.samples import sample_results

if TYPE_CHECKING:
    from specquant.markup import Html
    from specquant.report import Heading

MOST_PHASES = 20
"""Phases that a page shows with their spectra, the largest first: chosen, so that a browser can open it."""


def map_html(result: MapResult, session: Session, heading: "Heading | None" = None) -> str:
    """Return a map as one self-contained HTML page.

    Parameters
    ----------
    result
        The map.
    session
        The session that it was quantified in.
    heading
        What stands above all.
    """
    from specquant.report.document import above, sample_part
    from specquant.report.page import element, folded, page, paragraph, section

    technique = session.technique
    parts = [section("The map", _mean(result), _phases(result), *_pictures(result), anchor="map")]
    methods = session.methods([HYBRID])
    answers = result.plan.answers[:MOST_PHASES]
    samples = [
        one for each in answers for one in sample_results(each, technique, session.shelf, methods, explained=False)
    ]
    parts += [sample_part(technique, sample, number, drawn=True) for number, sample in enumerate(samples, start=1)]
    if len(answers) < len(result.plan.answers):
        parts.append(paragraph(f"Only the first {MOST_PHASES} phases are drawn.", soft=True))
    summary = element("pre", "\n".join(summary_lines(result)))
    typed = paragraph(session.command) if session.command else ""
    parts.append(section("How this was made", folded("Summary, as it is printed", summary), typed, anchor="making"))
    return page("Elemental maps", f"{technique.title}: {result.name}", parts, above=above(heading))


def _mean(result: MapResult) -> "Html":
    """Return the mean composition of all pixels that are quantified."""
    from specquant.report.page import joined, paragraph, table

    summary = result.summary
    said = paragraph(
        f"{summary.pixels} pixels, {summary.quantified} of them quantified; {len(result.plan.phases)} phases."
    )
    if not summary.quantified:
        return said
    mean = summary.mean
    weight, above = weight_fractions(mean, result.symbols), summary.above / summary.quantified
    rows = [
        [result.symbols[index], _percent(mean[index]), _percent(weight[index]), _percent(above[index])]
        for index in summary.largest_first
    ]
    head = ["mean of the map", "at%", "wt%", "pixels with 1 at% or more, %"]
    return joined(said, table(head, rows, ["", "number", "number", "number"]))


def _pictures(result: MapResult) -> Iterator["Html"]:
    """Yield the pictures, those of phases and overlay first; nothing of a stack of maps."""
    if result.dataset["phase"].ndim > 2:
        return
    from specquant.maps.lines import is_line
    from specquant.maps.pictures import pictures
    from specquant.report.page import element, picture

    small = not is_line(result)
    drawn = {name: picture(figure, f"Map: {name}", raster=True, small=small) for name, figure in pictures(result)}
    for of_elements in (False, True):
        some = [drawn[name] for name in drawn if (name in result.symbols) == of_elements]
        yield element("div", *some, class_="beside")


def _phases(result: MapResult) -> "Html":
    """Return all phases as one table: share, verdict and composition."""
    from specquant.report.page import table

    shares = result.dataset["phase_share"].values
    fractions = result.dataset["phase_fraction"].values
    order = np.argsort(-np.nan_to_num(shares @ np.nan_to_num(fractions)), kind="stable")
    columns = [index for index in order if np.nanmax(fractions[:, index], initial=0.0) >= PRESENT_ABOVE]
    rows = [
        [
            number + 1,
            _percent(shares[number]),
            str(answer.judgements(HYBRID)[0].verdict),
            *(_percent(fractions[number, index]) for index in columns),
        ]
        for number, answer in enumerate(result.plan.answers)
    ]
    head = ["phase", "pixels, %", "verdict", *(f"{result.symbols[index]}, at%" for index in columns)]
    return table(head, rows, ["number", "number", "", *("number" for _ in columns)])


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if np.isfinite(share) else ""
