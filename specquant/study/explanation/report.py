"""The page of an explanation: statements with yes and no, the map, the classes, every Feature Importance Spectrum."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from specquant.explainers import SHAPES, ProbedPosition, line_response, lines_at
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.importance import fis_figure, fis_grid_figure, map_figure
from specquant.report.numbers import UNKNOWN, percent
from specquant.report.page import (
    Html,
    element,
    facts,
    joined,
    listed,
    page,
    paragraph,
    picture,
    section,
    table,
    verdict,
)
from specquant.study.explanation.class_section import classes_section
from specquant.study.explanation.study import CLASSED_BY, Explanation
from specquant.technique import ProbeExample

_MOST = 0.5
"""Share of the models, or of the elements, above which a statement holds: more than half."""

_NEARBY = 10.0
"""Widths of the probe within which a maximum is taken to belong to a line; chosen."""

_MAP_CAPTION = (
    "A single Gaussian is moved along an otherwise empty spectrum; the colour is the fraction that each element gets, "
    "mean over the models. Marks are the strongest line of each element: where the colour leaves them, the model reads "
    "the element elsewhere."
)


def explanation_html(explanation: Explanation, command: str) -> str:
    """Return an explanation as one self-contained HTML page."""
    making = [("Command", element("code", command)), *(("Model", model.title) for model in explanation.models)]
    parts = [
        _statements(explanation),
        _reasons(explanation),
        section(
            "The map of all elements",
            picture(
                map_figure(explanation.means[CLASSED_BY], explanation.technique),
                "Map of all elements",
                _MAP_CAPTION,
                raster=True,
            ),
            anchor="map",
        ),
        classes_section(explanation),
        _spectra(explanation),
        section("How this was made", facts(making), anchor="making"),
    ]
    models = "models read" if len(explanation.models) > 1 else "model reads"
    title = f"Where the {models} each element"
    shown = [part for part in parts if part]
    return page(title, explanation.technique.title, shown, "Fractions are atomic percent.")


_Probed = dict[str, list[ProbedPosition]]
"""How each model reads a peak at one energy of a statement, by its shape."""


def _probed(explanation: Explanation, number: int) -> list[_Probed]:
    """Return the energies of one statement."""
    by_shape = {shape: [model.examples[shape][number].positions for model in explanation.models] for shape in SHAPES}
    energies = range(len(explanation.technique.examples[number].energies))
    return [{shape: [one[index] for one in of_models] for shape, of_models in by_shape.items()} for index in energies]


def _statements(explanation: Explanation) -> Html:
    parts, scale = [_diagonal(explanation)], EnergyScale(explanation.technique.axis)
    for number, stated in enumerate(explanation.technique.examples):
        holding = sum(model.examples[CLASSED_BY][number].holds for model in explanation.models)
        parts.append(_heading(holding, len(explanation.models), stated.statement))
        parts.append(_shapes("Probe at", [_row(stated, probed, scale) for probed in _probed(explanation, number)]))
    return section(
        "Statement by statement",
        paragraph(
            "What was claimed, and what the models make of a single peak of each shape. Decided with the Gaussian, for "
            "most of the models; of several models, the mean is shown, and the range in brackets."
        ),
        *parts,
        anchor="statements",
    )


def _diagonal(explanation: Explanation) -> Html:
    """Return whether the map is mostly a diagonal, by the highest response anywhere and at lines of the element."""
    shares = {shape: explanation.on_diagonal(shape) for shape in SHAPES}
    at_line = {shape: explanation.at_strongest(shape) for shape in SHAPES}
    near = {shape: explanation.offsets(shape, _NEARBY) for shape in SHAPES}
    offsets = ", ".join(
        f"{offset:+.0f}".replace("-", "\u2212") if share else UNKNOWN for share, offset in near[CLASSED_BY]
    )
    holding = sum(share > _MOST for share in shares[CLASSED_BY])
    rows = [
        ("all positions", "more than 50 %", *(_spread(shares[shape]) for shape in SHAPES), ""),
        ("its own lines", "", *(_spread(at_line[shape]) for shape in SHAPES), ""),
        ("all, nearby", "", *(_spread([share for share, _ in near[shape]]) for shape in SHAPES), ""),
    ]
    title = "Most elements respond most at their strongest line (the diagonal), within two widths of the probe"
    note = (
        f"Nearby: the response is highest within {_NEARBY:g} widths of the strongest line. Of these elements, the "
        f"median distance from the line to that place is, per model, {offsets} "
        f"{explanation.technique.axis.unit}: lines that training spectra mostly shift to one side can be read on that "
        "side."
    )
    return joined(
        _heading(holding, len(explanation.models), title),
        _shapes("Share of elements, %, of", rows),
        paragraph(note, soft=True),
    )


def _shapes(first: str, rows: Sequence[Sequence[object]]) -> Html:
    head = (first, "Has to be", *(f"{shape.title()}, %" for shape in SHAPES), "Read as, at%")
    return table(head, rows, ("line", "line", "number", "number", "number", ""))


def _row(stated: ProbeExample, probed: _Probed, scale: EnergyScale) -> tuple[object, ...]:
    positions = probed[CLASSED_BY]
    return (
        scale.text(positions[0].energy),
        _criterion(stated, positions[0]),
        *(_spread([one.reader_response for one in probed[shape]]) for shape in SHAPES),
        _winners(positions),
    )


def _criterion(stated: ProbeExample, position: ProbedPosition) -> str:
    if stated.least is None:
        return f"{position.reader} more than any other"
    return f"{position.reader} \u2265 {percent(stated.least, 0)} at%"


def _heading(holding: int, models: int, statement: str) -> Html:
    share = "" if models == 1 else f" ({holding} of {models})"
    good = holding > _MOST * models
    return element("h3", f"{statement}: ", verdict(good, f"{'yes' if good else 'no'}{share}"))


def _spread(values: Sequence[float]) -> str:
    """Return a mean in percent, with the range where there are several."""
    mean = percent(float(np.mean(values)))
    return mean if len(values) == 1 else f"{mean} ({percent(min(values))}\u2013{percent(max(values))})"


def _winners(positions: Sequence[ProbedPosition]) -> str:
    """Return what a peak is read as, most often named first, with the mean fraction."""
    count = Counter(position.winner for position in positions)
    return ", ".join(
        f"{symbol} {percent(float(np.mean([one.winner_response for one in positions if one.winner == symbol])))}"
        + ("" if len(positions) == 1 else f" ({times} of {len(positions)})")
        for symbol, times in count.most_common()
    )


def _reasons(explanation: Explanation) -> Html:
    """Return why statements fail: how a position is read, which lines lie there, where the element is read instead."""
    failed = [
        (stated, probed[CLASSED_BY])
        for number, stated in enumerate(explanation.technique.examples)
        for probed in _probed(explanation, number)
        if not all(position.holds for position in probed[CLASSED_BY])
    ]
    if not failed:
        return Html("")
    items = [_reason(explanation, stated, positions) for stated, positions in failed]
    symbols = [symbol for _, each in failed for symbol in (each[0].reader, *(position.winner for position in each))]
    drawn = list(dict.fromkeys(symbols))
    caption = "Mean over the models: where a single peak is read as the elements above, over the lines that they have."
    figure = fis_figure(explanation.means[CLASSED_BY], explanation.technique, drawn)
    return section(
        "Where the models disagree, and why",
        listed(list(dict.fromkeys(items))),
        picture(figure, f"Feature Importance Spectra of {', '.join(drawn)}", caption),
        anchor="reasons",
    )


def _reason(explanation: Explanation, stated: ProbeExample, positions: Sequence[ProbedPosition]) -> str:
    technique, scale = explanation.technique, EnergyScale(explanation.technique.axis)
    energy, reader = positions[0].energy, positions[0].reader
    width = float(explanation.means[CLASSED_BY].attrs["probe_width"])
    there = ", ".join(
        f"{line.peak.element} {scale.line(line.peak)} ({100 * line.height:.0f})"
        for line in lines_at(technique, energy, width)
    )
    criterion, winners = _criterion(stated, positions[0]), _winners(positions)
    near = [line_response(model.attributions[CLASSED_BY], reader, energy) for model in explanation.models]
    text = (
        f"{scale.text(energy)}, wanted {criterion}: read as {winners} at%, and as "
        f"{reader} {_spread([one.reader_response for one in positions])} at%; within two widths of the probe, as "
        f"{reader} up to {_spread(near)} at%. Lines there, by height of the pure elements (highest = 100): "
        f"{there or 'none'}."
    )
    best = [item.example.reading for item in explanation.classes if item.example.element == reader]
    for reading in best:
        text += f" Of its own lines, {reader} is read most at {scale.line(reading.best)}, "
        text += f"{percent(reading.best_response)} at%."
    return text


def _spectra(explanation: Explanation) -> Html:
    caption = (
        "The fraction (at%) that a single peak at each energy is read as, by the shape of the peak; mean over the "
        "models. The mark is the element's strongest line."
    )
    figure = fis_grid_figure(explanation.means, explanation.technique)
    return section(
        "Feature Importance Spectrum of every element",
        picture(figure, "Feature Importance Spectra of all elements", caption, raster=True),
        anchor="spectra",
    )
