"""The parts of the page about the model: how good it is, where it looks, and how it was made."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import xarray as xr

from specquant.evaluation import Summary
from specquant.learning.card import ModelCard
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.bars import accuracy_figure
from specquant.report.figures.importance import fis_figure, map_figure
from specquant.report.numbers import UNKNOWN, duration, percent
from specquant.report.page import Html, element, facts, paragraph, picture, section, table, verdict
from specquant.report.results import RunResults
from specquant.technique import InstrumentParameter, Technique

if TYPE_CHECKING:
    from specquant.explainers import ExampleResult, Reading

_ACCURACY_COLUMNS = (
    *("Recipe", "Method", "Accuracy, %", "Mean error, at%", "wt%", "In the interval, %", "Missed", "Invented"),
    "Spectra",
)


def accuracy_section(technique: Technique, accuracy: Mapping[str, Mapping[str, Summary]]) -> Html:
    """Return how every method did on freshly drawn spectra."""
    rows = [
        _accuracy_row(recipe, method, summary)
        for recipe, summaries in accuracy.items()
        for method, summary in summaries.items()
    ]
    if not rows:
        nothing = paragraph("Accuracy was not measured in this run.")
        return section("How good the model is", nothing, anchor="accuracy")
    titles = [
        f"{name} ({technique.recipes[name].title[:1].lower()}{technique.recipes[name].title[1:]})"
        for name in accuracy
        if name in technique.recipes
    ]
    return section(
        "How good the model is",
        paragraph(
            "Every method quantified the same freshly drawn synthetic spectra, none of which the model saw in "
            "training. Accuracy is 1 \u2212 Σ|found \u2212 true| / 2 over all elements. Measured spectra differ from "
            "synthetic ones in ways that no recipe holds, so expect less on them."
        ),
        picture(accuracy_figure(accuracy), "Bar chart of the accuracy of every method for every recipe", small=True),
        table(_ACCURACY_COLUMNS, rows, ("", "element", *["number"] * (len(_ACCURACY_COLUMNS) - 2))),
        paragraph(
            "Mean error: mean absolute error of the elements that are there or were found; in wt%, of those that are "
            "there. In the interval: how often what is there, from 1 wt% on, lies within the 90 % interval. Missed and "
            "invented: elements per spectrum that are there but were not found, and that were found but are not there; "
            "found means 1 at%. " + (f"Recipes: {'; '.join(titles)}." if titles else ""),
            soft=True,
        ),
        anchor="accuracy",
    )


def _accuracy_row(recipe: str, method: str, summary: Summary) -> tuple[object, ...]:
    return (
        recipe,
        method,
        percent(summary.accuracy),
        percent(summary.mean_absolute_error, 2),
        percent(summary.weight_error, 2),
        percent(summary.coverage),
        f"{summary.missed_per_spectrum:.2f}",
        f"{summary.invented_per_spectrum:.2f}",
        summary.samples,
    )


def map_section(technique: Technique, attribution: xr.Dataset, readings: "tuple[Reading, ...]") -> Html:
    """Return the map of all elements: what a single peak is read as, wherever it stands."""
    on_line = sum(reading.at_strongest and reading.is_read for reading in readings)
    unread = sum(not reading.is_read for reading in readings)
    summary = f"{on_line} of {len(readings)} elements are read at their strongest line." if readings else ""
    if unread:
        summary += f" {unread} reach 1 at% at none of their lines: one peak is not enough for the model to name them."
    caption = (
        "A single peak is moved along an otherwise empty spectrum; the colour is the fraction that the model gives "
        "each element. Marks are the strongest line of each element in the peak table. On the marked diagonal an "
        "element is read at its strongest line; where the colour leaves it, at a weaker one."
    )
    alt = "Map of predicted fraction by probe energy and element"
    drawn = picture(map_figure(attribution, technique), alt, caption, raster=True)
    return section("Where the model looks", paragraph(summary) if summary else "", drawn, anchor="map")


def examples_section(technique: Technique, examples: "tuple[ExampleResult, ...]", attribution: xr.Dataset) -> Html:
    """Return the technique's statements on single elements, each with what the probe says."""
    if not examples:
        nothing = paragraph("This technique names no examples.")
        return section("Worked examples", nothing, anchor="examples")
    scale = EnergyScale(technique.axis)
    rows = [
        (
            example.statement if position is example.positions[0] else "",
            scale.text(position.energy),
            f"{example.element} {percent(position.response)}",
            f"{position.winner} {percent(position.winner_response)}",
            verdict(position.holds, "" if position.holds else f"no, as {position.winner}", bad="soft"),
        )
        for example in examples
        for position in example.positions
    ]
    head = ("Statement", "Probe at", "Predicted, at%", "Highest, at%", "As stated?")
    symbols = list(dict.fromkeys(example.element for example in examples))
    caption = (
        "Feature Importance Spectrum of each element: the fraction predicted for a single peak at each energy, over "
        "the lines that the peak table gives the element."
    )
    return section(
        "Worked examples",
        paragraph("Each statement, and what the model makes of a single peak at the energies that it names."),
        table(head, rows, ("", "number", "number", "number", "")),
        picture(fis_figure(attribution, technique, symbols), f"Response of {', '.join(symbols)} by energy", caption),
        anchor="examples",
    )


