"""The DNN: fully connected layers only, as many as the vanilla CNN has convolutions.

======  ==================================  ========================
layer   what it does                        output
======  ==================================  ========================
input   see `base`, laid end to end         (3 x energy)
1 to 3  linear, batch norm, ReLU            (512)
output  see `base`                          (element), sums to 1
======  ==================================  ========================

The article does not state its number of layers. Every unit of the first layer has its own weight for every channel:
what a peak looks like has to be learnt anew at every position.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import nn

from specquant.learning.networks.base import BatchNorm, Dense, SpectrumNetwork
from specquant.learning.networks.inputs import INPUTS
from specquant.learning.networks.shapes import NetworkShape


@dataclass(frozen=True)
class DnnShape(NetworkShape):
    """Sizes of the DNN: `units` per hidden layer."""

    units: tuple[int, ...] = (512, 512, 512)


class Dnn(SpectrumNetwork):
    """Fully connected layers one after another."""

    word: ClassVar[str] = "dnn"
    shape_type: ClassVar[type[NetworkShape]] = DnnShape

    def __init__(self, shape: DnnShape) -> None:
        first, *_ = shape.units
        layers: list[nn.Module] = [nn.Sequential(nn.Flatten(), Dense(INPUTS * shape.energies, first))]
        layers += [BatchNorm(first), nn.ReLU(inplace=True)]
        for inside, outside in pairwise(shape.units):
            layers += [Dense(inside, outside), BatchNorm(outside), nn.ReLU(inplace=True)]
        super().__init__(shape, nn.Sequential(*layers), first)
