"""How much of a sample may be elements that its spectrum does not show: what a recipe's samples have of them.

A hidden element takes its share of all that is seen, so lower ends of intervals have to know it. How often there is
one, and how much of it, is what samples of the recipe say, as far as the spectrum leaves it open.
"""

import numpy as np

from specquant.recipes import Recipe
from specquant.synthesizer.truth import add, draw_fractions
from specquant.technique import Floats

_SAMPLES = 4096
"""Compositions that are drawn: chosen, so that rare elements occur some ten times."""

_CERTAIN = 50.0
"""Logarithm of odds beyond which they are as good as certain, so that no exponential overflows."""

_SELDOM = 0.05
"""Share of cases beyond either end of a 90 % interval."""


class Unseen:
    """What samples of a recipe have of every element.

    Parameters
    ----------
    recipe
        It draws the samples.
    elements
        Those of the technique.
    """

    def __init__(self, recipe: Recipe, elements: tuple[str, ...]) -> None:
        rng = np.random.default_rng(0)
        weights = np.array([recipe.prior.get(symbol, recipe.prior_default) for symbol in elements])
        fractions = draw_fractions(recipe, weights, rng, _SAMPLES)
        for addition in recipe.additions:
            fractions = add(fractions, addition, elements, rng)
        _, element = np.nonzero(fractions)
        amount = fractions[fractions > 0]
        order = np.argsort(-amount)
        self._element, self._amount = element[order], amount[order]
        self._counts = np.bincount(element, minlength=len(elements))

    def seldom_more(self, most: Floats, odds: Floats | None) -> float:
        """Return the atomic fraction that unseen elements together have more than in one case of twenty, about.

        Parameters
        ----------
        most
            What the spectrum leaves open of every element, atomic fraction (element,); 0 for those that are seen.
        odds
            Logarithm of the odds that an element is there, (element,), where a proposer knows better than the recipe
            that it is likely; None: nothing is known.
        """
        open_ = self._amount <= most[self._element]
        there = np.bincount(self._element[open_], minlength=most.size)
        possible = np.maximum(there + _SAMPLES - self._counts, 1)
        share = there / possible
        if odds is not None:
            probability = 1.0 / (1.0 + np.exp(-np.clip(odds, -_CERTAIN, _CERTAIN)))
            share = np.where(there > 0, np.maximum(share, probability), 0.0)
        weight = (share / np.maximum(there, 1))[self._element[open_]]
        beyond = np.cumsum(weight)
        last = int(np.searchsorted(beyond, _SELDOM))
        return float(self._amount[open_][last]) if last < beyond.size else 0.0
