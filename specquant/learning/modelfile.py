"""Model files: safetensors weights with a JSON header that holds all that is needed to use them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from specquant.errors import ModelError
from specquant.files import atomic_path
from specquant.learning.interval import IntervalTable
from specquant.technique import EnergyAxis, Technique

FORMAT = 2
"""Version of model files: another one is refused, not half read."""


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
        Outputs, in order, and the input channels: first, last and step, eV. The technique may have further elements.
    parameters
        Default instrument parameters of the technique it was trained for.
    spectra, seed
        How many spectra it saw, and from which seed.
    validation_accuracy
        Article accuracy on the validation spectra of its training set.
    interval
        How far its predictions were from the truth on them.
    settings
        Sizes of the network, as its class takes them.
    stated
        Names of the stated instrument parameters that are inputs, in order.
    seen
        Elements that could occur in its training spectra; empty where that is not known.
    prior
        Weight of each of them in the draw of a sample's elements; contamination comes on top.
    origin
        All that its training spectra depend on beside the seed, in words.
    ranges
        Values of the instrument parameters in its training spectra: all of a few, or lowest and highest of a range.
    specquant_version, command
        What trained it, and what was typed.
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
    interval: IntervalTable = field(default_factory=IntervalTable)
    settings: Mapping[str, Any] = field(default_factory=dict)
    stated: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    prior: Mapping[str, float] = field(default_factory=dict)
    origin: str = ""
    ranges: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    specquant_version: str = ""
    command: str = ""

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
        If it is missing, damaged, no model of specquant, or of another version of it.
    """
    if not path.is_file():
        raise ModelError("no such model file", where=path, todo="Give the path of a .safetensors file.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError("damaged model file", where=path, found=error, todo="Copy or train it again.") from error
    _check_format(metadata, path)
    try:
        card = _card(json.loads(metadata["card"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("damaged model header", where=path, found=error, todo="Copy or train it again.") from error
    weights = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in stored.items()}
    broken = sorted(name for name, tensor in weights.items() if not tensor.isfinite().all())
    if broken:
        raise ModelError(
            "damaged weights", where=path, found=f"not finite: {', '.join(broken)}", todo="Copy or train it again."
        )
    return card, weights


def _check_format(metadata: Mapping[str, str], path: Path) -> None:
    if "specquant_model" not in metadata:
        raise ModelError("not a model of specquant", where=path, found="no header")
    if metadata["specquant_model"] != str(FORMAT):
        raise ModelError(
            "model of another version of specquant",
            where=path,
            found=f"format {metadata['specquant_model']}",
            wanted=f"format {FORMAT}",
            todo="Train it again with this version.",
        )


def _card(content: Mapping[str, Any]) -> ModelCard:
    """Return the card of a file's JSON; KeyError, TypeError or ValueError if it is none."""
    lists = {name: tuple(content[name]) for name in ("elements", "axis", "stated", "seen")}
    ranges = {name: tuple(map(float, values)) for name, values in dict(content["ranges"]).items()}
    interval, settings = IntervalTable.read(content["interval"]), _with_tuples(dict(content["settings"]))
    return ModelCard(**{**content, **lists, "ranges": ranges, "interval": interval, "settings": settings})


def _with_tuples(value: Any) -> Any:
    """Return a value of JSON with tuples in place of its lists, as it was before it was written."""
    if isinstance(value, dict):
        return {name: _with_tuples(entry) for name, entry in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


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
