"""The offset network: by how much an energy axis is off, and which kind of instrument a spectrum comes from.

======  ===========================================================  =========================
layer   what it does                                                 output, for 1301 channels
======  ===========================================================  =========================
input   square root of counts over their mean; mask                  (2, 1301)
1 to 3  convolution, batch norm, ReLU                                (64, 163)
4       linear, ReLU: how well the lines fit each place              (128)
output  linear, softmax: probability of every kind and offset        (kind, offset)
======  ===========================================================  =========================

A strong line alone does not tell an offset from another element; that the lines of one element lie where they should
to each other does, and so do the elements that most samples have.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from specquant.learning.networks.base import convolutions, network_input, with_dense

_INPUTS = 2
"""Input channels: square root, mask."""

_SPREAD = 0.6
"""Standard deviation, bins, of what counts as the right offset in training: chosen, so that a neighbouring bin is
nearly right (docs/decisions/0009-offset.md)."""


@dataclass(frozen=True)
class OffsetShape:
    """Sizes of the network; written into the model file.

    Parameters
    ----------
    energies
        Channels of a spectrum.
    kinds
        Kinds of instrument that it tells apart.
    first
        The first of the offsets that it tells apart, eV.
    step
        Distance of two of them, eV.
    bins
        How many there are.
    channels
        Channels of the convolutions, as the table of this module has them; chosen.
    kernels
        Widths of their kernels; chosen.
    stride
        Their stride; chosen.
    dense
        Units of the dense layer; chosen.
    """

    energies: int
    kinds: int
    first: float
    step: float
    bins: int
    channels: tuple[int, int, int] = (16, 32, 64)
    kernels: tuple[int, int, int] = (9, 7, 5)
    stride: int = 2
    dense: int = 128


class OffsetNetwork(nn.Module):
    """Counts and mask to the logarithm of the probability of every kind and offset, up to a constant."""

    def __init__(self, shape: OffsetShape) -> None:
        super().__init__()
        self.shape = shape
        layers = convolutions(_INPUTS, shape.channels, shape.kernels, (shape.stride,) * len(shape.kernels))
        self.hidden = with_dense(layers, _INPUTS, shape.energies, shape.dense)
        self.output = nn.Linear(shape.dense, shape.kinds * shape.bins)

    def forward(self, counts: Tensor, observed: Tensor) -> Tensor:
        """Return (sample, kind, offset) of counts (sample, energy) where observed (sample, energy) is true."""
        logits: Tensor = self.output(self.hidden(network_input(counts, observed, steps=False)))
        return logits.reshape(-1, self.shape.kinds, self.shape.bins)

    def offsets(self) -> Tensor:
        """Return the offset of every bin, eV, shape (offset,)."""
        offsets: Tensor = self.shape.first + self.shape.step * torch.arange(self.shape.bins)
        return offsets


def offset_loss(logits: Tensor, kind: Tensor, offset: Tensor, shape: OffsetShape) -> Tensor:
    """Return the cross entropy of (sample, kind, offset) against true kinds (sample,) and offsets (sample,) in eV."""
    position = (offset - shape.first) / shape.step
    distance = torch.arange(shape.bins, device=logits.device) - position[:, None]
    near = torch.softmax(-0.5 * (distance / _SPREAD) ** 2, dim=1)
    log = torch.log_softmax(logits.flatten(1), dim=1).reshape(logits.shape)
    chosen = log[torch.arange(len(log), device=log.device), kind]
    loss: Tensor = -(near * chosen).sum(dim=1).mean()
    return loss
