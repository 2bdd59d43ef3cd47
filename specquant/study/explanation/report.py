"""The page of an explanation: statements with yes and no, the map, the classes, every Feature Importance Spectrum."""

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import numpy as np

from specquant.explainers import ENOUGH, FREE, RULES, SHAPES, AgreedClass, ProbedPosition, line_response, lines_at
from specquant.report.figures import fis_figure, fis_grid_figure, map_figure, periodic_figure
from specquant.report.figures.style import EnergyScale
from specquant.report.numbers import UNKNOWN, percent
from specquant.report.page import Html, element, joined, listed, page, paragraph, picture, section, table
from specquant.study.explanation.study import Explanation
from specquant.technique import Peak, ProbeExample

_SHAPE = SHAPES[0]
_MOST = 0.5
_NEARBY = 10.0
_MAP_CAPTION = (
    "A single Gaussian is moved along an otherwise empty spectrum; the colour is the fraction that each element gets, "
    "mean over the models. Marks are the strongest line of each element: where the colour leaves them, the model reads "
    "the element elsewhere."
)
_CLASSES = (
    f"An element's line is enough where a single peak there is read as at least {100 * ENOUGH:.0f} at% of it. Overlap "
    "is the height of the highest other pure element at the strongest line, relative to the element's own; below "
    f"{FREE:g} the line is free. Class 1: the strongest line is enough, and free. 2: it is enough, and not free. 3: it "
    "is not enough, but a weaker line is. 4: no single line is enough. Together: what the element gets when all its "
    "lines are there. Agree: the share of the models that give this class. Elements that a model does not know are "
    "left out."
)


def explanation_html(found: Explanation, command: str) -> str:
    """Return what was found as one self-contained HTML page.

    Parameters
    ----------
    found
        What `explain_models` gives.
    command
        What was typed.
    """
    made = [("Command", element("code", command)), *(("Model", model.title) for model in found.models)]
    parts = [
        _statements(found),
        _reasons(found),
        section(
            "The map of all elements",
            picture(map_figure(found.means[_SHAPE], found.technique), "Map of all elements", _MAP_CAPTION, raster=True),
            anchor="map",
        ),
        _classes(found),
        _spectra(found),
        section("How this was made", table(("", ""), made, ("", "")), anchor="making"),
    ]
    title = "Where the models read each element" if len(found.models) > 1 else "Where the model reads each element"
    footer = f"Written by specquant {version('specquant')}. Fractions are atomic percent."
    return page(title, found.technique.title, [part for part in parts if part], footer)


def _statements(found: Explanation) -> Html:
    parts = [_diagonal(found)]
    for number, stated in enumerate(found.technique.examples):
        held = sum(model.examples[_SHAPE][number].holds for model in found.models)
        parts.append(_heading(held, len(found.models), stated.statement))
        parts.append(_shapes("Probe at", [_row(found, number, place) for place in range(len(stated.energies))]))
    return section(
        "Statement by statement",
        paragraph(
            "What was claimed, and what the models make of a single peak of each shape. Decided with the Gaussian, for "
            "most of the models; of several models, the mean is shown, and the range in brackets."
        ),
        *parts,
        anchor="statements",
    )


def _diagonal(found: Explanation) -> Html:
    """Return whether the map is mostly a diagonal, by the highest response anywhere and at lines of the element."""
    shares = {shape: found.on_diagonal(shape) for shape in SHAPES}
    own = {shape: found.at_strongest(shape) for shape in SHAPES}
    near = {shape: found.offsets(shape, _NEARBY) for shape in SHAPES}
    moved = ", ".join(f"{offset:+.0f}".replace("-", "\u2212") if share else UNKNOWN for share, offset in near[_SHAPE])
    held = sum(share > _MOST for share in shares[_SHAPE])
    rows = [
        ("all positions", "more than 50 %", *(_spread(shares[shape]) for shape in SHAPES), ""),
        ("its own lines", "", *(_spread(own[shape]) for shape in SHAPES), ""),
        ("all, nearby", "", *(_spread([share for share, _ in near[shape]]) for shape in SHAPES), ""),
    ]
    title = "Most elements respond most at their strongest line (the diagonal), within two widths of the probe"
    note = (
        f"Nearby: the response is highest within {_NEARBY:g} widths of the strongest line. Of these elements, the "
        f"median distance from the line to that place is, per model, {moved} eV: lines that training spectra mostly "
        "shift to one side can be read on that side."
    )
    return joined(
        _heading(held, len(found.models), title), _shapes("Share of elements, %, of", rows), paragraph(note, soft=True)
    )


def _shapes(place: str, rows: Sequence[Sequence[object]]) -> Html:
    head = (place, "Has to be", *(f"{shape.title()}, %" for shape in SHAPES), "Read as, at%")
    return table(head, rows, ("line", "line", "number", "number", "number", ""))


def _row(found: Explanation, number: int, place: int) -> tuple[object, ...]:
    stated, scale = found.technique.examples[number], EnergyScale(found.technique.axis)
    by_shape = {shape: _positions(found, number, place, shape) for shape in SHAPES}
    return (
        scale.text(stated.energies[place]),
        _criterion(stated, by_shape[_SHAPE][0]),
        *(_spread([one.reader_response for one in by_shape[shape]]) for shape in SHAPES),
        _winners(by_shape[_SHAPE]),
    )


def _positions(found: Explanation, number: int, place: int, shape: str) -> list[ProbedPosition]:
    return [model.examples[shape][number].positions[place] for model in found.models]


def _criterion(stated: ProbeExample, position: ProbedPosition) -> str:
    if stated.least is None:
        return f"{position.reader} more than any other"
    return f"{position.reader} \u2265 {percent(stated.least, 0)} at%"


