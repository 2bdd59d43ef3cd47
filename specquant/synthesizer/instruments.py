"""Spectra of a recipe that come from several kinds of instrument."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from specquant.library import PureLibrary, RenderedLibrary
from specquant.recipes import InstrumentKind, Recipe
from specquant.synthesizer.anatomy import Anatomy
from specquant.synthesizer.base import BLOCK, Batch, Synthesizer
from specquant.synthesizer.recipe import RecipeSynthesizer
from specquant.technique import Technique

_STREAM_OF_CHOICE = 1_000
"""Number in the seed of the generator that chooses the kinds; far from those of the streams of spectra."""


class InstrumentsSynthesizer(Synthesizer):
    """Spectra drawn from several synthesizers, one per kind of instrument, as often as their weights say.

    Every block holds spectra of all kinds: a network that normalises over a batch would learn the kind from its
    neighbours otherwise. What was drawn per component of the library is left out of the nuisances, since components
    differ between the kinds.
    """

    def __init__(self, synthesizers: Sequence[RecipeSynthesizer], weights: Sequence[float], seed: int) -> None:
        first = synthesizers[0]
        self.elements, self.axis, self.stated = first.elements, first.axis, first.stated
        self._synthesizers, self._seed = synthesizers, seed
        self._weights = np.array(weights) / sum(weights)

    def block(self, index: int) -> Batch:
        """Return the spectra of one block."""
        kinds = self._kinds(index)
        first, *others = np.unique(kinds)
        mixed = _without_components(self._synthesizers[first].block(index))
        for kind in others:
            mixed = _with_rows(mixed, _without_components(self._synthesizers[kind].block(index)), kinds == kind)
        return mixed

    def anatomy(self, index: int) -> Anatomy:
        """Return what the spectra of a block consist of."""
        kinds = self._kinds(index)
        anatomies = {kind: self._synthesizers[kind].anatomy(index) for kind in np.unique(kinds)}
        pairs = {kind: kinds[anatomy.sample] == kind for kind, anatomy in anatomies.items()}
        order = np.argsort(
            np.concatenate([anatomy.sample[pairs[kind]] for kind, anatomy in anatomies.items()]), kind="stable"
        )

        def per_pair(name: str) -> Any:
            return np.concatenate([getattr(anatomy, name)[pairs[kind]] for kind, anatomy in anatomies.items()])[order]

        def per_sample(name: str) -> Any:
            values = np.zeros_like(getattr(next(iter(anatomies.values())), name))
            for kind, anatomy in anatomies.items():
                values[kinds == kind] = getattr(anatomy, name)[kinds == kind]
            return values

        return Anatomy(
            *map(per_pair, ("sample", "element", "fraction", "columns")), *map(per_sample, ("background", "observed"))
        )

    def _kinds(self, index: int) -> NDArray[np.intp]:
        """Return which kind each spectrum of a block is of."""
        rng = np.random.default_rng([self._seed, _STREAM_OF_CHOICE, index])
        return np.asarray(rng.choice(len(self._synthesizers), size=BLOCK, p=self._weights))


def _without_components(batch: Batch) -> Batch:
    """Return a batch without what was drawn per component."""
    nuisance = {name: (dims, values) for name, (dims, values) in batch.nuisance.items() if "component" not in dims}
    return replace(batch, nuisance=nuisance)


def _with_rows(batch: Batch, other: Batch, rows: NDArray[np.bool_]) -> Batch:
    """Return a batch with some rows of another."""
    on_device = torch.from_numpy(rows).to(batch.counts.device)
    return Batch.combined(
        [batch, other],
        lambda pair: torch.where(on_device[:, None], pair[1], pair[0]),
        lambda pair: np.where(rows.reshape(-1, *[1] * (pair[0].ndim - 1)), pair[1], pair[0]),
    )


def synthesizer_of(
    technique: Technique, library: PureLibrary, recipe: Recipe, seed: int, device: str = "cpu", stream: str = "train"
) -> RecipeSynthesizer | InstrumentsSynthesizer:
    """Return the synthesizer of a recipe, whatever kinds of instrument it names; parameters as of `RecipeSynthesizer`.

    A library that was not rendered holds the spectra of one instrument: all spectra then come from that.
    """
    if not recipe.rendered_kinds or not library.is_rendered:
        return RecipeSynthesizer(technique, library, recipe, seed, device, stream)

    def of_kind(kind: InstrumentKind) -> RecipeSynthesizer:
        there = technique.with_defaults(kind.values)
        pure = library if there.defaults() == technique.defaults() else RenderedLibrary(there)
        of_one = replace(recipe, instruments=(), response={**recipe.response, **kind.response})
        return RecipeSynthesizer(there, pure, of_one, seed, device, stream)

    return InstrumentsSynthesizer(
        [of_kind(kind) for kind in recipe.instruments], [kind.weight for kind in recipe.instruments], seed
    )
