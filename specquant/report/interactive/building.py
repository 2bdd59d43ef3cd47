"""From quantified spectra to the record of a figure."""

from collections.abc import Sequence
from dataclasses import replace

from specquant.quantifiers import Modelled
from specquant.report.answers import drawn_elements, model_title, seen_counts
from specquant.report.energyscale import EnergyScale
from specquant.report.interactive.record import Axis, Contribution, LineMark, Model, SpectrumFigure, Trace, Unexplained
from specquant.report.interactive.unexplained import unexplained_peaks
from specquant.report.lines import line_name
from specquant.report.results import SampleResult
from specquant.technique import EnergyAxis, Floats, Peak, Technique
from specquant.terminal import shown

_FAINTEST = 0.02
"""Strength of a line, relative to its element's strongest, below which it has no mark: chosen, nobody sees it."""

_MERGED_WITHIN = 0.006
"""Distance, relative to the width of the axis, up to which lines of one name are one: chosen, Kα and the lines of an
Auger group."""


def figure_of(sample: SampleResult, technique: Technique) -> SpectrumFigure:
    """Return the figure of one quantified spectrum: its fit, elements, lines, and the peaks that are not explained."""
    counts, elements = seen_counts(sample)[0], drawn_elements(sample)
    scale, modelled = EnergyScale(technique.axis), sample.modelled
    missed = [] if modelled is None else unexplained_peaks(modelled, counts, technique, elements)
    return SpectrumFigure(
        title=shown(sample.name),
        axis=axis_of(technique.axis),
        traces=(Trace(shown(sample.name), counts, None if modelled is None else _model(modelled, counts, elements)),),
        lines=line_marks(technique, elements, modelled),
        unexplained=tuple(Unexplained(scale.at(energy), errors, names) for energy, errors, names in missed),
    )


def overlay_of(samples: Sequence[SampleResult], technique: Technique, title: str = "") -> SpectrumFigure:
    """Return one figure of several spectra as measured, with the lines of all their elements; of one, with its fit.

    Raises
    ------
    IndexError
        If there is none.
    """
    first = figure_of(samples[0], technique)
    if len(samples) == 1:
        return replace(first, title=title or first.title)
    traces = tuple(Trace(shown(sample.name), seen_counts(sample)[0]) for sample in samples)
    elements = dict.fromkeys(symbol for sample in samples for symbol in drawn_elements(sample))
    return SpectrumFigure(title or first.title, first.axis, traces, line_marks(technique, tuple(elements)))


def axis_of(axis: EnergyAxis) -> Axis:
    """Return an axis as people read it."""
    scale = EnergyScale(axis)
    digits = len(scale.text(axis.start).split()[0].partition(".")[2])
    step = scale.at(axis.step)
    return Axis(axis.label, scale.unit, axis.descending, scale.at(axis.start), step, axis.size, digits)


def line_marks(technique: Technique, elements: Sequence[str], modelled: Modelled | None = None) -> tuple[LineMark, ...]:
    """Return the lines of elements, at the energies that a model has them at; near ones that share a name are one."""
    scale = EnergyScale(technique.axis)
    moved = {} if modelled is None else dict(zip(modelled.elements, modelled.moved.tolist(), strict=True))
    marks = []
    for element in elements:
        lines = _merged([peak for peak in technique.peaks if peak.element == element], technique.axis)
        highest = max((strength for _, _, strength in lines), default=1.0)
        marks += [
            LineMark(element, name, scale.at(energy + moved.get(element, 0.0)), strength / highest)
            for name, energy, strength in lines
            if strength >= _FAINTEST * highest
        ]
    return tuple(marks)


def _merged(peaks: Sequence[Peak], axis: EnergyAxis) -> list[tuple[str, float, float]]:
    """Return name, mean energy and strength of lines, the strongest first; near ones that share a name are one."""
    reach = _MERGED_WITHIN * (axis.stop - axis.start)
    rest, lines = sorted(peaks, key=lambda peak: -peak.intensity), []
    while rest:
        name, energy = line_name(rest[0]), rest[0].energy
        alike = [peak for peak in rest if line_name(peak) == name and abs(peak.energy - energy) <= reach]
        strength = sum(peak.intensity for peak in alike)
        lines.append((name, sum(peak.energy * peak.intensity for peak in alike) / strength, strength))
        rest = [peak for peak in rest if peak not in alike]
    return sorted(lines, key=lambda line: -line[2])


def _model(modelled: Modelled, counts: Floats, elements: Sequence[str]) -> Model:
    """Return a model with its elements in the order of the answer, and those that the answer does not show after."""
    rows = dict(zip(modelled.elements, modelled.parts, strict=True))
    order = [*(symbol for symbol in elements if symbol in rows), *(symbol for symbol in rows if symbol not in elements)]
    return Model(
        title=model_title(modelled),
        total=modelled.total,
        background=modelled.background,
        residual=modelled.residual(counts),
        parts=tuple(Contribution(symbol, rows[symbol]) for symbol in order),
    )
