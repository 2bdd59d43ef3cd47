"""Spectra of a recipe that come from several kinds of instrument: each block from one of them."""

from dataclasses import replace

import numpy as np

from specquant.library import PureLibrary, RenderedLibrary
from specquant.recipe import Recipe, Source
from specquant.synthesizer.anatomy import Anatomy
from specquant.synthesizer.base import Batch, Synthesizer
from specquant.synthesizer.recipe import RecipeSynthesizer
from specquant.technique import Technique

_STREAM_OF_CHOICE = 1_000


class SourcesSynthesizer(Synthesizer):
    """Blocks drawn from several synthesizers, one per kind of instrument.

    What was drawn per component of the library is left out of the nuisances: components differ between the kinds.

    Parameters
    ----------
    made, weights
        The synthesizers, and how often a block is one's.
    seed
        Same seed, same choice.
    """

    def __init__(self, made: list[RecipeSynthesizer], weights: list[float], seed: int) -> None:
        first = made[0]
        self.elements, self.axis, self.stated = first.elements, first.axis, first.stated
        self._made, self._seed = made, seed
        self._weights = np.array(weights) / sum(weights)

    def block(self, index: int) -> Batch:
        """Return the spectra of one block, all of one kind of instrument."""
        batch = self._of(index).block(index)
        kept = {name: drawn for name, drawn in batch.nuisance.items() if "component" not in drawn[0]}
        return replace(batch, nuisance=kept)

    def anatomy(self, index: int) -> Anatomy:
        """Return what the spectra of a block consist of."""
        return self._of(index).anatomy(index)

    def _of(self, index: int) -> RecipeSynthesizer:
        rng = np.random.default_rng([self._seed, _STREAM_OF_CHOICE, index])
        return self._made[rng.choice(len(self._made), p=self._weights)]


def synthesizer_of(
    technique: Technique, library: PureLibrary, recipe: Recipe, seed: int, device: str = "cpu", stream: str = "train"
) -> RecipeSynthesizer | SourcesSynthesizer:
    """Return the synthesizer of a recipe, whatever kinds of instrument it names.

    A library that was not rendered holds the spectra of one instrument: all spectra then come from that.

    Parameters
    ----------
    technique, library, recipe, seed, device, stream
        As of `RecipeSynthesizer`.
    """
    if not recipe.sources or library.dataset.attrs.get("source") != "rendered":
        return RecipeSynthesizer(technique, library, recipe, seed, device, stream)
    made = [_of_source(technique, library, recipe, source, seed, device, stream) for source in recipe.sources]
    return SourcesSynthesizer(made, [source.weight for source in recipe.sources], seed)


def _of_source(
    technique: Technique, library: PureLibrary, recipe: Recipe, source: Source, seed: int, device: str, stream: str
) -> RecipeSynthesizer:
    there = technique.with_defaults(source.values)
    held = library if there.defaults() == technique.defaults() else RenderedLibrary(there)
    plain = replace(recipe, sources=(), response={**recipe.response, **source.response})
    return RecipeSynthesizer(there, held, plain, seed, device, stream)
