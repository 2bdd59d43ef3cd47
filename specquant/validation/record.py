"""The checks on the record that a plug-in hands over; every message names the field at fault."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from numbers import Real
from pathlib import Path
from typing import Any

from specquant.elements import ATOMIC_NUMBER
from specquant.errors import PluginError
from specquant.recipes.recipe import Recipe
from specquant.technique import DeclaredShift, EnergyAxis, InstrumentParameter, Peak, ProbeExample, Role, Technique
from specquant.validation.blame import CURE
from specquant.validation.draws import draw_problems
from specquant.validation.fits import fit_problems
from specquant.validation.problems import Problem, absent_weights, finite, positive, strangers, texts, within
from specquant.validation.recipes import recipe_problems
from specquant.validation.trust import example_problems, trust_problems
from specquant.validation.unstated import unstated_problems

_NEAR = 0.1
"""Share of the axis's length by which a line may lie outside it, where the margin is smaller; chosen to show slips."""

_FIELD_TYPES: tuple[tuple[str, type, str, type, str], ...] = (
    ("name", str, "text", object, ""),
    ("title", str, "text", object, ""),
    ("axis", EnergyAxis, "an EnergyAxis", object, ""),
    ("elements", tuple, "a tuple of symbols", str, "a symbol"),
    ("sensitivity", Mapping, "a mapping of symbol to number", object, ""),
    ("peaks", tuple, "a tuple of Peak", Peak, "a Peak"),
    ("default_recipe", str, "text", object, ""),
    ("recipes", Mapping, "a mapping of name to Recipe", Recipe, "a Recipe"),
    ("parameters", tuple, "a tuple of InstrumentParameter", InstrumentParameter, "an InstrumentParameter"),
    ("chemical_shift", Mapping, "a mapping of symbol to (low, high)", object, ""),
    ("margin", Real, "a number", object, ""),
    ("estimates", Mapping, "a mapping of parameter to function", object, ""),
    ("models", Mapping, "a mapping of name to Path", Path, "a pathlib.Path"),
    ("examples", tuple, "a tuple of ProbeExample", ProbeExample, "a ProbeExample"),
    ("compared", tuple, "a tuple of symbols", str, "a symbol"),
    ("shifts", tuple, "a tuple of DeclaredShift", DeclaredShift, "a DeclaredShift"),
    ("valences", Mapping, "a mapping of symbol to number", object, ""),
)
"""Field, its type and the type in words, the type of its members and that in words."""

_WORD = re.compile(r"[A-Za-z]\w*")
"""What can be typed before the = of ``--set NAME=VALUE``."""

_NAME = re.compile(r"\w[\w .+-]*")
"""What can be part of the name of a file; the kit looks whether it can be typed, too."""

_MOST_CHANNELS = 1 << 17
"""Channels of an axis, at most: 131 072, thirty times those of any analyser or detector, so that more is a slip."""

FUNCTIONS = ("render", "response", "distortion", "measure", "mixing", "orient", "narrow_scans")
"""Fields that hold a function or None."""


def validate_technique(technique: Technique, origin: str | None = None) -> None:
    """Check the content of a technique; `origin` is the plug-in's distribution and version, for the message.

    Raises
    ------
    PluginError
        At the first problem, naming the field.
    """
    for problem in find_problems(technique):
        raise PluginError(
            problem.what,
            where=f"technique.{problem.field}" if origin is None else f"{origin}: technique.{problem.field}",
            found=problem.found,
            wanted=problem.wanted,
            todo=CURE,
        )


def find_problems(technique: Technique) -> Iterator[Problem]:
    """Yield what is wrong with a technique, cheapest checks first.

    A later check may rely on an earlier one, so that only the first problem is certain to be one.
    """
    yield from _types(technique)
    yield from _elements(technique)
    yield from _sensitivity(technique)
    yield from _scalars(technique)
    yield from _peaks(technique)
    yield from _parameters(technique)
    yield from fit_problems(technique)
    if not technique.recipes:
        yield Problem("recipes", "there is none", "no recipe", "at least one recipe to train from")
    if technique.default_recipe and technique.default_recipe not in technique.recipes:
        wanted = f"one of {', '.join(technique.recipes)}, or '' for the first"
        yield Problem("default_recipe", "is not a recipe of the technique", repr(technique.default_recipe), wanted)
    for key, recipe in technique.recipes.items():
        yield from recipe_problems(technique, key, recipe)
        yield from draw_problems(technique, recipe, f"recipes[{key!r}]")
    yield from unstated_problems(technique)
    yield from _models_and_examples(technique)
    yield from trust_problems(technique)
    yield from example_problems(technique)


