"""Model files: safetensors weights with a JSON header that holds all that is needed to use them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from specquant.errors import ModelError
from specquant.files import atomic_path
from specquant.technique import EnergyAxis, Technique

FORMAT = 1


@dataclass(frozen=True)
class ModelCard:
    """What a model is, and what it is valid for.

    Parameters
    ----------
    network
        Name of the architecture.
    technique, recipe
        What it was trained for and with.
    elements, axis
        Outputs, in order, and the input channels. The technique may have further elements.
    parameters
        Default instrument parameters of the pure spectra it was trained with.
    spectra, seed
        How many spectra it saw, and from which seed.
    validation_accuracy
        Article accuracy on the validation stream of the recipe.
    interval
        Bins of predicted fraction with the 5 % and 95 % quantile of (true - predicted) in each, on that stream.
    settings
        Sizes of the network.
    stated
        Names of the stated instrument parameters that are inputs, in order.
    seen
        Elements that could occur in its training spectra; empty where that is not known.
    prior
        Weight of each of them in the draw of a sample's elements; contamination comes on top.
    source
        What its training spectra were made from, in words.
    """

    network: str
    technique: str
    recipe: str
    elements: tuple[str, ...]
    axis: tuple[float, float, float]
    parameters: Mapping[str, float]
    spectra: int
    seed: int
    validation_accuracy: float
    interval: Mapping[str, list[float]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    stated: tuple[str, ...] = ()
    specquant_version: str = ""
    command: str = ""
    seen: tuple[str, ...] = ()
    prior: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    @property
    def title(self) -> str:
        """The model in words: network, recipe, spectra and seed."""
        return f"{self.network}, recipe {self.recipe}, {self.spectra:,} spectra, seed {self.seed}"

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that it can find: those that it has outputs for and that could occur in its training spectra."""
        return self.seen or self.elements

    def limits(self, technique: Technique) -> str:
        """Return in words, after "the model", which elements it cannot find; empty if it knows all."""
        unknown = [symbol for symbol in technique.elements if symbol not in self.known]
        if len(self.known) < len(unknown):
            return f"was trained to see only {', '.join(self.known)}"
        return f"does not know {', '.join(unknown)}" if unknown else ""


def save_model(card: ModelCard, weights: Mapping[str, Tensor], path: Path) -> Path:
    """Write weights (as half precision, which changes no fraction by more than about 0.001) and card to `path`."""
    halves = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in weights.items()
    }
    with atomic_path(path) as partial:
        partial.write_bytes(save(halves, {"specquant_model": str(FORMAT), "card": json.dumps(asdict(card))}))
    return path


def load_model(path: Path) -> tuple[ModelCard, dict[str, Tensor]]:
    """Read a model file.

    Raises
    ------
    ModelError
        If it is missing, damaged, or no model of specquant.
    """
    if not path.is_file():
        raise ModelError("no such model file", where=path, todo="Give the path of a .safetensors file.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError("damaged model file", where=path, found=error, todo="Copy or train it again.") from error
    if metadata.get("specquant_model") != str(FORMAT):
        raise ModelError(
            "not a model of this specquant", where=path, found=metadata.get("specquant_model", "no header")
        )
    try:
        content: dict[str, Any] = dict(json.loads(metadata["card"]))
        content |= {name: tuple(content[name]) for name in ("elements", "axis", "stated", "seen") if name in content}
        card = ModelCard(**content)
        _check_interval(card.interval)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("damaged model header", where=path, found=error, todo="Copy or train it again.") from error
    weights = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in stored.items()}
    counted = "num_batches_tracked"  # no weight; early files hold it as a half that may have overflown
    broken = sorted(name for name, tensor in weights.items() if not (counted in name or tensor.isfinite().all()))
    if broken:
        raise ModelError(
            "damaged weights", where=path, found=f"not finite: {', '.join(broken)}", todo="Copy or train it again."
        )
    return card, weights


def _check_interval(interval: Mapping[str, list[float]]) -> None:
    edges, low, high = (np.array(interval[name], dtype=np.float64) for name in ("edges", "low", "high"))
    if not edges.shape[0] + 1 == low.shape[0] == high.shape[0] or not np.isfinite([*edges, *low, *high]).all():
        raise ValueError("interval table makes no sense")


def check_fits(card: ModelCard, technique: Technique, path: Path) -> None:
    """Raise ModelError if the model was made for another technique, another axis or elements that are not known.

    A model may know fewer elements than the technique, as one does that was made before the library grew.
    """
    axis: EnergyAxis = technique.axis
    if card.technique != technique.name:
        raise ModelError("model for another technique", where=path, found=card.technique, wanted=technique.name)
    if card.axis != (axis.start, axis.stop, axis.step):
        raise ModelError(
            "model for another energy axis",
            where=path,
            found="{}..{} eV in {} eV steps".format(*card.axis),
            wanted=f"{axis.start}..{axis.stop} eV in {axis.step} eV steps",
            todo="Train a model for this axis with specquant train.",
        )
    strange = [symbol for symbol in card.elements if symbol not in technique.elements]
    if strange or not card.elements or len(set(card.elements)) < len(card.elements):
        raise ModelError(
            "model for other elements",
            where=path,
            found=", ".join(strange) or f"{len(card.elements)} elements",
            wanted=f"elements of {technique.name}, each once",
        )
    stated = tuple(parameter.name for parameter in technique.stated)
    if not set(card.stated) <= set(stated):
        raise ModelError(
            "model for other stated parameters",
            where=path,
            found=", ".join(card.stated) or "none",
            wanted=", ".join(stated) or "none",
        )


def tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they were before JSON made lists of their tuples; TypeError or ValueError if they are none."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in dict(settings).items()}
