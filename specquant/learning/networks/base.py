"""What all networks share: input, where stated parameters enter, output, loss and metric.

====== ========================================================================= =======================
part   what it does                                                              output
====== ========================================================================= =======================
input  square root of counts over their mean; its steps; mask of what was seen   (3, energy)
hidden layers of the network. Stated instrument parameters (value in units of    whatever the network
       the range, and whether it is known) are added to the first of them, the   makes of it
       same everywhere
output linear, softplus, square; divided by the sum                              (element), sums to 1
====== ========================================================================= =======================

The output is not a softmax: amounts add up, and an area is the square of what the square root at the input made of it
(docs/decisions/0002-network.md). It is the same for all networks, so that they differ in what extracts the features
and in nothing else. Loss is the Hellinger distance to the true composition, the metric the article's,
``1 - sum |y' - y| / 2``. The article's loss, the RMSE over the elements, gives way because it lets a network forget the
elements with small peaks (docs/decisions/0010-training.md).
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from specquant.arrays import in_numpy, in_torch
from specquant.errors import ModelError
from specquant.learning.modelfile import Weights, check_weights
from specquant.learning.networks.inputs import INPUTS, network_input, stated_input
from specquant.learning.networks.plain import LEAST
from specquant.learning.networks.shapes import NetworkShape
from specquant.technique import Floats
from specquant.typed import reason

Singles = NDArray[np.float32]
Network = TypeVar("Network", bound=nn.Module)


class SpectrumNetwork(nn.Module):
    """Counts, mask and stated parameters to atomic fractions.

    Subclasses say their `word` (after ``--network``) and `shape_type`, and hand over their hidden layers.

    Parameters
    ----------
    hidden
        From (sample, input, energy) to features of any shape; its first part is the first layer.
    first
        Channels of the first layer.
    """

    word: ClassVar[str]
    shape_type: ClassVar[type[NetworkShape]]

    def __init__(self, shape: Any, hidden: nn.Sequential, first: int) -> None:
        super().__init__()
        self.shape: NetworkShape = shape
        self.hidden = hidden
        self.stated = nn.Linear(2 * len(shape.centres), first, bias=False) if shape.centres else None
        self.output = OutputLayer(features_of(hidden, INPUTS, shape.energies), shape.elements)

    def forward(self, counts: Tensor, observed: Tensor, stated: Tensor) -> Tensor:
        """Return fractions (sample, element) of counts (sample, energy) where observed (sample, energy) is true.

        `stated` are the stated parameters, (sample, parameter), NaN where one is not known.
        """
        return self.fractions(self.features(counts, observed, stated))

    def features(self, counts: Tensor, observed: Tensor, stated: Tensor) -> Tensor:
        """Return what the last hidden layer makes of spectra, shape (sample, ...); arguments as of `forward`."""
        features = self.hidden[0](network_input(counts, observed, steps=True))
        if self.stated is not None:
            added = self.stated(stated_input(stated, self.shape.centres, self.shape.spans))
            features = features + added.reshape(*added.shape, *[1] * (features.dim() - 2))
        return torch.as_tensor(self.hidden[1:](features))

    def fractions(self, features: Tensor) -> Tensor:
        """Return the fractions (sample, element) of what the last hidden layer makes of spectra."""
        amounts = nn.functional.softplus(self.output(features)).square() + LEAST
        return amounts / amounts.sum(dim=1, keepdim=True)

    def seen(self, counts: Singles, observed: NDArray[np.bool_], stated: Singles) -> Tensor:
        """Return what the last hidden layer makes of spectra in numpy, where the network is; nothing is learned."""
        device = next(self.parameters()).device
        with torch.inference_mode():
            return self.eval().features(*(in_torch(each).to(device) for each in (counts, observed, stated)))

    def pooled(self, features: Tensor) -> Singles:
        """Return the logarithms of mean and maximum over the positions of every channel, (sample, 2 x channel)."""
        if features.dim() == 2:
            return in_numpy(torch.log1p(features.clamp_min(0.0)))
        flat = features.flatten(2).clamp_min(0.0)
        return in_numpy(torch.log1p(torch.cat([flat.mean(dim=2), flat.amax(dim=2)], dim=1)))

    def answer(self, features: Tensor) -> Floats:
        """Return the fractions (sample, element), in numpy, of what `seen` returned."""
        with torch.inference_mode():
            return in_numpy(self.fractions(features).double())


class OutputLayer(nn.Linear):
    """A linear layer that keeps channels and positions of its features apart in its weights.

    The weights have the shape (element, *features), so that the optimizer sees what goes with an element, what with a
    channel and what with a position; what the layer computes is what `torch.nn.Linear` does.
    """

    def __init__(self, features: tuple[int, ...], elements: int) -> None:
        super().__init__(math.prod(features), elements)
        self.weight = nn.Parameter(self.weight.detach().reshape(elements, *features))

    def forward(self, features: Tensor) -> Tensor:
        """Return (sample, element) of features (sample, *features)."""
        return nn.functional.linear(features.flatten(1), self.weight.flatten(1), self.bias)


def features_of(hidden: nn.Sequential, inputs: int, energies: int) -> tuple[int, ...]:
    """Return the shape of what the hidden layers make of one spectrum of `inputs` input channels."""
    with torch.no_grad():
        features: Tensor = hidden.eval()(torch.zeros(1, inputs, energies))
    hidden.train()
    return tuple(features.shape[1:])


class BatchNorm(nn.BatchNorm1d):
    """Batch norm that lets tensors without numbers pass: their shape stays.

    Of such tensors (device ``meta``, by which the shapes of a network are known before it takes memory), torch computes
    the norm in Python, and loads its compiler to do so, which takes longer than the answer to a spectrum.
    """

    added_up: Callable[[Tensor], Tensor] | None = None
    """Adds values up over all processes that learn together; None: this process learns alone."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised features (sample, channel, ...)."""
        if input.is_meta:
            return input
        return super().forward(input) if self.added_up is None or not self.training else self._over_all(input)

    def _over_all(self, input: Tensor) -> Tensor:
        """Return features normalised by mean and variance over all processes."""
        assert self.added_up is not None
        others = [dim for dim in range(input.dim()) if dim != 1]
        shape = [1, -1, *[1] * (input.dim() - 2)]
        number = input.new_full((1,), input.numel() // input.shape[1])
        sums = self.added_up(torch.cat([input.sum(dim=others), number]))
        count, mean = sums[-1].detach(), sums[:-1] / sums[-1].detach()
        away = input - mean.view(shape)
        variance = self.added_up(away.square().sum(dim=others)) / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1.0))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return away * scale.view(shape) + self.bias.view(shape)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Let the averages that are kept for later use follow those of a batch."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


