"""The card of a model: what it is, and what it is valid for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from specquant.errors import ModelError
from specquant.learning.doubt import DoubtTable
from specquant.learning.interval import IntervalTable
from specquant.technique import EnergyAxis, Technique
from specquant.typed import Count, Name, Number, Share, Text

Symbol = Annotated[str, Meta(min_length=1, max_length=8)]
"""An element."""

Weight = Annotated[float, Meta(ge=0.0, le=1e300)]
"""A weight in a draw."""

FINGERPRINT = 12
"""Hexadecimal digits of a hash that are shown: two models in a million million million share them by chance."""


@dataclass(frozen=True)
class ModelCard:
    """What a model is, and what it is valid for.

    Parameters
    ----------
    network
        Name of the architecture.
    technique
        Name of the technique that it was trained for.
    recipe
        Name of the recipe that it was trained with.
    elements
        Its outputs, in order; the technique may have further elements.
    axis
        Its input channels: first, last and step, eV.
    parameters
        Default instrument parameters of the technique it was trained for.
    spectra
        How many spectra it saw.
    seed
        The seed that they were drawn from.
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
        All that its training spectra depend on beside the seed, in words, and what training began with, if another
        network or frozen layers.
    ranges
        Values of the instrument parameters in its training spectra: all of a few, or lowest and highest of a range.
    doubt
        How far answers of every method are to be doubted, see `specquant.learning.doubt`; empty: not learned yet.
    specquant_version
        Version of specquant that trained it.
    command
        The command as typed.
    sha256
        SHA-256 of the content of its file: the weights and all else that the card says. Empty until it is in a file.
    """

    network: Name
    technique: Name
    recipe: Name
    elements: tuple[Symbol, ...]
    axis: tuple[Number, Number, Number]
    parameters: Mapping[Name, Number]
    spectra: Count
    seed: Count
    validation_accuracy: Share
    interval: IntervalTable = field(default_factory=IntervalTable)
    settings: Mapping[Name, Any] = field(default_factory=dict)
    stated: tuple[Name, ...] = ()
    seen: tuple[Symbol, ...] = ()
    prior: Mapping[Symbol, Weight] = field(default_factory=dict)
    origin: Text = ""
    ranges: Mapping[Name, tuple[Number, ...]] = field(default_factory=dict)
    doubt: Mapping[Name, DoubtTable] = field(default_factory=dict)
    specquant_version: Name = ""
    command: Text = ""
    sha256: Name = field(default="", compare=False)

    @property
    def title(self) -> str:
        """The model in words: network, recipe, spectra and seed."""
        return f"{self.network}, recipe {self.recipe}, {self.spectra:,} spectra, seed {self.seed}"

    @property
    def identity(self) -> dict[str, str]:
        """Which model it is, as results say it: title, technique, version of specquant that made it, and hash."""
        return {
            "title": self.title,
            "technique": self.technique,
            "specquant_version": self.specquant_version,
            "sha256": self.sha256,
        }

    @property
    def fingerprint(self) -> str:
        """The first digits of the hash of its content: equal fingerprints, equal models. Empty where it has none."""
        return self.sha256[:FINGERPRINT]

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
            found="{}..{} {unit} in {} {unit} steps".format(*card.axis, unit=axis.unit),
            wanted=f"{axis.start}..{axis.stop} {axis.unit} in {axis.step} {axis.unit} steps",
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
    if list(card.elements) != [symbol for symbol in technique.elements if symbol in card.elements]:
        raise ModelError("model with elements out of order", where=path, wanted=f"the order of {technique.name}")
    stated = tuple(parameter.name for parameter in technique.stated)
    if not set(card.stated) <= set(stated):
        raise ModelError(
            "model for other stated parameters",
            where=path,
            found=", ".join(card.stated) or "none",
            wanted=", ".join(stated) or "none",
        )
