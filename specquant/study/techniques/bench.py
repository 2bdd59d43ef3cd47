"""Fresh spectra of a recipe, scored element by element."""

import numpy as np

from specquant.evaluation import article_accuracy
from specquant.quantifiers import Quantifier
from specquant.recipes import Recipe
from specquant.session import Session
from specquant.study.article.benches import FreshBench
from specquant.study.article.ledger import Ledger
from specquant.technique import Floats

ALL = "accuracy"
"""Name of the score over all elements."""


class ElementBench(FreshBench):
    """The first `samples` spectra of the evaluation stream of a recipe, scored over all elements and each alone."""

    def __init__(self, session: Session, recipe: Recipe, seed: int, samples: int, ledger: Ledger) -> None:
        super().__init__(session, recipe, seed, samples, ledger)
        self.key = f"{self.key}, by element"
        self._elements = session.technique.elements

    def scores(self, quantifier: Quantifier) -> dict[str, float]:
        """Return the accuracy on them, and the `element_accuracy` of every element that occurs, by its symbol."""
        answers = [(quantifier.answer(x.spectra()).fraction, x.fraction.numpy()) for x in self._batches()]
        predicted, truth = (np.concatenate(values).astype(np.float64) for values in zip(*answers, strict=True))
        alone = element_accuracy(predicted, truth)
        by_symbol = zip(self._elements, alone.tolist(), strict=True)
        every = float(article_accuracy(predicted, truth).mean())
        return {ALL: every} | {symbol: value for symbol, value in by_symbol if np.isfinite(value)}


def element_accuracy(predicted: Floats, truth: Floats) -> Floats:
    """Return the accuracy of every element, shape (element,), of fractions (sample, element); NaN where none occurs.

    It is the amount that is in both the prediction and the truth, over the mean of their amounts: 1 where they agree,
    0 where an element is never predicted in spectra that hold it. What is missed counts, and what is predicted in
    vain. As fractions sum to one, the accuracy over all is the mean of these, weighted with those amounts.
    """
    both, mean = np.minimum(predicted, truth).sum(axis=0), 0.5 * (predicted + truth).sum(axis=0)
    known = (truth > 0).any(axis=0)
    return np.where(known, both / np.where(known, mean, 1.0), np.nan)
