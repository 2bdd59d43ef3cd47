"""The training stage: a model file, with its checkpoint beside it until it is done."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from specquant.discovery import Plugin
from specquant.errors import ModelError
from specquant.files import make_folder
from specquant.instrument.offset import OffsetFinder, for_offsets, train_offset_finder
from specquant.learning import NetworkQuantifier, Progress, TrainingPlan, train_network
from specquant.learning.networks import NETWORKS, Architecture
from specquant.library import PureLibrary
from specquant.recipes.priors import element_weights, elements_seen
from specquant.recipes.recipe import Recipe
from specquant.synthesizer import BLOCK, synthesizer_of
from specquant.synthesizer.fixed import FixedSpectra
from specquant.technique import Technique

VALIDATION_BLOCKS = 16
"""Blocks of the validation stream that a network is scored and its intervals are calibrated on."""


def train_model(
    plugin: Plugin,
    library: PureLibrary,
    recipe: str,
    plan: TrainingPlan,
    out: Path,
    *,
    architecture: Architecture = NETWORKS["cnn"],
    data: Path | None = None,
    validation_blocks: int = VALIDATION_BLOCKS,
    device: str = "cpu",
    command: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> NetworkQuantifier:
    """Train a network and write it to `out`.

    Parameters
    ----------
    plugin, library, recipe
        Whose spectra, from which pure ones; the library is not built where it is not needed.
    plan
        How long and how fast.
    out
        The model file; a checkpoint with the suffix ``.checkpoint`` stands beside it until training is done.
    architecture
        Which network.
    data
        A fixed set of spectra to learn from instead of fresh ones, split 8:2.
    validation_blocks
        Blocks of fresh spectra that it is scored on.
    device, command, progress
        Where it runs, what was typed, who is told.
    """
    make_folder(out.parent)
    technique = plugin.technique
    checkpoint = out.with_suffix(".checkpoint")
    seen: tuple[str, ...] = ()
    weights: Mapping[str, float] = {}
    if data is not None:
        fixed = FixedSpectra(data, technique, plan.seed, device)
        name, learn, held_out = f"file {data.name}", fixed.training_block, fixed.validation_blocks()
        source = _source(technique, name, "fixed spectra")
    else:
        chosen = technique.recipe(recipe)
        made = synthesizer_of(technique, library, chosen, plan.seed, device)
        kept = synthesizer_of(technique, library, chosen, plan.seed, device, stream="validation")
        name, learn, held_out = recipe, made.block, (kept.block(index) for index in range(validation_blocks))
        source = _recipe_source(technique, library, chosen)
        seen = elements_seen(chosen, tuple(symbol for symbol in technique.elements if symbol in library.elements))
        weights = element_weights(chosen, seen)
    model = train_network(
        technique,
        name,
        learn,
        held_out,
        replace(plan, source=source),
        architecture=architecture,
        device=device,
        checkpoint=checkpoint,
        progress=progress,
        command=command,
    )
    model.card = replace(model.card, source=source, seen=seen, prior=weights)
    model.save(out)
    checkpoint.unlink(missing_ok=True)
    return model


def train_offset_model(
    plugin: Plugin,
    library: PureLibrary,
    recipe: str,
    plan: TrainingPlan,
    out: Path,
    *,
    device: str = "cpu",
    command: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> OffsetFinder:
    """Train the network that finds the offset of an axis, and write it to `out`; parameters as of `train_model`.

    Raises
    ------
    SettingError
        If the recipe draws no offsets.
    """
    make_folder(out.parent)
    technique = plugin.technique
    checkpoint = out.with_suffix(".checkpoint")
    chosen = for_offsets(technique.recipe(recipe))
    made = synthesizer_of(technique, library, chosen, plan.seed, device)
    kept = synthesizer_of(technique, library, chosen, plan.seed, device, stream="validation")
    model = train_offset_finder(
        technique,
        chosen,
        made.block,
        (kept.block(index) for index in range(VALIDATION_BLOCKS)),
        replace(plan, source=_recipe_source(technique, library, chosen)),
        device=device,
        checkpoint=checkpoint,
        progress=progress,
        command=command,
    )
    model.save(out)
    checkpoint.unlink(missing_ok=True)
    return model


def finished_model(
    plugin: Plugin, library: PureLibrary, recipe: str, plan: TrainingPlan, path: Path, device: str = "cpu"
) -> NetworkQuantifier | None:
    """Return the model of a file if it is what training by these settings would give, else None."""
    try:
        model = NetworkQuantifier.load(path, plugin.technique, device)
    except ModelError:
        return None
    source = _recipe_source(plugin.technique, library, plugin.technique.recipe(recipe))
    found = (model.card.source, model.card.spectra, model.card.seed)
    return model if found == (source, plan.steps * BLOCK, plan.seed) else None


def _recipe_source(technique: Technique, library: PureLibrary, recipe: Recipe) -> str:
    origin = ", ".join(f"{key} {value}" for key, value in library.dataset.attrs.items())
    return _source(technique, f"{recipe.name} ({recipe.fingerprint})", origin)


def _source(technique: Technique, name: str, origin: str) -> str:
    return f"{technique.name}, {name}, library {origin}, specquant {version('specquant')}"