def _types(technique: Technique) -> Iterator[Problem]:
    for name, kind, wanted, of_members, wanted_members in _FIELD_TYPES:
        value = getattr(technique, name)
        if not isinstance(value, kind):
            yield Problem.of_type(name, value, wanted)
        elif of_members is not object:
            for key, member in _members(value):
                if not isinstance(member, of_members):
                    yield Problem.of_type(f"{name}[{key!r}]", member, wanted_members)
    for name in FUNCTIONS:
        value = getattr(technique, name)
        if value is not None and not callable(value):
            yield Problem.of_type(name, value, "a function or None")


def _members(value: Any) -> Iterable[tuple[Any, Any]]:
    return value.items() if isinstance(value, Mapping) else enumerate(value)


def _elements(technique: Technique) -> Iterator[Problem]:
    elements = technique.elements
    if not elements:
        yield Problem("elements", "there is none", "no element", "at least one symbol")
    for symbol in elements:
        if symbol not in ATOMIC_NUMBER:
            yield Problem("elements", "is not a symbol of an element", repr(symbol), "H to Og")
    for first, second in pairwise(elements):
        if elements.count(first) > 1:
            yield Problem("elements", "an element is there twice", first, "each element once")
        if ATOMIC_NUMBER[first] > ATOMIC_NUMBER[second]:
            yield Problem("elements", "are not in the order of atomic number", f"{first} before {second}", "H to Og")


def _sensitivity(technique: Technique) -> Iterator[Problem]:
    for symbol in technique.elements:
        if symbol not in technique.sensitivity:
            yield Problem("sensitivity", f"lacks {symbol}", None, "a factor for every element")
        elif not positive(technique.sensitivity[symbol]):
            yield Problem(
                f"sensitivity[{symbol!r}]", "is not a factor", technique.sensitivity[symbol], "a finite number above 0"
            )


def _scalars(technique: Technique) -> Iterator[Problem]:
    if not technique.title.strip():
        yield Problem("title", "there is none", repr(technique.title), "what people call the technique")
    if not _NAME.fullmatch(technique.name):
        yield Problem(
            "name", "cannot be part of the name of a file", repr(technique.name), "a letter, then letters, - and _"
        )
    if len(technique.title.splitlines()) > 1:
        yield Problem("title", "is not one line", repr(technique.title), "text without line ends")
    yield from texts("axis", technique.axis, ("label", "unit"))
    if technique.axis.size > _MOST_CHANNELS:
        yield Problem("axis", "has too many channels", technique.axis.size, f"at most {_MOST_CHANNELS}")
    length = technique.axis.stop - technique.axis.start
    if finite(technique.margin) and technique.margin > length:
        wanted = f"at most {technique.axis.text(length)}"
        yield Problem("margin", "is longer than the axis", technique.axis.text(technique.margin), wanted)
    if not finite(technique.margin) or technique.margin < 0:
        yield Problem(
            "margin", "is not a distance", technique.margin, f"a finite number of {technique.axis.unit}, 0 or more"
        )
    step = technique.axis.step
    if technique.line_width is not None and not (finite(technique.line_width) and technique.line_width >= step):
        yield Problem(
            "line_width",
            "is not a width of a line",
            technique.line_width,
            f"at least a channel, {technique.axis.text(step)}",
        )
    yield from strangers("compared", technique.compared, technique.elements, "elements of the technique")
    if len(set(technique.compared)) < len(technique.compared):
        yield Problem("compared", "an element is there twice", technique.compared, "each element once")
    yield from strangers("chemical_shift", technique.chemical_shift, technique.elements, "elements of the technique")
    for symbol, span in technique.chemical_shift.items():
        if not (isinstance(span, tuple) and len(span) == 2 and all(map(finite, span)) and span[0] <= span[1]):
            yield Problem(
                f"chemical_shift[{symbol!r}]", "is not a range", span, f"(lowest, highest) in {technique.axis.unit}"
            )


