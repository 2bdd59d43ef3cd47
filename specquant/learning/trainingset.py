"""What a network learns from, and what its model card says of that."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from specquant.journal import file_hash
from specquant.learning.card import ModelCard
from specquant.learning.interval import IntervalTable
from specquant.learning.plan import TrainingPlan
from specquant.learning.validity import trained_ranges
from specquant.library import PureLibrary
from specquant.recipes import Recipe
from specquant.recipes.priors import element_weights, elements_seen
from specquant.synthesizer import BLOCK, Batch, FixedSpectra, Synthesizer, synthesizer_of
from specquant.synthesizer.stored import files_of
from specquant.technique import Technique

VALIDATION_BLOCKS = 16
"""Blocks of fresh spectra that a network is scored on and its intervals are calibrated with. Chosen: 4096 spectra have
hundreds of predictions for every bin of an interval table."""


@dataclass(frozen=True)
class TrainingSet:
    """Spectra with known truth for training and validation.

    Parameters
    ----------
    name
        Name of the recipe or file.
    terms
        All that the spectra depend on beside the seed, in words, by the option that says it: equal terms,
        equal spectra.
    block
        Gives the spectra of a training step.
    validation
        Gives spectra of the same kind that are not learned from.
    seen
        Elements that can occur in the spectra; empty: that is not known.
    prior
        Weight of each of them in the draw of a sample's elements.
    ranges
        Values of every instrument parameter: all of a few, or lowest and highest of a range.
    """

    name: str
    terms: Mapping[str, str]
    block: Callable[[int], Batch]
    validation: Callable[[], Iterator[Batch]]
    seen: tuple[str, ...] = ()
    prior: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The terms in one line."""
        return ", ".join(self.terms.values())

    def kept(self, blocks: int) -> "TrainingSet":
        """Return the set with its first blocks and its validation made once, for several networks that learn from it.

        What was drawn beside the fractions is left out: a network that finds compositions does not learn from it.
        """
        ready: dict[int, Batch] = {}

        def block(index: int) -> Batch:
            if index >= blocks:
                return self.block(index)
            if index not in ready:
                ready[index] = _bare(self.block(index))
            return ready[index]

        validation = cache(lambda: list(map(_bare, self.validation())))
        return replace(self, block=block, validation=lambda: iter(validation()))

    @staticmethod
    def of_recipe(
        technique: Technique,
        library: PureLibrary,
        recipe: Recipe,
        seed: int,
        device: str = "cpu",
        validation_blocks: int = VALIDATION_BLOCKS,
    ) -> "TrainingSet":
        """Return fresh spectra of a recipe, by parameters as of `specquant.synthesizer.synthesizer_of`.

        Nothing is made before the first is asked for.
        """

        @cache
        def stream(name: str) -> Synthesizer:
            return synthesizer_of(technique, library, recipe, seed, device, name)

        available = tuple(symbol for symbol in technique.elements if symbol in library.elements)
        seen = elements_seen(recipe, available)
        return TrainingSet(
            recipe.name,
            _terms(
                technique,
                {"--recipe": f"{recipe.name} ({recipe.fingerprint})", "--library": f"library {library.identity}"},
            ),
            lambda index: stream("train").block(index),
            lambda: map(stream("validation").block, range(validation_blocks)),
            seen,
            element_weights(recipe, seen),
            trained_ranges(technique, recipe),
        )

    @staticmethod
    def of_file(path: Path, technique: Technique, seed: int, device: str = "cpu") -> "TrainingSet":
        """Return a fixed set of spectra; parameters as of `specquant.synthesizer.FixedSpectra`."""
        spectra, name = FixedSpectra(path, technique, seed, device), f"file {path.name}"
        return TrainingSet(
            name,
            _terms(technique, {"--data": f"{name} ({_hash(path)})"}),
            spectra.training_block,
            spectra.validation_blocks,
            ranges=trained_ranges(technique, None),
        )


def _bare(batch: Batch) -> Batch:
    """Return a batch without what was drawn beside its fractions."""
    return replace(batch, parameters={}, nuisance={})


def _hash(path: Path) -> str:
    """Return the hash of a file, or of the files of a store with their names."""
    files = files_of(path)
    if files == [path]:
        return file_hash(path)
    return sha256("".join(f"{each.relative_to(path)} {file_hash(each)}\n" for each in files).encode()).hexdigest()


def _terms(technique: Technique, spectra: Mapping[str, str]) -> dict[str, str]:
    return {"--technique": technique.name, **spectra, "version": f"specquant {version('specquant')}"}


def card_of(
    technique: Technique,
    training_set: TrainingSet,
    plan: TrainingPlan,
    command: str,
    *,
    network: str,
    validation_accuracy: float,
    settings: Mapping[str, Any],
    stated: tuple[str, ...] = (),
) -> ModelCard:
    """Return the card of a model that was trained on a set by a plan; its intervals are those of no error.

    `stated` are the stated parameters that are inputs of the network.
    """
    axis = technique.axis
    return ModelCard(
        network=network,
        technique=technique.name,
        recipe=training_set.name,
        elements=technique.elements,
        axis=(axis.start, axis.stop, axis.step),
        parameters=technique.defaults(),
        spectra=plan.steps * BLOCK,
        seed=plan.seed,
        validation_accuracy=validation_accuracy,
        interval=IntervalTable(),
        settings=settings,
        stated=stated,
        seen=training_set.seen,
        prior=training_set.prior,
        origin=training_set.origin,
        ranges=training_set.ranges,
        specquant_version=version("specquant"),
        command=command,
    )
