"""The composition prior: which elements occur in drawn samples, how often, and how to set one's own."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from specquant.errors import ReadError, SettingError, did_you_mean
from specquant.filekinds import in_place_of_file
from specquant.recipes.recipe import Addition, Recipe
from specquant.tables import read_table

_DECIMAL_COMMA = re.compile(r"0?,\d+|\d+,(?!\d{3}$)\d*")
"""A number with a decimal comma; a comma before three digits might part thousands."""

_COLUMNS = ("element", "weight")
"""Columns that a table of weights has to have."""


def read_weights(path: Path, elements: Sequence[str]) -> dict[str, float]:
    """Return the weights of a table with the columns ``element`` and ``weight``.

    Raises
    ------
    ReadError
        If the file is missing or no such table, or a row of it makes no sense.
    """
    if not path.is_file():
        wanted = "a table with the columns element and weight"
        raise ReadError("no such file", where=path, found=in_place_of_file(path), wanted=wanted)
    rows, columns = read_table(path, spaced=True)
    if not set(_COLUMNS) <= set(columns) or not rows:
        content = "no row" if set(_COLUMNS) <= set(columns) else ", ".join(columns) or "an empty file"
        wanted = "columns element and weight, and rows"
        raise ReadError("is not a table of weights", where=path, found=content, wanted=wanted)
    weights: dict[str, float] = {}
    for number, row in enumerate(rows, start=2):
        symbol, weight = _row(row, f"{path}, line {number}", elements)
        if symbol in weights:
            raise ReadError("element is there twice", where=f"{path}, line {number}", found=symbol, wanted="each once")
        weights[symbol] = weight
    if not any(weights.values()):
        raise ReadError("no element has a weight above 0", where=path)
    return weights


def _row(row: Mapping[str, str], where: str, elements: Sequence[str]) -> tuple[str, float]:
    symbol, text = row["element"].strip(), row["weight"].strip()
    if symbol not in elements:
        wanted = f"symbols between {elements[0]} and {elements[-1]}"
        todo = did_you_mean(symbol, elements)
        raise ReadError("no such element in this technique", where=where, found=repr(symbol), wanted=wanted, todo=todo)
    try:
        weight = float(text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise ReadError(
            f"weight of {symbol} makes no sense", where=where, found=repr(text), wanted="0 or a number above"
        )
    return symbol, weight


def element_weights(recipe: Recipe, elements: Sequence[str]) -> dict[str, float]:
    """Return the weight that a recipe gives each element in the draw of a sample's elements."""
    return {symbol: recipe.prior.get(symbol, recipe.prior_default) for symbol in elements}


def elements_seen(recipe: Recipe, elements: Sequence[str]) -> tuple[str, ...]:
    """Return the elements that can occur in samples of a recipe, contamination included."""
    added = {symbol for addition in recipe.additions if addition.probability > 0 for symbol in addition.shares}
    weights = element_weights(recipe, elements)
    return tuple(symbol for symbol in elements if weights[symbol] > 0 or symbol in added)


def with_prior(
    recipe: Recipe, elements: Sequence[str], listed: Sequence[str] = (), weights: Mapping[str, float] | None = None
) -> Recipe:
    """Return a recipe with another composition prior, everything else as it was.

    Only `listed` elements can occur, in contamination too; without a list, all can. Of `weights`, elements that are
    not named get 0; None leaves the recipe's own. Numbers of elements that cannot be drawn any more are left out;
    the others keep their proportions.

    Raises
    ------
    SettingError
        If a listed element has no weight and is in no contamination, or the recipe's samples need more elements.
    """
    available = element_weights(recipe, elements) if weights is None else dict(weights)
    prior = {symbol: weight for symbol, weight in available.items() if weight > 0 and (not listed or symbol in listed)}
    additions = recipe.additions if not listed else _among(recipe.additions, listed)
    changed = replace(recipe, prior=prior, prior_default=0.0, additions=additions)
    lacking = sorted(set(listed) - set(elements_seen(changed, elements)))
    if lacking:
        raise SettingError(
            "listed elements have no weight",
            where=f"recipe {recipe.name}",
            found=", ".join(lacking),
            wanted="a weight above 0 for every listed element",
            todo="Give them one with --prior, or leave them out of --elements.",
        )
    only = f"only {', '.join(listed)}" if listed else "own weights of the elements"
    return replace(changed, title=f"{recipe.title}; {only}", element_count=_drawable(recipe, len(prior)))


def _among(additions: Sequence[Addition], listed: Sequence[str]) -> tuple[Addition, ...]:
    cut = [
        replace(addition, shares={symbol: share for symbol, share in addition.shares.items() if symbol in listed})
        for addition in additions
    ]
    return tuple(addition for addition in cut if addition.shares)


def _drawable(recipe: Recipe, available: int) -> tuple[float, ...]:
    """Return the probabilities of the numbers of elements up to what is available."""
    count = recipe.element_count[:available]
    if not any(count):
        fewest = next(number for number, share in enumerate(recipe.element_count, start=1) if share > 0)
        raise SettingError(
            "too few elements",
            where=f"recipe {recipe.name}",
            found=f"{available} with a weight above 0",
            wanted=f"at least {fewest}, the fewest in a sample of this recipe",
        )
    return count
