"""Fresh spectra of a recipe, the same for all methods, with their limits; and the answer of not looking at them."""

from collections.abc import Iterator
from functools import cache, cached_property
from math import nan

import numpy as np

from specquant.evaluation import article_accuracy
from specquant.quantifiers import Estimate, Quantifier
from specquant.recipes import Recipe
from specquant.session import Session
from specquant.spectra import Spectra
from specquant.study.article.bayes import MOVES, bayes_limit, has_bayes_limit
from specquant.study.article.ledger import Ledger
from specquant.study.article.oracle import Limit, limit_of
from specquant.study.benches import Bench
from specquant.synthesizer import BLOCK, Batch, RecipeSynthesizer, blocks, synthesizer_of

_MOST_FOR_BAYES = 128
"""Spectra that the Bayes limit rests on, at most; a quarter of a bench that is smaller."""

_MOVES_PER_SPECTRUM = 200
"""Moves of the chains behind it per spectrum, so that a small study does not spend its time there."""

_MEAN_BLOCKS = 8
"""Blocks of the training stream that the mean composition of a recipe is taken from: 2 048 spectra."""


class FreshBench(Bench):
    """The first `samples` spectra of the evaluation stream of a recipe, scored over all elements.

    They are made on the CPU whatever the session's device, so that their noise is the same everywhere.
    """

    def __init__(self, session: Session, recipe: Recipe, seed: int, samples: int, ledger: Ledger) -> None:
        self.key = f"{recipe.name} ({recipe.fingerprint}), counts {recipe.counts}, {samples} spectra of seed {seed}"
        self._recipe, self._samples, self._ledger = recipe, samples, ledger
        self._synthesizer = synthesizer_of(session.technique, session.library, recipe, seed, stream="evaluation")
        self._kept = self._synthesizer.kept()

    def scores(self, quantifier: Quantifier) -> dict[str, float]:
        """Return the accuracy on them."""
        accuracies = [
            article_accuracy(quantifier.answer(batch.spectra()).fraction, batch.fraction.numpy())
            for batch in self._batches()
        ]
        return {"accuracy": float(np.concatenate(accuracies).mean())}

    @cached_property
    def limit(self) -> Limit:
        """The accuracy that the oracle reaches on them, and the Cramér-Rao bound."""
        names = [f"{name} on {self.key}" for name in ("oracle", "bound")]
        once = cache(lambda: limit_of(self._synthesizer, self._samples))
        oracle = self._ledger.value(names[0], lambda: once().oracle)
        return Limit(oracle, self._ledger.value(names[1], lambda: once().bound))

    @cached_property
    def bayes(self) -> float:
        """The Bayes limit of some of them, see `bayes`; NaN where it cannot be worked out."""
        synthesizer, recipe = self._synthesizer, self._recipe
        if not (isinstance(synthesizer, RecipeSynthesizer) and synthesizer.linear and has_bayes_limit(recipe)):
            return nan
        few = min(max(self._samples // 4, 1), _MOST_FOR_BAYES)
        moves = min(MOVES, _MOVES_PER_SPECTRUM * few)
        name = f"Bayes limit of {few} on {self.key}"
        return self._ledger.value(name, lambda: bayes_limit(synthesizer, recipe, few, moves))

    def _batches(self) -> Iterator[Batch]:
        for start, count in blocks(self._samples):
            yield self._kept.batch(start, count)


class MeanComposition(Quantifier):
    """The mean composition of a recipe as the answer to every spectrum: the accuracy of not looking."""

    name = "constant"

    def __init__(self, session: Session, recipe: Recipe, seed: int) -> None:
        super().__init__(session.technique)
        synthesizer = synthesizer_of(session.technique, session.library, recipe, seed)
        fraction = synthesizer.batch(0, _MEAN_BLOCKS * BLOCK).fraction
        self._mean = fraction.double().mean(dim=0).numpy()

    def estimate(self, spectra: Spectra) -> Estimate:
        """Return the same for all."""
        return Estimate.without_interval(np.tile(self._mean, (len(spectra), 1)))
