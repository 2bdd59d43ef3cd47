"""The quantity network: the distribution of what nobody stated of an instrument, given a spectrum.

======  ==============================================================================  =======================
layer   what it does                                                                    output, 2001 channels
======  ==============================================================================  =======================
input   square root of counts over their mean; its steps; mask                          (3, 2001)
1 to 4  convolution, batch norm, ReLU. Stated parameters (value in units of the range,  (64, 63)
        and whether it is known) are added to the first, the same everywhere
5       linear, ReLU                                                                    (128)
output  linear: for every kind of instrument its log probability, and for each          (kind, 1 + 2 quantity)
        quantity a mean and the logarithm of a standard deviation
======  ==============================================================================  =======================

It is a mixture of Gaussians over the kinds. Each is learned from the spectra of its kind, so that both probabilities
and deviations are calibrated where spectra are those of the recipe.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from specquant.arrays import in_numpy, in_torch
from specquant.instrument.shapes import NARROWEST, WIDEST, QuantityShape
from specquant.learning.networks.base import convolutions, with_dense
from specquant.learning.networks.inputs import INPUTS, network_input, stated_input
from specquant.technique import Floats


class QuantityNetwork(nn.Module):
    """Counts, mask and stated parameters to a mixture of Gaussians over the kinds of instrument."""

    def __init__(self, shape: QuantityShape) -> None:
        super().__init__()
        self.shape = shape
        layers = convolutions(INPUTS, shape.channels, shape.kernels, shape.strides)
        self.hidden = with_dense(layers, INPUTS, shape.energies, shape.dense)
        self.stated = nn.Linear(2 * len(shape.centres), shape.channels[0], bias=False)
        self.output = nn.Linear(shape.dense, shape.kinds * (1 + 2 * len(shape.means[0])))

    def forward(self, counts: Tensor, observed: Tensor, stated: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return log probabilities (sample, kind), means and standard deviations (sample, kind, quantity).

        They are those of counts (sample, energy) where observed (sample, energy) is true; stated parameters (sample,
        parameter) are NaN where not known.
        """
        shape, quantities = self.shape, len(self.shape.means[0])
        features = self.hidden[0](network_input(counts, observed, steps=True))
        features = features + self.stated(stated_input(stated, shape.centres, shape.spans))[:, :, None]
        said = self.output(self.hidden[1:](features)).reshape(-1, shape.kinds, 1 + 2 * quantities)
        means, spreads = (torch.tensor(values, device=said.device) for values in (shape.means, shape.spreads))
        logarithm = said[:, :, 1 + quantities :].clamp(NARROWEST, WIDEST)
        return (
            torch.log_softmax(said[:, :, 0], dim=1),
            means + spreads * said[:, :, 1 : 1 + quantities],
            spreads * logarithm.exp(),
        )

    def answer(
        self, counts: NDArray[np.float32], observed: NDArray[np.bool_], stated: NDArray[np.float32]
    ) -> tuple[Floats, Floats, Floats]:
        """Return the same of spectra in numpy; nothing is learned."""
        device = next(self.parameters()).device
        with torch.inference_mode():
            log, mean, deviation = self.eval()(*(in_torch(each).to(device) for each in (counts, observed, stated)))
        return in_numpy(log.double()), in_numpy(mean.double()), in_numpy(deviation.double())


def quantity_loss(said: tuple[Tensor, Tensor, Tensor], kind: Tensor, quantity: Tensor) -> Tensor:
    """Return minus the log probability, up to a constant, of true kinds (sample,) and quantities (sample, quantity).

    Given the kind, quantities are taken to be independent.
    """
    log, mean, deviation = said
    rows = torch.arange(len(log), device=log.device)
    away = (quantity - mean[rows, kind]) / deviation[rows, kind]
    density = (0.5 * away.square() + deviation[rows, kind].log()).sum(dim=1)
    loss: Tensor = (density - log[rows, kind]).mean()
    return loss
