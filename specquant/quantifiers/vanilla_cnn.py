"""The vanilla CNN: three hidden layers between a spectrum and the atomic fractions, on one page.

======  ===========================================================  =========================
layer   what it does                                                 output, for 1301 channels
======  ===========================================================  =========================
input   square root of counts over their mean; mask of what was seen (2, 1301)
1       convolution, batch norm, ReLU: edges and peak shapes         (16, 651)
        stated instrument parameters (value in units of the range,
        and whether it is known) are added to it, the same everywhere
2       convolution, batch norm, ReLU: peaks on their background     (32, 326)
3       convolution, batch norm, ReLU: neighbouring peaks            (64, 163)
output  linear, softplus, square; divided by the sum                 (element), sums to 1
======  ===========================================================  =========================

The output is not a softmax: amounts add up, and an area is the square of what the square root at the input made of it.
On recipe ``article`` of XPS, after 100 000 spectra, this gave 0.90 where softmax after a dense layer gave 0.70
(docs/decisions/0002-network.md). Loss is the RMSE over the elements of one spectrum, the metric
``1 - sum |y' - y| / 2``; both are the article's.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

_LEAST = 1e-30
"""Keeps the sum above zero when every output underflows; too small to change any other answer."""


@dataclass(frozen=True)
class CnnShape:
    """Sizes of the network; written into the model file.

    `centres` and `spans` are those of the stated instrument parameters: the middle and the half of their ranges.
    """

    energies: int
    elements: int
    channels: tuple[int, int, int] = (16, 32, 64)
    kernels: tuple[int, int, int] = (9, 7, 5)
    stride: int = 2
    centres: tuple[float, ...] = ()
    spans: tuple[float, ...] = ()


class VanillaCnn(nn.Module):
    """Counts, mask and stated parameters to atomic fractions."""

    def __init__(self, shape: CnnShape) -> None:
        super().__init__()
        self._shape = shape
        layers: list[nn.Module] = []
        for (inside, outside), kernel in zip(pairwise((2, *shape.channels)), shape.kernels, strict=True):
            layers += [
                nn.Conv1d(inside, outside, kernel, shape.stride, padding=kernel // 2),
                nn.BatchNorm1d(outside),
                nn.ReLU(inplace=True),
            ]
        self.hidden = nn.Sequential(*layers)
        self.told = nn.Linear(2 * len(shape.centres), shape.channels[0], bias=False) if shape.centres else None
        width = shape.energies
        for kernel in shape.kernels:
            width = (width + 2 * (kernel // 2) - kernel) // shape.stride + 1
        self.output = nn.Linear(width * shape.channels[-1], shape.elements)

    def forward(self, counts: Tensor, observed: Tensor, stated: Tensor) -> Tensor:
        """Return fractions (sample, element) of counts (sample, energy) where observed (sample, energy) is true.

        `stated` are the stated parameters, (sample, parameter), NaN where one is not known.
        """
        features = self.hidden[0](network_input(counts, observed))
        if self.told is not None:
            features = features + self.told(stated_input(stated, self._shape.centres, self._shape.spans))[:, :, None]
        features = self.hidden[1:](features)
        amounts = nn.functional.softplus(self.output(features.flatten(1))).square() + _LEAST
        return amounts / amounts.sum(dim=1, keepdim=True)


def network_input(counts: Tensor, observed: Tensor) -> Tensor:
    """Return the two input channels, (sample, 2, energy).

    The square root makes counting noise even along the spectrum (variance 1/4 whatever the counts); dividing by the
    mean takes the scale out, so that counts, counts per second and averages are all the same.
    """
    mask = observed.to(torch.float32)
    seen = counts.clamp_min(0.0) * mask
    mean = seen.sum(dim=1, keepdim=True) / mask.sum(dim=1, keepdim=True).clamp_min(1.0)
    return torch.stack([torch.sqrt(seen / mean.clamp_min(1e-12)) - mask, mask], dim=1)


def stated_input(stated: Tensor, centres: tuple[float, ...], spans: tuple[float, ...]) -> Tensor:
    """Return standardised values, 0 where not known, and then flags of what is known: (sample, 2 x parameter)."""
    known = ~stated.isnan()
    middle, half = (torch.tensor(values, dtype=torch.float32, device=stated.device) for values in (centres, spans))
    return torch.cat([torch.where(known, (stated.float() - middle) / half, 0.0), known.float()], dim=1)


def rmse(predicted: Tensor, fraction: Tensor) -> Tensor:
    """Return the loss: RMSE over the elements of a spectrum, averaged over the spectra."""
    return ((predicted - fraction).square().mean(dim=1) + 1e-12).sqrt().mean()


def accuracy(predicted: Tensor, fraction: Tensor) -> Tensor:
    """Return the article's accuracy per spectrum, shape (sample,)."""
    return 1.0 - 0.5 * (predicted - fraction).abs().sum(dim=1)
