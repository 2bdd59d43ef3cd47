"""The random truth of one block: compositions, shifts, scatter. Numpy, on the CPU, so that every device agrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from specquant.mixing import Components
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


@dataclass(frozen=True)
class Parts:
    """The components that occur in each sample, with what was drawn for them; shape (part,).

    `pair` is the index of the element among the pairs, -1 for a component of no element.
    """

    sample: Ints
    component: Ints
    pair: Ints
    factor: Floats
    shift: Floats

    def of_elements(self) -> "Parts":
        """Return the parts that belong to an element."""
        return Parts(*(getattr(self, entry.name)[self.pair >= 0] for entry in fields(self)))


@dataclass(frozen=True)
class Truth:
    """All that was drawn for one block.

    Parameters
    ----------
    fractions
        Atomic fractions, shape (sample, element).
    parameters
        Instrument parameters by name, (sample,) each.
    nuisances
        What else belongs to a whole spectrum, by name, (sample,) each.
    pairs
        What differs from element to element.
    parts
        What differs from component to component.
    stated
        Which stated parameters each spectrum comes with, shape (sample, parameter).
    """

    fractions: Floats
    parameters: Mapping[str, Floats]
    nuisances: Mapping[str, Floats]
    pairs: Pairs
    parts: Parts
    noise_seed: int
    stated: NDArray[np.bool_]


@dataclass(frozen=True)
class ComponentTable:
    """Which components a library has of every element, and the group of every component.

    `of_element` (element, most components of one element) holds their indices, -1 where an element has fewer;
    `of_none` those of no element.
    """

    of_element: Ints
    of_none: Ints
    groups: NDArray[np.str_]

    @staticmethod
    def of(components: Components, elements: Sequence[str]) -> "ComponentTable":
        """Return the table of a library's components for the elements of a technique."""
        index = np.array(components.indices(elements))
        listed = [np.flatnonzero(index == element) for element in range(len(elements))]
        of_element = np.full((len(elements), max(map(len, listed))), -1)
        for row, indices in zip(of_element, listed, strict=True):
            row[: indices.size] = indices
        return ComponentTable(of_element, np.flatnonzero(index < 0), np.array(components.groups))


def draw_fractions(recipe: Recipe, weights: Floats, rng: np.random.Generator, count: int) -> Floats:
    """Return atomic fractions, shape (sample, element); rows sum to one.

    `weights` (element,) are the prior weights; zero excludes an element.
    """
    numbers = np.arange(1, len(recipe.element_count) + 1)
    probability = np.array(recipe.element_count) / sum(recipe.element_count)
    wanted = np.minimum(rng.choice(numbers, size=count, p=probability), np.count_nonzero(weights))
    with np.errstate(divide="ignore"):
        keys = np.log(weights) + rng.gumbel(size=(count, weights.size))
    least = np.take_along_axis(np.sort(keys, axis=1), weights.size - wanted[:, None], axis=1)
    amounts = rng.gamma(recipe.concentration.draw(rng, (count, 1)), size=keys.shape) + 1e-12
    amounts[keys < least] = 0.0
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


def draw_parameters(
    recipe: Recipe, defaults: Mapping[str, float], rng: np.random.Generator, count: int
) -> dict[str, Floats]:
    """Draw the value of every instrument parameter, shape (sample,) each: its default, unless the recipe varies it.

    What kinds of instrument that are not rendered have of their own is drawn after all else.
    """
    parameters = {name: np.full(count, value) for name, value in defaults.items()}
    parameters.update({name: values.draw(rng, (count,)) for name, values in recipe.response.items()})
    if recipe.instruments and not recipe.rendered_kinds:
        weights = np.array([kind.weight for kind in recipe.instruments])
        chosen = rng.choice(len(weights), size=count, p=weights / weights.sum())
        for index, kind in enumerate(recipe.instruments):
            for name, values in kind.response.items():
                parameters[name] = np.where(chosen == index, values.draw(rng, (count,)), parameters[name])
    return parameters


def draw_nuisances(recipe: Recipe, rng: np.random.Generator, count: int) -> dict[str, Floats]:
    """Draw what belongs to a whole spectrum beside its instrument parameters, shape (sample,) each."""
    return {
        "global_shift": recipe.global_shift.draw(rng, (count,)),
        "background_level": recipe.background_level.draw(rng, (count,)),
        "background_slope": np.clip(recipe.background_slope.draw(rng, (count,)), -1.0, 1.0),
        "peak_counts": recipe.counts.draw(rng, (count,)),
        "noise_factor": recipe.noise_factor.draw(rng, (count,)),
        "smoothed": (rng.uniform(size=count) < recipe.smoothing).astype(np.float64),
        "low_end": recipe.low_end.draw(rng, (count,)) if recipe.low_end else np.full(count, -np.inf),
        "high_end": recipe.high_end.draw(rng, (count,)) if recipe.high_end else np.full(count, np.inf),
    }


def draw_pairs(recipe: Recipe, fractions: Floats, ranges: Floats, rng: np.random.Generator) -> Pairs:
    """Draw what differs from element to element, of fractions (sample, element).

    `ranges` (element, 2) are the lowest and highest chemical shift of every element, eV.
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


def draw_parts(recipe: Recipe, pairs: Pairs, table: ComponentTable, rng: np.random.Generator, count: int) -> Parts:
    """Draw what differs from component to component."""
    components = table.of_element[pairs.element]
    pair, column = np.nonzero(components >= 0)
    sample_of_none, of_none = np.repeat(np.arange(count), table.of_none.size), np.tile(table.of_none, count)
    sample = np.concatenate([pairs.sample[pair], sample_of_none])
    component = np.concatenate([components[pair, column], of_none])
    factor, shift = np.ones(component.shape), np.zeros(component.shape)
    for group, scatter in recipe.group_scatter.items():
        rows = np.flatnonzero(table.groups[component] == group)
        factor[rows] = scatter.draw(rng, rows.shape)
    for group, distribution in recipe.group_shift.items():
        rows = np.flatnonzero(table.groups[component] == group)
        shift[rows] = distribution.draw(rng, rows.shape)
    return Parts(sample, component, np.concatenate([pair, np.full(of_none.shape, -1)]), factor, shift)


def draw_stated(recipe: Recipe, names: Sequence[str], rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
    """Draw which stated parameters each spectrum comes with, shape (sample, parameter)."""
    stated = np.ones((count, len(names)), dtype=bool)
    if recipe.unstated:
        silence = rng.uniform(size=count)  # one draw per spectrum: parameters of a detector are unstated together
        for column, name in enumerate(names):
            stated[:, column] = silence >= recipe.unstated.get(name, 0.0)
    return stated


def spread(pairs: Pairs, values: Floats, shape: tuple[int, int]) -> Floats:
    """Return per-pair values as (sample, element), NaN where the element is absent."""
    wide = np.full(shape, np.nan)
    wide[pairs.sample, pairs.element] = values
    return wide
