"""Averages of batch norm, measured once training is done.

While a network learns, batch norms scale by the mean and variance of the spectra at hand, and keep averages of them for
later use, of which every update replaces a tenth. After few updates these are still mixed with what they began with,
after ten by a third: a network of 1 280 XPS spectra answers with 39 % accuracy that has learned enough for 68 %
(docs/results/techniques.md). What a network has learned is seen once the averages are those of its final weights.
"""

from collections.abc import Iterable

import torch

from specquant.learning.networks.base import BatchNorm, SpectrumNetwork
from specquant.synthesizer import Batch

SETTLING_BLOCKS = 8
"""Blocks that averages are measured on: 2 048 spectra, so that a mean is known to a few hundredths of its spread."""


def settle(network: SpectrumNetwork, blocks: Iterable[Batch]) -> None:
    """Replace the averages of all batch norms by those over blocks, each weighing the same; the weights stay."""
    norms = [part for part in network.modules() if isinstance(part, BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for batch in blocks:
            network(batch.counts, batch.observed, batch.stated)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
