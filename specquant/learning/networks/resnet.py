"""ResNet-27 in one dimension, 27 hidden layers on its deepest path.

After K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv:1512.03385): one convolution, then
13 blocks of two convolutions each, and their result is added to the block's input: 1 + 13 x 2 = 27 layers, the
article's number. How the article shares them out is not stated; here stages have 3, 4, 3 and 3 blocks.

======  ===========================================================  =========================
layers  what it does                                                 output, for 1301 channels
======  ===========================================================  =========================
input   see `base`                                                   (3, 1301)
1       convolution by two; maximum pool by two                      (16, 326)
2-7     three blocks                                                 (16, 326)
8-15    four blocks, the first by two                                (32, 163)
16-21   three blocks, the first by two                               (64, 82)
22-27   three blocks, the first by two                               (96, 41)
output  see `base`                                                   (element), sums to 1
======  ===========================================================  =========================

What differs from the original: it is narrower, and the output sees every position, where the original averages over
them: position is what tells elements apart, and all networks here have the same output.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from specquant.learning.networks.base import SpectrumNetwork, convolution
from specquant.learning.networks.inputs import INPUTS
from specquant.learning.networks.shapes import NetworkShape


@dataclass(frozen=True)
class ResNetShape(NetworkShape):
    """Sizes of the ResNet: `channels` and number of `blocks` per stage."""

    channels: tuple[int, ...] = (16, 32, 64, 96)
    blocks: tuple[int, ...] = (3, 4, 3, 3)


class ResNet(SpectrumNetwork):
    """One convolution, then stages of residual blocks."""

    word: ClassVar[str] = "resnet"
    shape_type: ClassVar[type[NetworkShape]] = ResNetShape

    def __init__(self, shape: ResNetShape) -> None:
        first, *_ = shape.channels
        layers = [*convolution(INPUTS, first, 9, 2), nn.MaxPool1d(3, 2, padding=1)]
        inside = first
        for stage, (width, blocks) in enumerate(zip(shape.channels, shape.blocks, strict=True)):
            for block in range(blocks):
                layers.append(_Block(inside, width, 2 if stage and not block else 1))
                inside = width
        super().__init__(shape, nn.Sequential(*layers), first)


class _Block(nn.Module):
    """Two convolutions; their result is added to the input, which a convolution of one brings to the same size."""

    def __init__(self, inside: int, width: int, stride: int) -> None:
        super().__init__()
        first, second = convolution(inside, width, 3, stride), convolution(width, width, 3)
        self.residual = nn.Sequential(*first, *second[:-1])
        same = inside == width and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(*convolution(inside, width, 1, stride)[:-1])

    def forward(self, features: Tensor) -> Tensor:
        """Return (sample, width, position over stride) of (sample, inside, position)."""
        return nn.functional.relu(self.residual(features) + self.shortcut(features))
