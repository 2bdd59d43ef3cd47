"""What methods are scored on: fresh spectra of a recipe, the same for all, or measured spectra of known composition."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache, cached_property
from math import nan

import numpy as np
from numpy.typing import NDArray

from specquant.evaluation import Labelled, article_accuracy, by_class, evaluate_labelled
from specquant.library import PureLibrary
from specquant.quantifiers import Estimate, Quantifier
from specquant.recipes.recipe import Recipe
from specquant.study.article.bayes import MOVES, bayes_limit, has_bayes_limit
from specquant.study.article.ledger import Ledger
from specquant.study.article.oracle import Limit, limit_of
from specquant.synthesizer import BLOCK, RecipeSynthesizer, synthesizer_of
from specquant.technique import Floats, Technique

_MOST_FOR_BAYES = 128
"""Spectra that the Bayes limit rests on, at most; a quarter of a bench that is smaller."""

_MOVES_PER_SPECTRUM = 200
"""Of the chains behind it, so that a small study does not spend its time there."""


class Bench(ABC):
    """Spectra with known truth. `key` says which: equal keys, equal spectra."""

    key: str

    @abstractmethod
    def accuracy(self, quantifier: Quantifier) -> float:
        """Return the article's accuracy of a method, mean over the spectra."""


class FreshBench(Bench):
    """The first `samples` spectra of the evaluation stream of a recipe, scored over all elements."""

    def __init__(
        self, technique: Technique, library: PureLibrary, recipe: Recipe, seed: int, samples: int, ledger: Ledger
    ) -> None:
        self.key = f"{recipe.name}, counts {recipe.counts}, {samples} spectra of seed {seed}"
        self._recipe, self._samples, self._ledger = recipe, samples, ledger
        self._made = synthesizer_of(technique, library, recipe, seed, stream="evaluation")
        self._kept = self._made.kept()

    def accuracy(self, quantifier: Quantifier) -> float:
        """Return the accuracy on them."""
        found = []
        for start in range(0, self._samples, BLOCK):
            spectra = self._kept.spectra(start, min(BLOCK, self._samples - start))
            answer = quantifier.quantify(spectra)["fraction"].values
            found.append(article_accuracy(answer, spectra["fraction"].values))
        return float(np.concatenate(found).mean())

    @cached_property
    def limit(self) -> Limit:
        """What the oracle reaches on them, and the Cramér-Rao bound."""
        names = [f"{name} on {self.key}" for name in ("oracle", "bound")]
        once = cache(lambda: limit_of(self._made, self._samples))
        oracle = self._ledger.value(names[0], lambda: once().oracle)
        return Limit(oracle, self._ledger.value(names[1], lambda: once().bound))

    @cached_property
    def bayes(self) -> float:
        """The best that is possible without being told the elements; NaN where it cannot be worked out."""
        made, recipe, few = self._made, self._recipe, min(max(self._samples // 4, 1), _MOST_FOR_BAYES)
        if not (isinstance(made, RecipeSynthesizer) and made.linear and has_bayes_limit(recipe)):
            return nan
        moves = min(MOVES, _MOVES_PER_SPECTRUM * few)
        return self._ledger.value(f"Bayes limit of {few} on {self.key}", lambda: bayes_limit(made, recipe, few, moves))


class MeasuredBench(Bench):
    """Labelled measured spectra, over the elements that the technique compares.

    The mean over the reliability classes that count (``headline``), or over all.
    """

    def __init__(self, name: str, labelled: Sequence[Labelled]) -> None:
        self.key = f"measured, {len(labelled)} spectra of {name}"
        self._labelled = labelled

    def accuracy(self, quantifier: Quantifier) -> float:
        """Return the accuracy on them; replicates of a sample count once."""
        return next(iter(by_class(evaluate_labelled({"": quantifier}, self._labelled)).values())).accuracy


class MeanComposition(Quantifier):
    """The mean composition of a recipe as the answer to every spectrum: what is reached by not looking."""

    name = "constant"

    def __init__(self, technique: Technique, library: PureLibrary, recipe: Recipe, seed: int, blocks: int = 8) -> None:
        super().__init__(technique)
        made = synthesizer_of(technique, library, recipe, seed)
        self._fraction = made.batch(0, blocks * BLOCK).fraction.double().mean(dim=0).numpy()

    def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
        """Return the same for all."""
        del observed, stated
        return Estimate.without_interval(np.tile(self._fraction, (len(counts), 1)))
