"""The random ingredients of a recipe, each as the recipe without it, for any technique."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from specquant.errors import SettingError
from specquant.library import PureLibrary
from specquant.recipes import Constant, Recipe
from specquant.recipes.priors import element_weights, elements_seen
from specquant.technique import MAIN, Technique

FULL = "full"
"""Name of the recipe with everything on, to which the others are compared."""

_PLAIN = Recipe(name="", title="", element_count=(1.0,))

_OFF: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("additions", "no contamination", ("additions",)),
    ("concentration", "amounts uniform on the simplex", ("concentration",)),
    ("global_shift", "the axis never shifts", ("global_shift",)),
    ("element_shift", "no element shifts by itself", ("element_shift", "element_shift_range")),
    ("sensitivity_scatter", "sensitivity factors are exact", ("sensitivity_scatter",)),
    ("group_scatter", "groups of lines keep their strength", ("group_scatter",)),
    ("group_shift", "groups of lines keep their place", ("group_shift",)),
    ("second_state", "no second chemical state", ("second_state",)),
    ("response", "every instrument parameter at its default", ("response",)),
    ("instruments", "one kind of instrument, the technique's default", ("instruments",)),
    ("unstated", "every stated parameter is known", ("unstated",)),
    ("background", "no smooth background", ("background_level", "background_slope")),
    ("noise", "Poisson noise only, nothing smoothed", ("noise_factor", "smoothing")),
    ("ends", "the whole axis is measured", ("low_end", "high_end")),
)
"""Ingredients that are off where fields are at the record's defaults: name, title, fields."""

_HIGH = 0.99
"""Quantile of the counts that is taken for good counts; chosen."""

_DRAWS = 4096
"""Draws that the quantile is taken of: enough for the two digits that are kept."""


@dataclass(frozen=True)
class Ablation:
    """A recipe without one of its ingredients: the word for it, one line for people, and the recipe."""

    name: str
    title: str
    recipe: Recipe


def ablations(technique: Technique, recipe: Recipe, library: PureLibrary) -> tuple[Ablation, ...]:
    """Return the recipe without each of its ingredients in turn; what it does not use is passed over.

    Groups of lines of the library are ingredients too.
    """
    return tuple(
        Ablation(name, title, replace(recipe, name=f"{recipe.name}-{name}", title=title, **changes))
        for name, title, changes in _candidates(technique, recipe, library)
        if any(getattr(recipe, entry) != value for entry, value in changes.items())
    )


def chosen_ablations(known: Sequence[Ablation], names: Sequence[str]) -> tuple[Ablation, ...]:
    """Return the ablations of these names, in the order in which they are known; no name is all.

    Raises
    ------
    SettingError
        If a name is unknown.
    """
    listed = [item.name for item in known]
    unknown = [name for name in names if name not in listed]
    if unknown:
        raise SettingError(
            "no such ingredient", found=", ".join(map(repr, unknown)), wanted=f"one of {', '.join(listed) or 'none'}"
        )
    return tuple(item for item in known if not names or item.name in names)


Candidate = tuple[str, str, dict[str, Any]]
"""Name, title, and the fields of the recipe that change."""


def _candidates(technique: Technique, recipe: Recipe, library: PureLibrary) -> Iterator[Candidate]:
    weights = element_weights(recipe, technique.elements)
    if len({weight for weight in weights.values() if weight > 0}) > 1:
        even = {symbol: 1.0 if weight > 0 else 0.0 for symbol, weight in weights.items()}
        yield "prior", "every element equally often", {"prior": even, "prior_default": 0.0}
    for name, title, entries in _OFF:
        if name == "background" and recipe.background_level == _PLAIN.background_level:
            continue  # a slope of nothing
        changes = {entry: getattr(_PLAIN, entry) for entry in entries}
        yield name, title, changes | _fixed_kinds(recipe, recipe.response) if name == "response" else changes
        if name == "response":
            yield from _parameters(recipe)
    if not isinstance(recipe.counts, Constant):
        drawn = recipe.counts.draw(np.random.default_rng(0), (_DRAWS,))
        high = float(f"{np.quantile(drawn, _HIGH):.2g}")
        yield "counts", f"{high:g} counts in the strongest channel, always", {"counts": Constant(high)}
    yield from _groups(technique, recipe, library)


def _parameters(recipe: Recipe) -> Iterator[Candidate]:
    """Yield the recipe with one family of instrument parameters fixed."""
    families = _families(recipe.response)
    if len(families) < 2:
        return  # the same as no response at all
    for family, names in families.items():
        rest = {name: range_ for name, range_ in recipe.response.items() if name not in names}
        title = f"{', '.join(names)} at {'its default' if len(names) == 1 else 'their defaults'}"
        yield f"response_{family}", title, {"response": rest} | _fixed_kinds(recipe, names)


def _fixed_kinds(recipe: Recipe, names: Iterable[str]) -> dict[str, Any]:
    """Return the recipe's kinds of instrument with these parameters fixed in them too, if there are any."""
    gone = set(names)
    fixed = tuple(
        replace(kind, response={name: range_ for name, range_ in kind.response.items() if name not in gone})
        for kind in recipe.instruments
    )
    return {"instruments": fixed} if fixed != recipe.instruments else {}


def _groups(technique: Technique, recipe: Recipe, library: PureLibrary) -> Iterator[Candidate]:
    """Yield the recipe without one family of groups, where every element that is drawn keeps another line."""
    pairs = list(zip(library.components.elements, library.components.groups, strict=True))
    drawn = set(elements_seen(recipe, technique.elements)) & {symbol for symbol, _ in pairs}
    for family, names in _families(library.components.groups).items():
        left = {symbol for symbol, group in pairs if group not in names}
        if family != MAIN and drawn <= left:
            off = {**recipe.group_scatter, **dict.fromkeys(names, Constant(0.0))}
            groups = f"group {names[0]}" if len(names) == 1 else f"the groups {', '.join(names)}"
            yield f"no_{family}", f"no lines of {groups}", {"group_scatter": off}


def _families(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names that begin with the same word, by that word; one that stands alone, by the name itself."""
    families: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        families.setdefault(re.split(r"\W|_", name)[0], []).append(name)
    return {re.sub(r"\W", "_", same[0]) if len(same) == 1 else word: same for word, same in families.items()}