def readings_section(technique: Technique, readings: "tuple[Reading, ...]") -> Html:
    """Return the table of where each element is read, elements off their strongest line marked."""
    if not readings:
        return section("Where each element is read", paragraph("Not measured in this run."), anchor="readings")
    scale = EnergyScale(technique.axis)
    rows = [
        (
            reading.element,
            scale.line(reading.strongest),
            scale.line(reading.best) if reading.is_read else UNKNOWN,
            percent(reading.best_response),
            verdict(reading.at_strongest, bad="soft") if reading.is_read else verdict(False, "not read"),
            f"{scale.text(reading.maximum.energy)} ({percent(reading.maximum.response)})",
            "" if reading.maximum_at_own_line else "none of its lines there",
        )
        for reading in readings
    ]
    head = ("Element", "Strongest line", "Read at", "There, at%", "Strongest?", "Highest anywhere, at%", "")
    return section(
        "Where each element is read",
        paragraph(
            "For each element its strongest line in the peak table, and the one of its lines at which a single peak is "
            "read most as the element. An empty spectrum with one peak has to be read as something: the highest "
            "response may therefore lie where the element has no line."
        ),
        table(head, rows, ("element", "line", "line", "number", "", "number", "soft")),
        anchor="readings",
    )


def making_section(results: RunResults) -> Html:
    """Return model card, command, versions and timings."""
    times = [(stage, duration(seconds)) for stage, seconds in results.seconds.items()]
    spent = table(("Stage", "Time"), times, ("", "number")) if times else paragraph("No times were taken.", soft=True)
    return section(
        "How this was made",
        provenance(results.technique, results.command, results.card),
        element("h3", "Time"),
        spent,
        anchor="making",
    )


def provenance(technique: Technique, command: str, card: ModelCard | None) -> Html:
    """Return command, versions and, if a model was used, its card, as a table."""
    rows: list[tuple[object, object]] = [
        ("Command", element("code", command)),
        ("Technique", f"{technique.title} ({technique.name})"),
        ("specquant", version("specquant")),
    ]
    if card is None:
        return facts([*rows, ("Model", "none: no network was asked")])
    known = [parameter for parameter in technique.parameters if parameter.name in card.ranges]
    parameters = ", ".join(_trained(parameter, card.ranges[parameter.name]) for parameter in known) or "none"
    settings = ", ".join(f"{name} {value}" for name, value in card.settings.items()) or "defaults"
    start, stop, step = card.axis
    rows += [
        ("Model", card.title),
        ("Content of the model file", f"SHA-256 {card.fingerprint}" if card.sha256 else "not written to a file"),
        ("Elements", f"{len(card.elements)}: {' '.join(card.elements)}"),
        *_seen(card),
        ("Energy axis", f"{start:g} to {stop:g} {technique.axis.unit} in {step:g} {technique.axis.unit} steps"),
        ("Accuracy in validation", f"{percent(card.validation_accuracy, 2)} % on its own recipe"),
        ("Instrument parameters in training", parameters),
        ("Network settings", settings),
        ("Trained by", f"specquant {card.specquant_version or 'of unknown version'}"),
        ("Training command", element("code", card.command or "not recorded")),
    ]
    return facts(rows)


def _seen(card: ModelCard) -> list[tuple[object, object]]:
    """Return which elements were in the training spectra, where that is not all of those that the model has."""
    if card.seen and set(card.seen) == set(card.elements):
        return []
    return [("Trained to see", f"{len(card.seen)}: {' '.join(card.seen)}" if card.seen else "not recorded")]


def _trained(parameter: InstrumentParameter, values: Sequence[float]) -> str:
    between = " or " if parameter.rendered else " to "
    shown = between.join(
        f"{value:.{0 if abs(value) >= 100 else 3}{'f' if abs(value) >= 100 else 'g'}}" for value in values
    )
    return f"{parameter.name} {shown} {parameter.unit}".strip()
