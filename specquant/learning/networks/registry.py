"""The networks by the name they have after ``--network``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import nn

from specquant.errors import SettingError, did_you_mean
from specquant.learning.networks.base import NetworkShape, SpectrumNetwork, stated_scales
from specquant.learning.networks.dnn import Dnn
from specquant.learning.networks.googlenet import GoogLeNet
from specquant.learning.networks.resnet import ResNet
from specquant.learning.networks.vanilla_cnn import VanillaCnn
from specquant.technique import Technique

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Architecture:
    """A network that can be trained.

    `learning_rate` is the highest of the training plan, where no other is given (docs/decisions/0011-optimizer.md);
    `sizes` are fields of its shape that differ from their defaults.
    """

    title: str
    network: type[SpectrumNetwork]
    learning_rate: float
    sizes: Mapping[str, Any] = field(default_factory=dict)

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
    VanillaCnn.word: Architecture("Vanilla CNN", VanillaCnn, 1e-2),
    Dnn.word: Architecture("DNN (fully connected)", Dnn, 3e-3),
    GoogLeNet.word: Architecture("GoogLeNet (Inception V3)", GoogLeNet, 1e-2),
    ResNet.word: Architecture("ResNet-27", ResNet, 3e-3),
}


def find_architecture(name: str) -> Architecture:
    """Return the network of that name, or raise SettingError with the names there are."""
    if name not in NETWORKS:
        wanted = f"one of {', '.join(NETWORKS)}"
        raise SettingError("no such network", found=repr(name), wanted=wanted, todo=did_you_mean(name, NETWORKS))
    return NETWORKS[name]


def class_named(name: str) -> type[SpectrumNetwork] | None:
    """Return the class of that name, as a model file holds it; None if there is none."""
    return next((known.network for known in NETWORKS.values() if known.network.__name__ == name), None)


def build(network: type[Network], shape: object, seed: int) -> Network:
    """Return an untrained network of a shape; the same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network(shape)
