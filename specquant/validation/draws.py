"""The checks on what a recipe draws: a few hundred values of every distribution."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

import numpy as np

from specquant.recipes.distributions import Distribution
from specquant.recipes.recipe import Recipe
from specquant.technique import Technique
from specquant.validation.problems import Problem

_DRAWS = 200
"""Values that are drawn of each distribution: one in a hundred shows up with a probability of 0.87. Chosen."""

_MOST = {"counts": 1e12}
"""Field of a recipe to the largest value that makes sense: no detector counts more in a channel, and noise of more
cannot be drawn."""

_FEW = (2, 3)
"""Another shape that is drawn, since distributions that give always the same number of values fit one by chance."""

_LEAST: Mapping[str, tuple[float, bool]] = {
    "concentration": (0.0, False),
    "counts": (0.0, False),
    "sensitivity_scatter": (0.0, True),
    "group_scatter": (0.0, True),
    "background_level": (0.0, True),
    "noise_factor": (0.0, False),
}
"""Field of a recipe to the least value that makes sense, and whether that value itself does."""


def draw_problems(technique: Technique, recipe: Recipe, field: str) -> Iterator[Problem]:
    """Yield what is wrong with the values that a recipe draws; `field` names the recipe."""
    parameters = {parameter.name: parameter for parameter in technique.parameters}
    responses = {f"{field}.response": recipe.response}
    responses |= {f"{field}.instruments[{n}].response": kind.response for n, kind in enumerate(recipe.instruments)}
    for name, distributions in responses.items():
        for key, distribution in distributions.items():
            parameter = parameters[key]
            yield from _draws(f"{name}[{key!r}]", distribution, parameter.low, parameter.high, parameter.span)
    for entry in fields(Recipe):
        value = getattr(recipe, entry.name)
        least, included = _LEAST.get(entry.name, (-np.inf, True))
        low = least if included else np.nextafter(least, np.inf)
        high = _MOST.get(entry.name, np.inf)
        wanted = "finite numbers" if least == -np.inf else f"{least:g} or more" if included else f"above {least:g}"
        wanted += f", at most {high:g}" if high < np.inf else ""
        if entry.name != "response":
            for key, distribution in _distributions(value):
                yield from _draws(f"{field}.{entry.name}{key}", distribution, low, high, wanted)
    yield from _share_draws(recipe, field)


def _share_draws(recipe: Recipe, field: str) -> Iterator[Problem]:
    """Yield what is wrong with what is drawn as a share: of additions, and of a second chemical state."""
    shares = {
        f"{field}.additions[{number}].shares[{symbol!r}]": share
        for number, addition in enumerate(recipe.additions)
        for symbol, share in addition.shares.items()
    }
    if recipe.second_state is not None:
        shares[f"{field}.second_state[1]"] = recipe.second_state[1]
    for name, share in shares.items():
        yield from _draws(name, share, 0.0, 1.0, "shares, 0 to 1")


def _distributions(value: object) -> Iterator[tuple[str, Distribution]]:
    """Yield the distributions of a field of a recipe, with the key of each in brackets."""
    if isinstance(value, Distribution):
        yield "", value
    elif isinstance(value, Mapping):
        yield from ((f"[{key!r}]", each) for key, each in value.items() if isinstance(each, Distribution))


def _draws(field: str, distribution: Distribution, low: float, high: float, wanted: str) -> Iterator[Problem]:
    """Yield what is wrong with the values of one distribution, which have to lie in a range."""
    try:
        drawn = distribution.draw(np.random.default_rng(0), (_DRAWS,))
        few = distribution.draw(np.random.default_rng(0), _FEW)
    except Exception as error:  # code of the plug-in, which may raise anything
        shown = f"{type(error).__name__}: {error}"
        yield Problem(field, "cannot be drawn from", shown, "draw(rng, shape), which returns an array of that shape")
        return
    if not isinstance(drawn, np.ndarray) or drawn.dtype.kind not in "iuf" or drawn.shape != (_DRAWS,):
        shown = f"{drawn.shape} of {drawn.dtype}" if isinstance(drawn, np.ndarray) else type(drawn).__name__
        yield Problem(field, "draws another shape than it is asked for", shown, f"({_DRAWS},) of numbers")
        return
    if np.shape(few) != _FEW:
        yield Problem(field, "draws another shape than it is asked for", str(np.shape(few)), str(_FEW))
        return
    beyond = drawn[~((drawn >= low) & (drawn <= high) & np.isfinite(drawn))]
    if beyond.size:
        yield Problem(field, "draws values out of range", f"{beyond[0]:g}, by {distribution}", wanted)