def _peaks(technique: Technique) -> Iterator[Problem]:
    axis = technique.axis
    reach = max(technique.margin, _NEAR * (axis.stop - axis.start))
    seen: dict[Peak, int] = {}
    for index, peak in enumerate(technique.peaks):
        field = f"peaks[{index}] ({peak.label})"
        yield from texts(field, peak, ("label", "group", "written"))
        if seen.setdefault(peak, index) != index:
            yield Problem(field, "is there twice", f"the same as peaks[{seen[peak]}]", "every line once")
        if peak.element not in technique.elements:
            yield Problem(
                f"{field}.element", "is not an element of the technique", repr(peak.element), "one of elements"
            )
        for name in ("width", "intensity"):
            if not positive(getattr(peak, name)):
                yield Problem(f"{field}.{name}", "is not positive", getattr(peak, name), "a finite number above 0")
        if not within(peak.energy, axis.start - reach, axis.stop + reach):
            yield Problem(
                f"{field}.energy",
                "lies far outside the axis",
                f"{peak.energy} {axis.unit}",
                f"{axis.start - reach:g} to {axis.text(axis.stop + reach)}",
            )
    if technique.render is None:
        on_axis = {peak.element for peak in technique.peaks if within(peak.energy, axis.start, axis.stop)}
        for symbol in technique.elements:
            if symbol not in on_axis:
                yield Problem("peaks", f"{symbol} has no peak on the axis", None, "a peak per element, or a render")


def _parameters(technique: Technique) -> Iterator[Problem]:
    names = [parameter.name for parameter in technique.parameters]
    for index, parameter in enumerate(technique.parameters):
        field = f"parameters[{index}] ({parameter.name})"
        if not (isinstance(parameter.name, str) and _WORD.fullmatch(parameter.name)):
            yield Problem(f"{field}.name", "cannot be typed", repr(parameter.name), "letters, digits and _")
        yield from texts(field, parameter, ("unit", "meaning"))
        if names.count(parameter.name) > 1:
            yield Problem(field, "another parameter has the same name", repr(parameter.name), "each name once")
        if not (finite(parameter.low) and finite(parameter.high) and parameter.low <= parameter.high):
            yield Problem(field, "has no range", f"low {parameter.low}, high {parameter.high}", "finite, low <= high")
        if not within(parameter.default, parameter.low, parameter.high):
            yield Problem(
                f"{field}.default", "is out of range", parameter.default, f"{parameter.low} to {parameter.high}"
            )
        if not isinstance(parameter.role, Role):
            yield Problem.of_type(f"{field}.role", parameter.role, "a Role")
        elif parameter.rendered and technique.render is None:
            yield Problem(f"{field}.role", "nothing renders for it", "no render", "Technique.render")


def _models_and_examples(technique: Technique) -> Iterator[Problem]:
    for name, path in technique.models.items():
        if not path.is_file():
            yield Problem(f"models[{name!r}]", "no such file", path, "the weights that ship with the plug-in")
    yield from absent_weights("offset_model", technique.offset_model)
    for index, example in enumerate(technique.examples):
        field = f"examples[{index}]"
        yield from texts(field, example, ["statement"])
        if not example.energies:
            yield Problem(f"{field}.energies", "there is none", example.energies, "where a peak is put")
        elif not (isinstance(example.energies, tuple) and all(map(finite, example.energies))):
            yield Problem(f"{field}.energies", "are not energies", repr(example.energies), "a tuple of numbers")
        for part, symbols in (("element", [example.element]), ("readers", example.readers)):
            yield from strangers(f"{field}.{part}", symbols, technique.elements, "elements of the technique")
        if len(example.readers) not in (0, len(example.energies)):
            yield Problem(
                f"{field}.readers", "is not an element per energy", example.readers, "none, or one per energy"
            )
        if example.least is not None and not within(example.least, 0.0, 1.0):
            yield Problem(f"{field}.least", "is not an atomic fraction", example.least, "0 to 1, or None")
