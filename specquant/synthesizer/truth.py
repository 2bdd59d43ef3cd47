"""The random truth of one block: compositions, shifts, scatter. Numpy, on the CPU, so that every device agrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.recipes.recipe import Addition, Recipe
from specquant.technique import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """The (sample, element) pairs that occur, sorted by sample, with what was drawn for each; shape (pair,)."""

    sample: Ints
    element: Ints
    shift: Floats
    factor: Floats
    second_share: Floats
    second_shift: Floats


def draw_fractions(recipe: Recipe, weights: Floats, rng: np.random.Generator, count: int) -> Floats:
    """Return atomic fractions, shape (sample, element); rows sum to one.

    Parameters
    ----------
    recipe
        Gives how many elements, and their amounts.
    weights
        Prior weight of every element, shape (element,); zero excludes it.
    rng, count
        Source of randomness, and number of samples.
    """
    numbers = np.arange(1, len(recipe.element_count) + 1)
    probability = np.array(recipe.element_count) / sum(recipe.element_count)
    wanted = np.minimum(rng.choice(numbers, size=count, p=probability), np.count_nonzero(weights))
    with np.errstate(divide="ignore"):
        keys = np.log(weights) + rng.gumbel(size=(count, weights.size))
    rank = np.argsort(np.argsort(-keys, axis=1), axis=1)
    amounts = rng.gamma(recipe.concentration.draw(rng, (count, 1)), size=keys.shape) + 1e-12
    amounts[rank >= wanted[:, None]] = 0.0
    fractions: Floats = amounts / amounts.sum(axis=1, keepdims=True)
    return fractions


def add(fractions: Floats, addition: Addition, elements: tuple[str, ...], rng: np.random.Generator) -> Floats:
    """Return fractions after some samples got the addition on top."""
    count = len(fractions)
    struck = rng.uniform(size=count) < addition.probability
    extra = np.zeros_like(fractions)
    for symbol, share in addition.shares.items():
        extra[:, elements.index(symbol)] = np.clip(share.draw(rng, (count,)), 0.0, 1.0)
    extra[~struck] = 0.0
    extra /= np.maximum(extra.sum(axis=1, keepdims=True), 1.0)
    mixed: Floats = fractions * (1.0 - extra.sum(axis=1, keepdims=True)) + extra
    return mixed


def draw_pairs(recipe: Recipe, fractions: Floats, ranges: Floats, rng: np.random.Generator) -> Pairs:
    """Draw what differs from element to element.

    Parameters
    ----------
    recipe
        The ranges.
    fractions
        Shape (sample, element).
    ranges
        Chemical-shift range of every element, shape (element, 2), eV.
    rng
        Source of randomness.
    """
    sample, element = np.nonzero(fractions)
    shape = sample.shape
    shift = recipe.element_shift.draw(rng, shape)
    if recipe.element_shift_range is not None:
        low, high = ranges[element].T
        shift = shift + low + recipe.element_shift_range.draw(rng, shape) * (high - low)
    share, further = np.zeros(shape), np.zeros(shape)
    if recipe.second_state is not None:
        probability, share_of, shift_of = recipe.second_state
        share = np.where(rng.uniform(size=shape) < probability, share_of.draw(rng, shape), 0.0)
        further = np.where(share > 0, shift_of.draw(rng, shape), 0.0)
    factor = recipe.sensitivity_scatter.draw(rng, shape)
    return Pairs(sample, element, shift, factor, share, further)


def spread(pairs: Pairs, values: Floats, shape: tuple[int, int]) -> Floats:
    """Return per-pair values as (sample, element), NaN where the element is absent."""
    wide = np.full(shape, np.nan)
    wide[pairs.sample, pairs.element] = values
    return wide


def draw_columns(
    recipe: Recipe, defaults: Mapping[str, float], rng: np.random.Generator, count: int
) -> dict[str, Floats]:
    """Draw what belongs to a whole spectrum, shape (sample,) each: the response's parameters and the rest."""
    columns = {name: np.full(count, value) for name, value in defaults.items()}
    columns.update({name: range_.draw(rng, (count,)) for name, range_ in recipe.response.items()})
    columns["global_shift"] = recipe.global_shift.draw(rng, (count,))
    columns["background_level"] = recipe.background_level.draw(rng, (count,))
    columns["background_slope"] = np.clip(recipe.background_slope.draw(rng, (count,)), -1.0, 1.0)
    columns["peak_counts"] = recipe.counts.draw(rng, (count,))
    columns["noise_factor"] = recipe.noise_factor.draw(rng, (count,))
    columns["smoothed"] = (rng.uniform(size=count) < recipe.smoothing).astype(np.float64)
    columns["low_end"] = recipe.low_end.draw(rng, (count,)) if recipe.low_end else np.full(count, -np.inf)
    columns["high_end"] = recipe.high_end.draw(rng, (count,)) if recipe.high_end else np.full(count, np.inf)
    return columns


def draw_told(recipe: Recipe, names: Sequence[str], rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
    """Draw which stated parameters each spectrum comes with, shape (sample, parameter)."""
    told = np.ones((count, len(names)), dtype=bool)
    if recipe.untold:
        silence = rng.uniform(size=count)  # one draw per spectrum: who lacks one parameter of a detector lacks them all
        for place, name in enumerate(names):
            told[:, place] = silence >= recipe.untold.get(name, 0.0)
    return told
