"""The training stage: a model file, with its checkpoint beside it until it is done."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from specquant.discovery import Plugin
from specquant.files import make_folder
from specquant.library import PureLibrary
from specquant.quantifiers import FixedSpectra, NetworkQuantifier, Progress, TrainingPlan, train_network
from specquant.quantifiers.networks import NETWORKS, Architecture
from specquant.synthesizer import RecipeSynthesizer

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
    if data is not None:
        fixed = FixedSpectra(data, technique, plan.seed, device)
        name, learn, held_out = f"file {data.name}", fixed.training_block, fixed.validation_blocks()
        origin = "fixed spectra"
    else:
        chosen = technique.recipe(recipe)
        made = RecipeSynthesizer(technique, library, chosen, plan.seed, device)
        kept = RecipeSynthesizer(technique, library, chosen, plan.seed, device, stream="validation")
        name, learn, held_out = recipe, made.block, (kept.block(index) for index in range(validation_blocks))
        origin = ", ".join(f"{key} {value}" for key, value in library.dataset.attrs.items())
    source = f"{technique.name}, {name}, library {origin}, specquant {version('specquant')}"
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
    model.save(out)
    checkpoint.unlink(missing_ok=True)
    return model
