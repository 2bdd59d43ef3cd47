"""The vanilla CNN: three hidden layers between a spectrum and the atomic fractions.

======  ===========================================================  =========================
layer   what it does                                                 output, for 1301 channels
======  ===========================================================  =========================
input   see `base`                                                   (2, 1301)
1       convolution, batch norm, ReLU: edges and peak shapes         (16, 651)
2       convolution, batch norm, ReLU: peaks on their background     (32, 326)
3       convolution, batch norm, ReLU: neighbouring peaks            (64, 163)
output  see `base`                                                   (element), sums to 1
======  ===========================================================  =========================

On recipe ``article`` of XPS, after 100 000 spectra, the output of `base` gave 0.90 where softmax after a dense layer
gave 0.70 (docs/decisions/0002-network.md).

`of_depth` makes the same network with fewer or more layers. Each of the first three halves the length and doubles the
channels, and those after them keep both. The output layer therefore sees about 10 430 features at any depth: what
changes along a sweep over depth is depth.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from torch import nn

from specquant.quantifiers.networks.base import NetworkShape, SpectrumNetwork, convolution

_CHANNELS = (16, 32, 64)
_KERNELS = (9, 7, 5)
_FURTHER_KERNEL = 3


@dataclass(frozen=True)
class CnnShape(NetworkShape):
    """Sizes of the CNN: `channels` and `kernels` per layer, and the `stride` of the first `strided` layers."""

    channels: tuple[int, ...] = _CHANNELS
    kernels: tuple[int, ...] = _KERNELS
    stride: int = 2
    strided: int = 3


class VanillaCnn(SpectrumNetwork):
    """Convolutions one after another."""

    word: ClassVar[str] = "cnn"
    shape_type: ClassVar[type[NetworkShape]] = CnnShape

    def __init__(self, shape: CnnShape) -> None:
        layers: list[nn.Module] = []
        for place, (ends, kernel) in enumerate(zip(pairwise((2, *shape.channels)), shape.kernels, strict=True)):
            layers += convolution(*ends, kernel, shape.stride if place < shape.strided else 1)
        super().__init__(shape, nn.Sequential(*layers), shape.channels[0])


def of_depth(layers: int) -> dict[str, Any]:
    """Return the sizes of the CNN with so many hidden layers; with three it is the vanilla CNN."""
    further = max(layers - len(_CHANNELS), 0)
    return {
        "channels": _CHANNELS[:layers] + (_CHANNELS[-1],) * further,
        "kernels": _KERNELS[:layers] + (_FURTHER_KERNEL,) * further,
    }
