"""The networks by the name they have after ``--network``; what computes with torch is loaded when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from specquant.errors import SettingError, did_you_mean
from specquant.learning.networks.shapes import NetworkShape, stated_scales
from specquant.technique import Technique

if TYPE_CHECKING:
    from specquant.learning.networks.base import SpectrumNetwork


@dataclass(frozen=True)
class Architecture:
    """A network that can be trained.

    `name` is that of its class, which lies in `module`; `learning_rate` is the highest of the training plan, where no
    other is given (docs/decisions/0011-optimizer.md); `sizes` are fields of its shape that differ from their defaults.
    """

    title: str
    module: str
    name: str
    learning_rate: float
    sizes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def network(self) -> "type[SpectrumNetwork]":
        """Its class, a module of torch."""
        kind: type[SpectrumNetwork] = getattr(import_module(f"specquant.learning.networks.{self.module}"), self.name)
        return kind

    def shape(self, technique: Technique) -> NetworkShape:
        """Return the sizes of the network for a technique."""
        centres, spans = stated_scales(technique.stated)
        return self.network.shape_type(
            technique.axis.size,
            len(technique.elements),
            centres=centres,
            spans=spans,
            **self.sizes,
        )


NETWORKS: Mapping[str, Architecture] = {
    "cnn": Architecture("Vanilla CNN", "vanilla_cnn", "VanillaCnn", 1e-2),
    "dnn": Architecture("DNN (fully connected)", "dnn", "Dnn", 3e-3),
    "googlenet": Architecture("GoogLeNet (Inception V3)", "googlenet", "GoogLeNet", 1e-2),
    "resnet": Architecture("ResNet-27", "resnet", "ResNet", 3e-3),
}


def find_architecture(name: str) -> Architecture:
    """Return the network of that name, or raise SettingError with the names there are."""
    if name not in NETWORKS:
        wanted = f"one of {', '.join(NETWORKS)}"
        raise SettingError("no such network", found=repr(name), wanted=wanted, todo=did_you_mean(name, NETWORKS))
    return NETWORKS[name]


def class_named(name: str) -> "type[SpectrumNetwork] | None":
    """Return the class of that name, as a model file holds it; None if there is none."""
    return next((known.network for known in NETWORKS.values() if known.name == name), None)