class Convolution(nn.Conv1d):
    """Convolution that only shapes tensors without numbers: torch loads its compiler for these as well."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the features (sample, channel, position)."""
        if not input.is_meta:
            return super().forward(input)
        length = (input.shape[-1] + 2 * int(self.padding[0]) - self.kernel_size[0]) // self.stride[0] + 1
        return input.new_empty((len(input), self.out_channels, length))


class Dense(nn.Linear):
    """Fully connected layer that only shapes tensors without numbers, as `Convolution` does."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the features (sample, feature)."""
        return input.new_empty((len(input), self.out_features)) if input.is_meta else super().forward(input)


def convolution(inside: int, outside: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """Return one layer: a convolution, which divides the length by the stride, batch norm and ReLU."""
    return [
        Convolution(inside, outside, kernel, stride, padding=kernel // 2),
        BatchNorm(outside),
        nn.ReLU(inplace=True),
    ]


def convolutions(inside: int, channels: Sequence[int], kernels: Sequence[int], strides: Sequence[int]) -> nn.Sequential:
    """Return layers of `convolution` one after another, with these channels, kernels and strides."""
    layers: list[nn.Module] = []
    for ends, kernel, stride in zip(pairwise((inside, *channels)), kernels, strides, strict=True):
        layers += convolution(*ends, kernel, stride)
    return nn.Sequential(*layers)


def with_dense(layers: nn.Sequential, inputs: int, energies: int, dense: int) -> nn.Sequential:
    """Return hidden layers with a fully connected one of `dense` outputs after them; the rest as of `features_of`."""
    features = features_of(layers, inputs, energies)
    return nn.Sequential(*layers, nn.Flatten(), Dense(math.prod(features), dense), nn.ReLU())


def build(network: type[Network], shape: object, seed: int) -> Network:
    """Return an untrained network of a shape; the same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network(shape)


def fit_weights(network: Callable[[], Network], weights: Weights, path: Path) -> Network:
    """Return a network with weights, once their names, types and shapes are known to be its own.

    The network is built without memory for its weights first, so that a file cannot declare more than it holds.

    Raises
    ------
    ModelError
        If they are not.
    """
    try:
        with torch.device("meta"):
            wanted = {name: tuple(tensor.shape) for name, tensor in network().state_dict().items()}
    except (ArithmeticError, AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError("weights do not fit the network", where=path, found=reason(error)) from error
    check_weights(weights, wanted, path)
    built = network()
    built.load_state_dict({name: in_torch(array) for name, array in weights.items()})
    return built


def hellinger(predicted: Tensor, fraction: Tensor) -> Tensor:
    """Return the loss: Hellinger distance of a composition to the true one, averaged over the spectra."""
    apart = (predicted.sqrt() - fraction.sqrt()).square().sum(dim=1)
    return (0.5 * apart + 1e-12).sqrt().mean()


def accuracy(predicted: Tensor, fraction: Tensor) -> Tensor:
    """Return the article's accuracy per spectrum, shape (sample,)."""
    return 1.0 - 0.5 * (predicted - fraction).abs().sum(dim=1)
