"""The checks on the record that a plug-in hands over; every message names the field at fault."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from numbers import Real
from pathlib import Path
from typing import NamedTuple

from specquant.distributions import Distribution
from specquant.elements import ATOMIC_NUMBER
from specquant.errors import PluginError
from specquant.recipe import Recipe
from specquant.technique import EnergyAxis, FitSettings, InstrumentParameter, Peak, ProbeExample, Technique

_NEAR = 0.1  # share of the axis's length by which a line may lie outside it, where the margin is not larger

_FIELD_TYPES: tuple[tuple[str, type, str], ...] = (
    ("name", str, "text"),
    ("title", str, "text"),
    ("axis", EnergyAxis, "an EnergyAxis"),
    ("elements", tuple, "a tuple of symbols"),
    ("sensitivity", Mapping, "a mapping of symbol to number"),
    ("peaks", tuple, "a tuple of Peak"),
    ("recipes", Mapping, "a mapping of name to Recipe"),
    ("parameters", tuple, "a tuple of InstrumentParameter"),
    ("chemical_shift", Mapping, "a mapping of symbol to (low, high)"),
    ("margin", Real, "a number"),
    ("models", Mapping, "a mapping of name to Path"),
    ("examples", tuple, "a tuple of ProbeExample"),
    ("compared", tuple, "a tuple of symbols"),
)
_MEMBER_TYPES: tuple[tuple[str, type, str], ...] = (
    ("elements", str, "a symbol"),
    ("compared", str, "a symbol"),
    ("peaks", Peak, "a Peak"),
    ("recipes", Recipe, "a Recipe"),
    ("parameters", InstrumentParameter, "an InstrumentParameter"),
    ("models", Path, "a pathlib.Path"),
    ("examples", ProbeExample, "a ProbeExample"),
)
_FUNCTIONS = ("render", "response", "distortion", "measure", "mixing", "orient")
_DRAWN = (
    "global_shift",
    "element_shift",
    "sensitivity_scatter",
    "background_level",
    "concentration",
    "background_slope",
    "counts",
    "noise_factor",
)
_DRAWN_OR_NONE = ("offset", "element_shift_range", "low_end", "high_end")
_DRAWN_BY_KEY = ("group_scatter", "group_shift", "response")


class Problem(NamedTuple):
    """One thing that is wrong with a technique: the field, what is wrong, what is there and what should be."""

    field: str
    what: str
    found: object
    wanted: str


def validate_technique(technique: Technique, source: str | None = None) -> None:
    """Check the content of a technique.

    Parameters
    ----------
    technique
        What a plug-in's ``specquant_technique`` returned.
    source
        The plug-in's distribution and version, for the message.

    Raises
    ------
    PluginError
        At the first problem, naming the field.
    """
    for problem in find_problems(technique):
        raise PluginError(
            problem.what,
            where=f"technique.{problem.field}" if source is None else f"{source}: technique.{problem.field}",
            found=problem.found,
            wanted=problem.wanted,
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
    yield from _fit(technique)
    if not technique.recipes:
        yield Problem("recipes", "there is none", "no recipe", "at least one recipe to train from")
    for key, recipe in technique.recipes.items():
        yield from _recipe(technique, key, recipe)
    yield from _models_and_examples(technique)


def _finite(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def _positive(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value) and float(value) > 0


def _within(value: object, low: float, high: float) -> bool:
    return isinstance(value, Real) and low <= float(value) <= high


def _types(technique: Technique) -> Iterator[Problem]:
    for name, kind, wanted in _FIELD_TYPES:
        value = getattr(technique, name)
        if not isinstance(value, kind):
            yield Problem(name, "has the wrong type", type(value).__name__, wanted)
    for name, kind, wanted in _MEMBER_TYPES:
        value = getattr(technique, name)
        for key, member in value.items() if isinstance(value, Mapping) else enumerate(value):
            if not isinstance(member, kind):
                yield Problem(f"{name}[{key!r}]", "has the wrong type", type(member).__name__, wanted)
    for name in _FUNCTIONS:
        value = getattr(technique, name)
        if value is not None and not callable(value):
            yield Problem(name, "has the wrong type", type(value).__name__, "a function or None")


def _elements(technique: Technique) -> Iterator[Problem]:
    elements = technique.elements
    if not elements:
        yield Problem("elements", "there is none", "no element", "at least one symbol")
    for symbol in elements:
        if symbol not in ATOMIC_NUMBER:
            yield Problem("elements", "is no symbol of an element", repr(symbol), "H to Og")
    for first, second in pairwise(elements):
        if elements.count(first) > 1:
            yield Problem("elements", "an element is there twice", first, "each element once")
        if ATOMIC_NUMBER[first] > ATOMIC_NUMBER[second]:
            yield Problem("elements", "are not in the order of atomic number", f"{first} before {second}", "H to Og")


def _sensitivity(technique: Technique) -> Iterator[Problem]:
    for symbol in technique.elements:
        if symbol not in technique.sensitivity:
            yield Problem("sensitivity", f"lacks {symbol}", None, "a factor for every element")
        elif not _positive(technique.sensitivity[symbol]):
            yield Problem(
                f"sensitivity[{symbol!r}]", "is no factor", technique.sensitivity[symbol], "a finite number above 0"
            )


def _scalars(technique: Technique) -> Iterator[Problem]:
    if not _finite(technique.margin) or technique.margin < 0:
        yield Problem("margin", "is no distance", technique.margin, "a finite number of eV, 0 or more")
    step = technique.axis.step
    if technique.line_width is not None and not (_finite(technique.line_width) and technique.line_width >= step):
        yield Problem("line_width", "is no width of a line", technique.line_width, f"at least a channel, {step:g} eV")
    yield from _strangers("compared", technique.compared, technique.elements, "elements of the technique")
    if len(set(technique.compared)) < len(technique.compared):
        yield Problem("compared", "an element is there twice", technique.compared, "each element once")
    yield from _strangers("chemical_shift", technique.chemical_shift, technique.elements, "elements of the technique")
    for symbol, span in technique.chemical_shift.items():
        if not (isinstance(span, tuple) and len(span) == 2 and all(map(_finite, span)) and span[0] <= span[1]):
            yield Problem(f"chemical_shift[{symbol!r}]", "is no range", span, "(lowest, highest) in eV")


def _peaks(technique: Technique) -> Iterator[Problem]:
    axis = technique.axis
    reach = max(technique.margin, _NEAR * (axis.stop - axis.start))
    for index, peak in enumerate(technique.peaks):
        field = f"peaks[{index}] ({peak.label})"
        if peak.element not in technique.elements:
            yield Problem(f"{field}.element", "is no element of the technique", repr(peak.element), "one of elements")
        for name in ("width", "intensity"):
            if not _positive(getattr(peak, name)):
                yield Problem(f"{field}.{name}", "is not positive", getattr(peak, name), "a finite number above 0")
        if not _within(peak.energy, axis.start - reach, axis.stop + reach):
            yield Problem(
                f"{field}.energy",
                "lies far outside the axis",
                f"{peak.energy} eV",
                f"{axis.start - reach:g} to {axis.stop + reach:g} eV",
            )
    if technique.render is None:
        seen = {peak.element for peak in technique.peaks if _within(peak.energy, axis.start, axis.stop)}
        for symbol in technique.elements:
            if symbol not in seen:
                yield Problem("peaks", f"{symbol} has no peak on the axis", None, "a peak per element, or a render")


def _parameters(technique: Technique) -> Iterator[Problem]:
    names = [parameter.name for parameter in technique.parameters]
    for index, parameter in enumerate(technique.parameters):
        field = f"parameters[{index}] ({parameter.name})"
        if names.count(parameter.name) > 1:
            yield Problem(field, "another parameter has the same name", repr(parameter.name), "each name once")
        if not (_finite(parameter.low) and _finite(parameter.high) and parameter.low <= parameter.high):
            yield Problem(field, "has no range", f"low {parameter.low}, high {parameter.high}", "finite, low <= high")
        if not _within(parameter.default, parameter.low, parameter.high):
            yield Problem(
                f"{field}.default", "is out of range", parameter.default, f"{parameter.low} to {parameter.high}"
            )
        if parameter.required and not parameter.stated:
            yield Problem(f"{field}.required", "nobody states it", "required, not stated", "stated=True as well")


def _fit(technique: Technique) -> Iterator[Problem]:
    fit = technique.fit
    if not isinstance(fit, FitSettings):
        if fit is not None:
            yield Problem("fit", "has the wrong type", type(fit).__name__, "FitSettings or None")
        return
    known = {parameter.name: parameter for parameter in technique.parameters}
    kinds = {f"alternatives[{kind!r}]": values for kind, values in fit.alternatives.items()}
    varied = {name: getattr(fit, name) for name in ("parameters", "calibrated")}
    for name, values in {**varied, "surface": fit.surface.values(), **kinds}.items():
        yield from _strangers(f"fit.{name}", values, known, "parameters of the technique")
    yield from _strangers("fit.surface", fit.surface, technique.elements, "elements of the technique")
    for name in (*varied, "groups"):
        for key, deviation in getattr(fit, name).items():
            if not _positive(deviation):
                yield Problem(f"fit.{name}[{key!r}]", "is no standard deviation", deviation, "a finite number above 0")
    for name, values in kinds.items():
        for key, value in values.items():
            if not _within(value, known[key].low, known[key].high):
                wanted = f"{known[key].low} to {known[key].high}"
                yield Problem(f"fit.{name}[{key!r}]", "is out of range", value, wanted)
    for name in ("other_groups", "model_error", "least", "significance", "poor", "shift"):
        if not _finite(getattr(fit, name)) or getattr(fit, name) < 0:
            yield Problem(f"fit.{name}", "is no amount", getattr(fit, name), "a finite number, 0 or more")


def _strangers(field: str, found: Iterable[str], known: Iterable[str], whose: str) -> Iterator[Problem]:
    allowed = tuple(known)
    for name in found:
        if name not in allowed:
            yield Problem(field, "has an unknown name", repr(name), f"only {whose}")


def _recipe(technique: Technique, key: str, recipe: Recipe) -> Iterator[Problem]:
    field = f"recipes[{key!r}]"
    if recipe.name != key:
        yield Problem(f"{field}.name", "differs from its key", repr(recipe.name), repr(key))
    yield from _recipe_composition(technique, recipe, field)
    yield from _recipe_draws(recipe, field)
    names = [parameter.name for parameter in technique.parameters]
    yield from _strangers(f"{field}.response", recipe.response, names, "parameters of the technique")
    for index, source in enumerate(recipe.sources):
        inner = f"{field}.sources[{index}]"
        rendered = [parameter.name for parameter in technique.parameters if parameter.rendered]
        yield from _strangers(f"{inner}.values", source.values, rendered, "parameters that are rendered")
        yield from _strangers(f"{inner}.response", source.response, names, "parameters of the technique")
        if not _finite(source.weight) or source.weight <= 0:
            yield Problem(f"{inner}.weight", "is no weight", source.weight, "a finite number above 0")
    stated = [parameter.name for parameter in technique.stated]
    yield from _strangers(f"{field}.untold", recipe.untold, stated, "stated parameters of the technique")
    for name, probability in recipe.untold.items():
        yield from _probability(f"{field}.untold[{name!r}]", probability)
    if technique.render is None:
        groups = {peak.group for peak in technique.peaks}
        yield from _strangers(f"{field}.group_scatter", recipe.group_scatter, groups, "groups of the peaks")
        yield from _strangers(f"{field}.group_shift", recipe.group_shift, groups, "groups of the peaks")


def _recipe_composition(technique: Technique, recipe: Recipe, field: str) -> Iterator[Problem]:
    count, prior = recipe.element_count, recipe.prior
    if not all(_finite(p) and p >= 0 for p in count) or sum(count) <= 0:
        yield Problem(f"{field}.element_count", "is no distribution", count, "weights of 0 or more with a sum above 0")
    yield from _strangers(f"{field}.prior", prior, technique.elements, "elements of the technique")
    for symbol, weight in (*prior.items(), ("default", recipe.prior_default)):
        if not _finite(weight) or weight < 0:
            yield Problem(f"{field}.prior[{symbol!r}]", "is no weight", weight, "a finite number, 0 or more")
    drawable = sum(prior.get(symbol, recipe.prior_default) > 0 for symbol in technique.elements)
    most = max((n for n, p in enumerate(count, start=1) if p > 0), default=0)
    if most > drawable:
        yield Problem(f"{field}.element_count", "asks for too many elements", most, f"at most {drawable}")
    for index, addition in enumerate(recipe.additions):
        inner = f"{field}.additions[{index}]"
        yield from _probability(f"{inner}.probability", addition.probability)
        yield from _strangers(f"{inner}.shares", addition.shares, technique.elements, "elements of the technique")
        for symbol, share in addition.shares.items():
            yield from _drawn(f"{inner}.shares[{symbol!r}]", share)


def _recipe_draws(recipe: Recipe, field: str) -> Iterator[Problem]:
    for name in _DRAWN:
        yield from _drawn(f"{field}.{name}", getattr(recipe, name))
    for name in _DRAWN_OR_NONE:
        if getattr(recipe, name) is not None:
            yield from _drawn(f"{field}.{name}", getattr(recipe, name))
    for name in _DRAWN_BY_KEY:
        for key, value in getattr(recipe, name).items():
            yield from _drawn(f"{field}.{name}[{key!r}]", value)
    yield from _probability(f"{field}.smoothing", recipe.smoothing)
    if recipe.second_state is not None:
        probability, share, shift = recipe.second_state
        yield from _probability(f"{field}.second_state[0]", probability)
        yield from _drawn(f"{field}.second_state[1]", share)
        yield from _drawn(f"{field}.second_state[2]", shift)


def _drawn(field: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, Distribution):
        yield Problem(field, "cannot be drawn from", repr(value), "one of specquant.distributions, e.g. Constant(0.0)")


def _probability(field: str, value: object) -> Iterator[Problem]:
    if not _within(value, 0.0, 1.0):
        yield Problem(field, "is no probability", value, "0 to 1")


def _models_and_examples(technique: Technique) -> Iterator[Problem]:
    for name, path in technique.models.items():
        if not path.is_file():
            yield Problem(f"models[{name!r}]", "no such file", path, "the weights that ship with the plug-in")
    for index, example in enumerate(technique.examples):
        field = f"examples[{index}]"
        for part, symbols in (("element", [example.element]), ("readers", example.readers)):
            yield from _strangers(f"{field}.{part}", symbols, technique.elements, "elements of the technique")
        if len(example.readers) not in (0, len(example.energies)):
            yield Problem(f"{field}.readers", "is no element per energy", example.readers, "none, or one per energy")
        if example.least is not None and not _within(example.least, 0.0, 1.0):
            yield Problem(f"{field}.least", "is no atomic fraction", example.least, "0 to 1, or None")
