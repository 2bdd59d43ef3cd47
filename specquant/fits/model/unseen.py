"""How much of a sample may be elements that its spectrum does not show: what a recipe's samples have of them.

How often there is one, and how much of it, is what samples of the recipe say, as far as the spectrum leaves it open. An
element that is taken to be a layer shows its lines, and these may come from the sample as well: samples of the recipe
with their layers say how likely that is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from specquant.fits.model.hidden import Hidden
from specquant.recipes import Recipe
from specquant.synthesizer.truth import add, draw_fractions
from specquant.technique import Floats

_SAMPLES = 4096
"""Compositions that are drawn: chosen, so that rare elements occur some ten times."""

_THICKNESSES = 256
"""Layers that are drawn: chosen, two to every nanometre or more."""

_CERTAIN = 50.0
"""Logarithm of odds beyond which they are as good as certain, so that no exponential overflows."""

_IMPOSSIBLE = 9.0
"""Standard errors from all layers of the recipe beyond which a thickness counts as impossible: its likelihood is less
than 1e-17."""

_LEAST_REST = 1e-9
"""Least atomic fraction of all other elements, so that nothing is divided by zero."""

_CASES = 32
"""Cases that amounts are gathered into, equally likely: chosen, more than a quantile of them shows."""


@dataclass(frozen=True)
class Shown:
    """What a spectrum shows of an element that is taken to be a layer.

    Parameters
    ----------
    thickness
        How thick the layer is, in the unit of the technique's parameter.
    deviation
        Standard error of the thickness, in the same unit.
    atoms
        Atoms of the element for each other atom that would show as much if they were in the bulk.
    """

    thickness: float
    deviation: float
    atoms: float


class Unseen:
    """What samples of a recipe have of every element.

    Parameters
    ----------
    recipe
        It draws the samples.
    elements
        Those of the technique.
    layers
        Element to the parameter that is its thickness on the surface, see `FitDecisions.layers`.
    """

    def __init__(self, recipe: Recipe, elements: tuple[str, ...], layers: Mapping[str, str]) -> None:
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
        self._thickness = {
            elements.index(symbol): recipe.response[name].draw(rng, (_THICKNESSES,))
            for symbol, name in layers.items()
            if name in recipe.response
        }

    def hidden(self, most: Floats, odds: Floats | None, shown: Mapping[int, Shown]) -> Hidden:
        """Return what may be hidden of a sample.

        Parameters
        ----------
        most
            What the spectrum leaves open of every element, atomic fraction (element,); 0 for those that are seen.
        odds
            Logarithm of the odds that an element is there, (element,), by a proposer that may know better than the
            recipe; NaN where it cannot tell a layer from the bulk. None: nothing is known.
        shown
            What it shows of elements that are taken to be layers, by their indices; `most` says nothing of these.
        """
        odds = np.full(most.size, np.nan) if odds is None else np.clip(odds, -_CERTAIN, _CERTAIN)
        proposed = 1.0 / (1.0 + np.exp(-odds))
        parts = [self._open(np.where(np.isin(np.arange(most.size), list(shown)), 0.0, most), proposed)]
        parts += self._layered(shown, proposed)
        amount, weight = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return _gathered(amount, weight)

    def _open(self, most: Floats, proposed: Floats) -> tuple[Floats, Floats]:
        """Return amounts that the spectrum leaves open, and how likely each is.

        An element is as likely there as the recipe has it, or as the proposer says (element,), whatever is more.
        """
        open_ = self._amount <= most[self._element]
        there = np.bincount(self._element[open_], minlength=most.size)
        share = there / np.maximum(there + _SAMPLES - self._counts, 1)
        share = np.where(there > 0, np.fmax(share, proposed), 0.0)
        return self._amount[open_], (share / np.maximum(there, 1))[self._element[open_]]

    def _layered(self, shown: Mapping[int, Shown], proposed: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Yield amounts of every element that is taken to be a layer, and how likely each is.

        Sample and layer together show what the spectrum shows: the more there is in the sample, the thinner the layer.
        How likely it is to be in the sample is what the proposer says (element,), or else what the recipe has.
        """
        for element, layer in shown.items():
            amount = self._amount[self._element == element]
            if element not in self._thickness or not amount.size or layer.atoms <= 0.0:
                continue
            in_bulk = layer.thickness * amount / (np.maximum(1.0 - amount, _LEAST_REST) * layer.atoms)
            likely = self._likelihood(element, layer, layer.thickness - in_bulk)
            without = (_SAMPLES - amount.size) * float(self._likelihood(element, layer, np.array([layer.thickness]))[0])
            total = float(likely.sum())
            if total > 0.0:
                share = total / (total + without) if np.isnan(proposed[element]) else float(proposed[element])
                yield amount, likely / total * share

    def _likelihood(self, element: int, layer: Shown, thickness: Floats) -> Floats:
        """Return how likely layers of a thickness (case,) are, as far as thicknesses are known."""
        drawn, likely = self._thickness[element], np.zeros(thickness.size)
        beyond = _IMPOSSIBLE * layer.deviation
        near = np.flatnonzero((thickness > drawn.min() - beyond) & (thickness < drawn.max() + beyond))
        away = (thickness[near, None] - drawn) / layer.deviation
        likely[near] = np.exp(-0.5 * away**2).mean(axis=1)
        return likely


def _gathered(amount: Floats, weight: Floats) -> Hidden:
    """Return a few cases of many amounts with their probabilities: of the largest, where they are more than certain."""
    order = np.argsort(-amount)
    reached = np.minimum(np.cumsum(weight[order]), 1.0)
    if not amount.size or reached[-1] <= 0.0:
        return Hidden.nothing()
    weight, amount = np.diff(reached, prepend=0.0), amount[order]
    case = np.minimum((reached / reached[-1] * _CASES).astype(np.intp), _CASES - 1)
    probability, total = (np.bincount(case, each, _CASES).astype(np.float64) for each in (weight, weight * amount))
    there = probability > 0.0
    return Hidden(total[there] / probability[there], probability[there])
