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

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from specquant.learning.networks.base import INPUTS, convolutions, network_input, stated_input, with_dense

_NARROWEST, _WIDEST = -2.5, 1.5
"""Range of the logarithm of a standard deviation, in spreads of the quantity: chosen, from a twelfth, finer than any
spectrum says, to what is wider than knowing nothing."""


@dataclass(frozen=True)
class QuantityShape:
    """Sizes of the network; written into the model file.

    Parameters
    ----------
    energies
        Channels of a spectrum.
    kinds
        Kinds of instrument that it tells apart.
    means
        Mean of every quantity over the spectra of each kind, (kind, quantity).
    spreads
        Its standard deviation, (kind, quantity).
    centres
        Middle of the range of each stated parameter that is an input, (parameter,).
    spans
        Half of the range of each, (parameter,).
    channels
        Channels of the convolutions, as the table of this module has them; chosen.
    kernels
        Widths of their kernels; chosen.
    strides
        Their strides; chosen.
    dense
        Units of the dense layer; chosen.
    """

    energies: int
    kinds: int
    means: tuple[tuple[float, ...], ...]
    spreads: tuple[tuple[float, ...], ...]
    centres: tuple[float, ...]
    spans: tuple[float, ...]
    channels: tuple[int, int, int, int] = (16, 32, 64, 64)
    kernels: tuple[int, int, int, int] = (9, 7, 5, 5)
    strides: tuple[int, int, int, int] = (4, 2, 2, 2)
    dense: int = 128


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
        logarithm = said[:, :, 1 + quantities :].clamp(_NARROWEST, _WIDEST)
        return (
            torch.log_softmax(said[:, :, 0], dim=1),
            means + spreads * said[:, :, 1 : 1 + quantities],
            spreads * logarithm.exp(),
        )


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
