"""Spectra of a recipe that come from several kinds of instrument."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.library import PureLibrary, RenderedLibrary
from specquant.recipes.recipe import Recipe, Source
from specquant.synthesizer.anatomy import Anatomy
from specquant.synthesizer.base import BLOCK, Batch, Synthesizer
from specquant.synthesizer.recipe import RecipeSynthesizer
from specquant.technique import Technique

_STREAM_OF_CHOICE = 1_000


class SourcesSynthesizer(Synthesizer):
    """Spectra drawn from several synthesizers, one per kind of instrument.

    Every block holds spectra of all kinds: a network that normalises over a batch would learn the kind from its
    neighbours otherwise. What was drawn per component of the library is left out of the nuisances, since components
    differ between the kinds.

    Parameters
    ----------
    made, weights
        The synthesizers, and how often a spectrum is one's.
    seed
        Same seed, same choice.
    """

    def __init__(self, made: list[RecipeSynthesizer], weights: list[float], seed: int) -> None:
        first = made[0]
        self.elements, self.axis, self.stated = first.elements, first.axis, first.stated
        self._made, self._seed = made, seed
        self._weights = np.array(weights) / sum(weights)

    def block(self, index: int) -> Batch:
        """Return the spectra of one block."""
        kinds = self._kinds(index)
        joined: Batch | None = None
        for kind in np.unique(kinds):
            batch = self._made[kind].block(index)
            joined = batch if joined is None else _taking(joined, batch, kinds == kind)
        assert joined is not None
        kept = {name: drawn for name, drawn in joined.nuisance.items() if "component" not in drawn[0]}
        return replace(joined, nuisance=kept)

    def anatomy(self, index: int) -> Anatomy:
        """Return what the spectra of a block consist of."""
        kinds = self._kinds(index)
        found = {kind: self._made[kind].anatomy(index) for kind in np.unique(kinds)}
        held = [(apart, kinds[apart.sample] == kind) for kind, apart in found.items()]
        order = np.argsort(np.concatenate([apart.sample[own] for apart, own in held]), kind="stable")

        def joined(name: str) -> Any:
            return np.concatenate([getattr(apart, name)[own] for apart, own in held])[order]

        rows = {name: np.zeros_like(getattr(held[0][0], name)) for name in ("background", "observed")}
        for kind, apart in found.items():
            for name, values in rows.items():
                values[kinds == kind] = getattr(apart, name)[kinds == kind]
        return Anatomy(joined("sample"), joined("element"), joined("fraction"), joined("columns"), **rows)

    def _kinds(self, index: int) -> NDArray[np.intp]:
        """Return which kind each spectrum of a block is of."""
        rng = np.random.default_rng([self._seed, _STREAM_OF_CHOICE, index])
        return np.asarray(rng.choice(len(self._made), size=BLOCK, p=self._weights))


def _taking(batch: Batch, other: Batch, rows: NDArray[np.bool_]) -> Batch:
    """Return a batch with some rows of another."""
    taken = torch.from_numpy(rows).to(batch.counts.device)

    def chosen(own: Tensor, new: Tensor) -> Tensor:
        return torch.where(taken[:, None], new, own)

    nuisance = {
        name: (dims, np.where(rows.reshape(-1, *[1] * len(dims)), other.nuisance[name][1], values))
        for name, (dims, values) in batch.nuisance.items()
        if "component" not in dims
    }
    return Batch(
        chosen(batch.counts, other.counts),
        chosen(batch.observed, other.observed),
        chosen(batch.fraction, other.fraction),
        chosen(batch.stated, other.stated),
        nuisance,
    )


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
