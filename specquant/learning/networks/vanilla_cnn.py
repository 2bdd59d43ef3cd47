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

`shapes.of_depth` makes the same network with fewer or more layers. The first three divide the length by two, the
channels double with each, and layers after them keep both. The output layer therefore sees about 10 400 features at any
depth: what changes along a sweep over depth is depth.
"""

from typing import ClassVar

from specquant.learning.networks.base import SpectrumNetwork, convolutions
from specquant.learning.networks.inputs import INPUTS
from specquant.learning.networks.shapes import CnnShape, NetworkShape


class VanillaCnn(SpectrumNetwork):
    """Convolutions one after another."""

    word: ClassVar[str] = "cnn"
    shape_type: ClassVar[type[NetworkShape]] = CnnShape

    def __init__(self, shape: CnnShape) -> None:
        hidden = convolutions(INPUTS, shape.channels, shape.kernels, shape.strides)
        super().__init__(shape, hidden, shape.channels[0])
