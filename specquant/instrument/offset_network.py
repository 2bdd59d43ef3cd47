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

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from specquant.arrays import in_numpy, in_torch
from specquant.instrument.shapes import OFFSET_INPUTS, OffsetShape
from specquant.learning.networks.base import convolutions, with_dense
from specquant.learning.networks.inputs import network_input
from specquant.technique import Floats

_SPREAD = 0.6
"""Standard deviation, bins, of what counts as the right offset in training: chosen, so that a neighbouring bin is
nearly right (docs/decisions/0009-offset.md)."""


class OffsetNetwork(nn.Module):
    """Counts and mask to the logarithm of the probability of every kind and offset, up to a constant."""

    def __init__(self, shape: OffsetShape) -> None:
        super().__init__()
        self.shape = shape
        layers = convolutions(OFFSET_INPUTS, shape.channels, shape.kernels, (shape.stride,) * len(shape.kernels))
        self.hidden = with_dense(layers, OFFSET_INPUTS, shape.energies, shape.dense)
        self.output = nn.Linear(shape.dense, shape.kinds * shape.bins)

    def forward(self, counts: Tensor, observed: Tensor) -> Tensor:
        """Return (sample, kind, offset) of counts (sample, energy) where observed (sample, energy) is true."""
        logits: Tensor = self.output(self.hidden(network_input(counts, observed, steps=False)))
        return logits.reshape(-1, self.shape.kinds, self.shape.bins)

    def answer(self, counts: NDArray[np.float32], observed: NDArray[np.bool_]) -> Floats:
        """Return the same of spectra in numpy; nothing is learned."""
        device = next(self.parameters()).device
        with torch.inference_mode():
            return in_numpy(self.eval()(in_torch(counts).to(device), in_torch(observed).to(device)).double())


def offset_loss(logits: Tensor, kind: Tensor, offset: Tensor, shape: OffsetShape) -> Tensor:
    """Return the cross entropy of (sample, kind, offset) against true kinds (sample,) and offsets (sample,) in eV."""
    position = (offset - shape.first) / shape.step
    distance = torch.arange(shape.bins, device=logits.device) - position[:, None]
    near = torch.softmax(-0.5 * (distance / _SPREAD) ** 2, dim=1)
    log = torch.log_softmax(logits.flatten(1), dim=1).reshape(logits.shape)
    chosen = log[torch.arange(len(log), device=log.device), kind]
    loss: Tensor = -(near * chosen).sum(dim=1).mean()
    return loss
