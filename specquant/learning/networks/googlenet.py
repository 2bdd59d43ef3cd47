"""GoogLeNet (Inception V3) in one dimension, 18 hidden layers on its deepest path.

After C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016 (arXiv:1512.00567): a
stem of three convolutions, then Inception modules with grid reductions between them. The branches of a module look at
the same position with different reach. The deepest branch of either has three convolutions: 3 + 5 x 3 = 18 layers, the
article's number.

======  ===========================================================  =========================
layers  what it does                                                 output, for 1301 channels
======  ===========================================================  =========================
input   see `base`                                                   (3, 1301)
1-3     stem: three convolutions                                     (32, 326)
4-6     Inception: 1; 1, 5; 1, 3, 3; average pool, 1                 (64, 326)
7-9     grid reduction: 3; 1, 3, 3; maximum pool; all by two         (128, 163)
10-12   Inception                                                    (96, 163)
13-15   grid reduction                                               (192, 82)
16-18   Inception                                                    (128, 82)
output  see `base`                                                   (element), sums to 1
======  ===========================================================  =========================

Numbers in the table are kernels. What differs from the original: it is narrower; its factorised 1 x 7 and 7 x 1 kernels
have no counterpart in one dimension; it has no auxiliary classifier; and the output sees every position, where the
original averages over them: position is what tells elements apart, and all networks here have the same output.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from specquant.learning.networks.base import SpectrumNetwork, convolution
from specquant.learning.networks.inputs import INPUTS
from specquant.learning.networks.shapes import NetworkShape


@dataclass(frozen=True)
class GoogLeNetShape(NetworkShape):
    """Sizes of GoogLeNet: channels of the `stem`, and of each branch of the three Inception modules."""

    stem: tuple[int, int, int] = (16, 16, 32)
    branches: tuple[int, int, int] = (16, 24, 32)


class GoogLeNet(SpectrumNetwork):
    """Stem, Inception modules, grid reductions."""

    word: ClassVar[str] = "googlenet"
    shape_type: ClassVar[type[NetworkShape]] = GoogLeNetShape

    def __init__(self, shape: GoogLeNetShape) -> None:
        one, two, three = shape.stem
        layers = [*convolution(INPUTS, one, 9, 2), *convolution(one, two, 3), *convolution(two, three, 3, 2)]
        inside = three
        for module, width in enumerate(shape.branches):
            if module:
                layers.append(_Parallel(_reduction(inside, width)))
                inside += 2 * width
            layers.append(_Parallel(_inception(inside, width)))
            inside = 4 * width
        super().__init__(shape, nn.Sequential(*layers), one)


class _Parallel(nn.Module):
    """Branches that see the same input; their outputs are put side by side."""

    def __init__(self, branches: list[nn.Sequential]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, features: Tensor) -> Tensor:
        """Return (sample, channels of all branches, position) of (sample, channel, position)."""
        return torch.cat([branch(features) for branch in self.branches], dim=1)


def _inception(inside: int, width: int) -> list[nn.Sequential]:
    """Return the four branches of an Inception module, `width` channels each (the original's figure 5)."""
    return [
        nn.Sequential(*convolution(inside, width, 1)),
        nn.Sequential(*convolution(inside, width, 1), *convolution(width, width, 5)),
        nn.Sequential(*convolution(inside, width, 1), *convolution(width, width, 3), *convolution(width, width, 3)),
        nn.Sequential(nn.AvgPool1d(3, 1, padding=1, count_include_pad=False), *convolution(inside, width, 1)),
    ]


def _reduction(inside: int, width: int) -> list[nn.Sequential]:
    """Return the three branches of a grid reduction by two (the original's figure 10)."""
    return [
        nn.Sequential(*convolution(inside, width, 3, 2)),
        nn.Sequential(*convolution(inside, width, 1), *convolution(width, width, 3), *convolution(width, width, 3, 2)),
        nn.Sequential(nn.MaxPool1d(3, 2, padding=1)),
    ]
