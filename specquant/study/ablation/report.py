"""The page of an ablation study: one table per kind of spectra, the greatest loss first."""

from collections.abc import Sequence
from pathlib import Path

from specquant.report import write_html
from specquant.report.page import Html, element, page, paragraph, section, table
from specquant.study.ablation.costs import Cost, measures, number, ordered
from specquant.study.ablation.ingredients import FULL
from specquant.technique import Technique

_ABOUT = (
    "Every row is the same network, trained as long, on spectra without one ingredient of the recipe, and scored on "
    "the same spectra with all of them. Difference: to the whole recipe, seed by seed; below zero, leaving the "
    "ingredient out costs. ±: standard deviation of one network over the seeds. What is smaller than that says nothing."
)


def write_page(listed: Sequence[Cost], technique: Technique, subtitle: str, command: str, path: Path) -> Path:
    """Write the page of an ablation study."""
    parts = [_section(measure, ordered(listed, measure)) for measure in measures(listed)]
    making = section("How this was made", paragraph(element("code", command)), anchor="making")
    sections = [section("How to read this", paragraph(_ABOUT), anchor="about"), *parts, making]
    text = page("What every ingredient is worth", f"{technique.title}, recipe {subtitle}", sections)
    return write_html(text, path)


def _section(measure: str, listed: Sequence[Cost]) -> Html:
    rows = [
        (
            cost.name,
            cost.title,
            number(cost.accuracy, cost.spread),
            number(cost.difference, cost.difference_spread, "+") if cost.name != FULL else "",
            cost.seeds,
        )
        for cost in listed
    ]
    head = ("Without", "", "Accuracy", "Difference", "Networks")
    styles = ("element", "", "number", "number", "number")
    return section(f"Accuracy: {measure}", table(head, rows, styles), anchor=measure.replace(" ", "-").replace(",", ""))
