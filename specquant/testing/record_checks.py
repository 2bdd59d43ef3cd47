"""Checks of the record: facts that are right by themselves, and those that look like a slip."""

import json
import re

import numpy as np

from specquant.discovery import load_plugin
from specquant.technique import MAIN, Technique
from specquant.testing.registry import Failed, Inapplicable, check, require, require_unique
from specquant.testing.subject import Subject
from specquant.validation import validate_technique

_WRONG_SUM = 0.02
"""By how much intensities of a main group may miss 1: rounding of tables to two digits."""

_WIDEST = 0.2
"""Share of the axis from which on a line is too wide to be one: the widest of XRF, EDS and XPS has 0.016. Chosen."""

_NO_ENERGY = re.compile(r"wave|lambda|m/z|mass|time|angle|frequenc", re.I)
"""Words of labels of axes that cannot be in eV."""

_SHORT_AXIS = 30.0
"""eV below which an axis looks as if it was meant in keV, or in nm: no technique of the core ends as low. Chosen."""


@check()
def technique_is_valid(subject: Subject) -> None:
    """The record passes the core's own validation."""
    validate_technique(subject.plugin.technique)


@check()
def name_can_be_typed(subject: Subject) -> None:
    """The name can be typed after ``--technique`` without quotes."""
    name = subject.plugin.technique.name
    require(re.fullmatch("[a-z0-9_-]+", name), f"{name!r} is not a plain word of small letters, digits, - and _")


@check("technique_is_valid")
def loading_twice_gives_the_same(subject: Subject) -> None:
    """The record is a value: a second call of the hook gives an equal one."""
    again = load_plugin(subject.plugin.technique.name).technique
    differing = [name for name, value in vars(again).items() if value != getattr(subject.plugin.technique, name)]
    require(not differing, f"technique differs from call to call: {', '.join(differing)}")


@check()
def parameters_and_readers_are_named_once(subject: Subject) -> None:
    """No two parameters, readers or recipes share a name."""
    technique = subject.plugin.technique
    require_unique("parameters", [parameter.name for parameter in technique.parameters])
    require_unique("readers", [reader.name for reader in subject.plugin.readers])
    require_unique("titles of recipes", [recipe.title for recipe in technique.recipes.values()])


@check("technique_is_valid")
def every_element_has_a_line_on_the_axis(subject: Subject) -> None:
    """Every element has a line that can be measured, to label and to explain it by."""
    technique = subject.plugin.technique
    for symbol in technique.elements:
        lines = [peak.energy for peak in technique.peaks if peak.element == symbol]
        require(lines, f"{symbol} has no line in the peak table")
        inside = [energy for energy in lines if technique.axis.start <= energy <= technique.axis.stop]
        require(inside, f"no line of {symbol} lies on the axis: {lines}")


@check("technique_is_valid", "every_element_has_a_line_on_the_axis")
def main_lines_sum_to_one(subject: Subject) -> None:
    """Intensities are relative to the group ``main``, or else to one of the groups, as sensitivity factors mean it."""
    for symbol in subject.plugin.technique.elements:
        group, total = main_group(subject.plugin.technique, symbol)
        hint = "; are they in per cent?" if 80.0 < total < 120.0 else ""
        require(abs(total - 1) < _WRONG_SUM, f"group {group} of {symbol} sums to {total:.3f}{hint}")


@check("technique_is_valid")
def examples_lie_on_the_axis(subject: Subject) -> None:
    """Worked examples can be probed."""
    axis = subject.plugin.technique.axis
    for example in subject.plugin.technique.examples:
        outside = [energy for energy in example.energies if not axis.start <= energy <= axis.stop]
        require(not outside, f"{example.statement!r} is about {outside}, the axis is {axis.span}")


@check("technique_is_valid")
def chemical_shifts_fit_the_margin(subject: Subject) -> None:
    """A chemical shift moves in nothing that was not rendered."""
    margin = subject.plugin.technique.margin
    for symbol, (low, high) in subject.plugin.technique.chemical_shift.items():
        require(max(-low, high) <= margin, f"{symbol} moves by {max(-low, high):g}, the margin is {margin:g}")


@check("technique_is_valid")
def defaults_can_be_written(subject: Subject) -> None:
    """Defaults of parameters go into model cards and attributes, so they are plain numbers."""
    try:
        json.dumps(subject.plugin.technique.defaults(), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Failed(f"a default cannot be written: {error}; give plain int or float") from error


@check("technique_is_valid", advice=True)
def unit_of_the_axis_is_plausible(subject: Subject) -> None:
    """An axis in eV that ends very low, or is called a wavelength, was meant in another unit, mostly."""
    axis = subject.plugin.technique.axis
    if axis.unit != "eV":
        raise Inapplicable(f"the axis is in {axis.unit}")
    require(
        not _NO_ENERGY.search(axis.label), f"the axis is called {axis.label!r} and is in eV: give EnergyAxis(unit=...)"
    )
    require(axis.stop > _SHORT_AXIS, f"the axis is {axis.span}: if it is in keV or nm, give EnergyAxis(unit=...)")


@check("technique_is_valid", advice=True)
def lines_are_wider_than_a_channel(subject: Subject) -> None:
    """A line narrower than a channel lies in one channel, whatever its energy is."""
    technique = subject.plugin.technique
    if technique.response is not None:
        raise Inapplicable("the response widens lines")
    narrow = [peak for peak in technique.peaks if peak.width < technique.axis.step]
    shown = ", ".join(f"{peak.label} {technique.axis.text(peak.width)}" for peak in narrow[:3])
    require(not narrow, f"{len(narrow)} lines are narrower than a channel of {technique.axis.step:g}: {shown}")


@check("technique_is_valid", advice=True)
def lines_are_narrower_than_the_axis(subject: Subject) -> None:
    """A line that is as wide as the axis has its width in another unit, mostly."""
    technique = subject.plugin.technique
    axis = technique.axis
    wide = [peak for peak in technique.peaks if peak.width > _WIDEST * (axis.stop - axis.start)]
    shown = ", ".join(f"{peak.label} {axis.text(peak.width)}" for peak in wide[:3])
    require(
        not wide, f"{len(wide)} lines are very wide on an axis of {axis.span}: {shown}; are widths in another unit?"
    )


@check("technique_is_valid", advice=True)
def sensitivities_are_of_one_unit(subject: Subject) -> None:
    """Sensitivity factors that differ a million times are of different units, mostly."""
    factors = np.array(list(subject.plugin.technique.sensitivity.values()))
    require(factors.max() < 1e6 * factors.min(), f"they reach from {factors.min():g} to {factors.max():g}")


def main_group(technique: Technique, symbol: str) -> tuple[str, float]:
    """Return the group of an element that sums to 1, or nearest to it, and its sum."""
    sums: dict[str, float] = {}
    for peak in technique.peaks:
        if peak.element == symbol:
            sums[peak.group] = sums.get(peak.group, 0.0) + peak.intensity
    group = MAIN if MAIN in sums else min(sums, key=lambda name: abs(sums[name] - 1))
    return group, sums[group]
