"""The checks on the recipes of a technique."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import get_origin

from specquant.recipes.distributions import Distribution
from specquant.recipes.recipe import Addition, InstrumentKind, Recipe
from specquant.technique import Technique
from specquant.validation.problems import Problem, drawn, finite, probability, strangers, texts, within

_SECOND = 3
"""Parts of a second state: how often, what share, what shift."""

_WORD = re.compile(r"[\w.+-]+")
"""What can be typed as one word after ``--recipe``."""


def recipe_problems(technique: Technique, key: str, recipe: Recipe) -> Iterator[Problem]:
    """Yield what is wrong with the recipe of that key."""
    field = f"recipes[{key!r}]"
    if recipe.name != key:
        yield Problem(f"{field}.name", "differs from its key", repr(recipe.name), repr(key))
    if not (isinstance(key, str) and _WORD.fullmatch(key)):
        yield Problem(f"{field}.name", "cannot be typed", repr(key), "letters, digits, - and _")
    wrong = list(_recipe_types(recipe, field))
    yield from wrong
    if wrong:
        return
    yield from _recipe_composition(technique, recipe, field)
    yield from _recipe_draws(recipe, field)
    names = [parameter.name for parameter in technique.parameters]
    yield from strangers(f"{field}.response", recipe.response, names, "parameters of the technique")
    yield from _instruments(technique, recipe, field)
    stated = [parameter.name for parameter in technique.stated]
    yield from strangers(f"{field}.unstated", recipe.unstated, stated, "stated parameters of the technique")
    for name, share in recipe.unstated.items():
        yield from probability(f"{field}.unstated[{name!r}]", share)
    if technique.render is None:
        groups = {peak.group for peak in technique.peaks}
        yield from strangers(f"{field}.group_scatter", recipe.group_scatter, groups, "groups of the peaks")
        yield from strangers(f"{field}.group_shift", recipe.group_shift, groups, "groups of the peaks")


def _recipe_types(recipe: Recipe, field: str) -> Iterator[Problem]:
    """Yield fields that should be a mapping or a tuple, and are not."""
    for entry in fields(Recipe):
        value = getattr(recipe, entry.name)
        origin = get_origin(entry.type)
        if origin in (tuple, Mapping) and not isinstance(value, origin):
            wanted = "a tuple" if origin is tuple else "a mapping of name to value"
            yield Problem.of_type(f"{field}.{entry.name}", value, wanted)
    for index, addition in enumerate(recipe.additions if isinstance(recipe.additions, tuple) else ()):
        if not isinstance(addition, Addition):
            yield Problem.of_type(f"{field}.additions[{index}]", addition, "an Addition")
        elif not isinstance(addition.shares, Mapping):
            yield Problem.of_type(f"{field}.additions[{index}].shares", addition.shares, "a mapping of symbol to share")
    yield from texts(field, recipe, ["title"])
    if isinstance(recipe.title, str) and not recipe.title.strip():
        yield Problem(f"{field}.title", "there is none", repr(recipe.title), "what spectra are drawn, in one line")
    if not isinstance(recipe.linear_mixing, bool):
        yield Problem.of_type(f"{field}.linear_mixing", recipe.linear_mixing, "True or False")
    second = recipe.second_state
    if second is not None and not (isinstance(second, tuple) and len(second) == _SECOND):
        yield Problem(f"{field}.second_state", "is not complete", repr(second), "(probability, share, shift), or None")


def _recipe_composition(technique: Technique, recipe: Recipe, field: str) -> Iterator[Problem]:
    count, prior = recipe.element_count, recipe.prior
    if not all(finite(p) and p >= 0 for p in count) or sum(count) <= 0:
        yield Problem(
            f"{field}.element_count", "is not a distribution", count, "weights of 0 or more with a sum above 0"
        )
    yield from strangers(f"{field}.prior", prior, technique.elements, "elements of the technique")
    for symbol, weight in (*prior.items(), ("default", recipe.prior_default)):
        if not finite(weight) or weight < 0:
            yield Problem(f"{field}.prior[{symbol!r}]", "is not a weight", weight, "a finite number, 0 or more")
    drawable = sum(prior.get(symbol, recipe.prior_default) > 0 for symbol in technique.elements)
    most = max((n for n, p in enumerate(count, start=1) if p > 0), default=0)
    if most > drawable:
        yield Problem(f"{field}.element_count", "asks for too many elements", most, f"at most {drawable}")
    for index, addition in enumerate(recipe.additions):
        inner = f"{field}.additions[{index}]"
        yield from probability(f"{inner}.probability", addition.probability)
        yield from strangers(f"{inner}.shares", addition.shares, technique.elements, "elements of the technique")
        for symbol, share in addition.shares.items():
            yield from drawn(f"{inner}.shares[{symbol!r}]", share)


def _recipe_draws(recipe: Recipe, field: str) -> Iterator[Problem]:
    for entry in fields(Recipe):
        value = getattr(recipe, entry.name)
        if entry.type == Distribution or (entry.type == Distribution | None and value is not None):
            yield from drawn(f"{field}.{entry.name}", value)
        elif entry.type == Mapping[str, Distribution]:
            for key, distribution in value.items():
                yield from drawn(f"{field}.{entry.name}[{key!r}]", distribution)
    yield from probability(f"{field}.smoothing", recipe.smoothing)
    if recipe.second_state is not None:
        happens, share, shift = recipe.second_state
        yield from probability(f"{field}.second_state[0]", happens)
        yield from drawn(f"{field}.second_state[1]", share)
        yield from drawn(f"{field}.second_state[2]", shift)


def _instruments(technique: Technique, recipe: Recipe, field: str) -> Iterator[Problem]:
    """Yield what is wrong with the kinds of instrument; those of one recipe name the same parameters."""
    if not isinstance(recipe.instruments, tuple) or not all(
        isinstance(kind, InstrumentKind) for kind in recipe.instruments
    ):
        yield Problem(
            f"{field}.instruments", "has the wrong type", repr(recipe.instruments), "a tuple of InstrumentKind"
        )
        return
    known = {parameter.name: parameter for parameter in technique.parameters}
    rendered = [parameter.name for parameter in technique.parameters if parameter.rendered]
    for index, kind in enumerate(recipe.instruments):
        inner = f"{field}.instruments[{index}]"
        if not finite(kind.weight) or kind.weight <= 0:
            yield Problem(f"{inner}.weight", "is not a weight", kind.weight, "a finite number above 0")
        yield from strangers(f"{inner}.values", kind.values, rendered, "parameters that are rendered")
        if set(kind.values) != set(recipe.instruments[0].values):
            wanted = ", ".join(recipe.instruments[0].values) or "none"
            yield Problem(f"{inner}.values", "differ from the first kind's", ", ".join(kind.values), wanted)
        for name, value in kind.values.items():
            if not within(value, known[name].low, known[name].high):
                wanted = f"{known[name].low} to {known[name].high}"
                yield Problem(f"{inner}.values[{name!r}]", "is out of range", value, wanted)
        yield from strangers(f"{inner}.response", kind.response, known, "parameters of the technique")
        for name, distribution in kind.response.items():
            yield from drawn(f"{inner}.response[{name!r}]", distribution)