def _heading(held: int, models: int, statement: str) -> Html:
    share = "" if models == 1 else f" ({held} of {models})"
    good = held > _MOST * models
    verdict = element("span", f"{'yes' if good else 'no'}{share}", class_="good" if good else "bad")
    return element("h3", f"{statement}: ", verdict)


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


def _reasons(found: Explanation) -> Html:
    """Return why statements fail: who has the position, whose lines lie there, where the element is read instead."""
    failed = [
        (number, place)
        for number, stated in enumerate(found.technique.examples)
        for place in range(len(stated.energies))
        if not all(position.holds for position in _positions(found, number, place, _SHAPE))
    ]
    if not failed:
        return Html("")
    items, symbols = [], list[str]()
    for number, place in failed:
        positions = _positions(found, number, place, _SHAPE)
        items.append(_reason(found, found.technique.examples[number], positions))
        symbols += [positions[0].reader, *(one.winner for one in positions)]
    drawn = list(dict.fromkeys(symbols))
    caption = "Mean over the models: where a single peak is read as the elements above, over the lines that they have."
    figure = fis_figure(found.means[_SHAPE], found.technique, drawn)
    return section(
        "Where the models disagree, and why",
        listed(list(dict.fromkeys(items))),
        picture(figure, f"Feature Importance Spectra of {', '.join(drawn)}", caption),
        anchor="reasons",
    )


def _reason(found: Explanation, stated: ProbeExample, positions: Sequence[ProbedPosition]) -> str:
    technique, scale = found.technique, EnergyScale(found.technique.axis)
    energy, reader = positions[0].energy, positions[0].reader
    width = float(found.means[_SHAPE].attrs["probe_width_eV"])
    there = ", ".join(
        f"{line.peak.element} {_line(line.peak, scale)} ({100 * line.height:.0f})"
        for line in lines_at(technique, energy, width)
    )
    near = [line_response(model.attributions[_SHAPE], reader, energy) for model in found.models]
    text = (
        f"{scale.text(energy)}, wanted {_criterion(stated, positions[0])}: read as {_winners(positions)} at%, and as "
        f"{reader} {_spread([one.reader_response for one in positions])} at%; within two widths of the probe, as "
        f"{reader} up to {_spread(near)} at%. Lines there, by height of the pure elements (highest = 100): "
        f"{there or 'none'}."
    )
    best = [item.example.reading for item in found.classes if item.example.element == reader]
    for reading in best:
        text += f" Of its own lines, {reader} is read most at {_line(reading.best, scale)}, "
        text += f"{percent(reading.best_response)} at%."
    return text


def _classes(found: Explanation) -> Html:
    agreed = found.classes
    if not agreed:
        return Html("")
    figure = periodic_figure(
        {item.example.element: item.example.rule for item in agreed},
        {item.example.element: item.agreement for item in agreed},
        RULES,
    )
    head = (
        *("Element", "Class", "Strongest line: at%", "Its line read most: at%", "Overlap"),
        *("Strongest is read as, at%", "Together, at%", "Agree"),
    )
    styles = ("element", "number", "line", "line", "line", "line", "number", "number")
    scale = EnergyScale(found.technique.axis)
    return section(
        "The four classes",
        paragraph(_CLASSES),
        listed(list(_counts(found))),
        picture(figure, "Periodic table with the class of every element"),
        table(head, [_class_row(item, scale) for item in agreed], styles),
        anchor="classes",
    )


def _counts(found: Explanation) -> Iterator[str]:
    """Yield how many elements are in every class, how far the article's reasons hold, and how stable that is."""
    agreed = found.classes
    rules = Counter(item.example.rule for item in agreed)
    yield "; ".join(f"class {rule} ({title}): {rules[rule]}" for rule, title in RULES.items())
    second = [item.example for item in agreed if item.example.rule == 2]
    if second:
        yield f"Of class 2, {sum(item.highest for item in second)} of {len(second)} are the highest at the position."
    fourth = [item.example for item in agreed if item.example.rule == 4]
    if fourth:
        enough = sum(item.together >= ENOUGH for item in fourth)
        yield f"Of class 4, {enough} of {len(fourth)} are read once all their lines stand together."
    if len(found.models) > 1:
        mean = float(np.mean([item.agreement for item in agreed]))
        yield f"Of {len(found.models)} models, {percent(mean, 0)} % agree on an element's class (mean over elements)."


def _class_row(agreed: AgreedClass, scale: EnergyScale) -> tuple[object, ...]:
    item = agreed.example
    return (
        item.element,
        item.rule,
        f"{_line(item.reading.strongest, scale)}: {percent(item.reading.strongest_response)}",
        f"{_line(item.reading.best, scale)}: {percent(item.reading.best_response)}"
        if item.reading.is_read
        else UNKNOWN,
        f"{item.rival} {item.overlap:.2f}" if item.rival else UNKNOWN,
        f"{item.owner} {percent(item.owner_response)}",
        percent(item.together),
        f"{percent(agreed.agreement, 0)} %",
    )


def _line(peak: Peak, scale: EnergyScale) -> str:
    return f"{peak.label.removeprefix(f'{peak.element} ')}, {scale.text(peak.energy)}"


def _spectra(found: Explanation) -> Html:
    caption = (
        "The fraction (at%) that a single peak at each energy is read as, by the shape of the peak; mean over the "
        "models. The mark is the element's strongest line."
    )
    figure = fis_grid_figure(found.means, found.technique)
    return section(
        "Feature Importance Spectrum of every element",
        picture(figure, "Feature Importance Spectra of all elements", caption, raster=True),
        anchor="spectra",
    )
