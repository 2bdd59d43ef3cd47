"""The vanilla CNN: three hidden layers between a spectrum and the atomic fractions.

======  ===========================================================  =========================
layer   what it does                                                 output, for 1301 channels
======  ===========================================================  =========================
input   see `base`                                                   (3, 1301)
1       convolution, batch norm, ReLU: edges and peak shapes         (16, 651)
2       convolution, batch norm, ReLU: peaks on their background     (32, 326)
3       convolution, batch norm, ReLU: neighbouring peaks            (64, 163)
output  see `base`                                                   (element), sums to 1
======  ===========================================================  =========================

How its layers, its input and its training were found: docs/decisions/0010-training.md.

`of_depth` makes the same network with fewer or more layers. The first three divide the length by two, the channels
double with each, and layers after them keep both. The output layer therefore sees about 10 400 features at any depth:
what changes along a sweep over depth is depth.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from specquant.learning.networks.base import INPUTS, NetworkShape, SpectrumNetwork, convolutions

_CHANNELS = (16, 32, 64)
"""Channels of each layer. Twice as many gained nothing (docs/decisions/0010-training.md)."""

_KERNELS = (9, 5, 5)
"""Width of each layer's kernels, in its input channels; by trial, as the strides (docs/decisions/0010-training.md)."""

_STRIDES = (2, 2, 2)
"""By what each layer divides the length."""

_FURTHER_KERNEL = 3
"""Width of the kernels of layers after the third in `of_depth`. Chosen: the smallest that sees its neighbours."""


@dataclass(frozen=True)
class CnnShape(NetworkShape):
    """Sizes of the CNN: `channels`, `kernels` and `strides` per layer."""

    channels: tuple[int, ...] = _CHANNELS
    kernels: tuple[int, ...] = _KERNELS
    strides: tuple[int, ...] = _STRIDES


class VanillaCnn(SpectrumNetwork):
    """Convolutions one after another."""

    word: ClassVar[str] = "cnn"
    shape_type: ClassVar[type[NetworkShape]] = CnnShape

    def __init__(self, shape: CnnShape) -> None:
        hidden = convolutions(INPUTS, shape.channels, shape.kernels, shape.strides)
        super().__init__(shape, hidden, shape.channels[0])


def of_depth(layers: int) -> dict[str, Any]:
    """Return the sizes of the CNN with this number of hidden layers; with three it is the vanilla CNN."""
    further = max(layers - len(_CHANNELS), 0)
    return {
        "channels": _CHANNELS[:layers] + (_CHANNELS[-1],) * further,
        "kernels": _KERNELS[:layers] + (_FURTHER_KERNEL,) * further,
        "strides": _STRIDES[:layers] + (1,) * further,
    }
