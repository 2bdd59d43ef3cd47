"""The stages in order, for the command line and for Python: open, train, quantify, run."""

from collections.abc import Callable
from pathlib import Path

from specquant.discovery import load_plugin
from specquant.library import PureLibrary, RenderedLibrary, StoredLibrary
from specquant.quantifiers import Progress, TrainingPlan, train_network
from specquant.quantifiers.modelfile import ModelCard
from specquant.technique import Technique


def open_library(technique: Technique, path: Path | None = None) -> PureLibrary:
    """Return the library of a file, or the rendered one."""
    return RenderedLibrary(technique) if path is None else StoredLibrary(path, technique)


def train_model(
    technique_name: str,
    recipe: str,
    plan: TrainingPlan,
    out: Path,
    *,
    data: Path | None = None,
    library_path: Path | None = None,
    device: str = "cpu",
    command: str = "",
    progress: Callable[[Progress], None] = lambda _: None,
) -> ModelCard:
    """Train a network, write it to `out` and return its card; the checkpoint beside `out` is removed at the end."""
    technique = load_plugin(technique_name).technique
    library = open_library(technique, library_path)
    checkpoint = out.with_suffix(".checkpoint")
    model = train_network(
        technique,
        library,
        technique.recipe(recipe),
        plan,
        device=device,
        checkpoint=checkpoint,
        progress=progress,
        command=command,
    )
    model.save(out)
    checkpoint.unlink(missing_ok=True)
    return model.card
