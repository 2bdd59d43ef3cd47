"""Networks of convolutions by numpy, so that answers need no torch; what is trained is in torch, and gives the same.

Features lie as (sample, position, channel), so that the channels under a kernel are neighbours in memory, and a layer
is one product of matrices. Batch norm is part of the weights.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from specquant.errors import ModelError
from specquant.learning.modelfile import Weights, check_weights
from specquant.learning.networks.inputs import INPUTS, network_input, stated_input
from specquant.learning.networks.shapes import CnnShape
from specquant.technique import Floats
from specquant.typed import reason

Singles = NDArray[np.float32]
Shape = TypeVar("Shape")
Network = TypeVar("Network")

EPSILON = 1e-5
"""Added to the variances of batch norms: torch's default."""

LEAST = 1e-30
"""Added to every amount: keeps their sum above zero when all underflow; too small to change any other answer."""

_TOGETHER = 32
"""Spectra that go through the layers at a time. Chosen: their features stay in the processor's cache."""

_LARGE = 20.0
"""Above this, softplus is its argument, as torch has it; it differs by 2e-9."""


@dataclass(frozen=True)
class _Layer:
    """A convolution with its batch norm: `weights` (kernel x inside, outside), `bias` and `scale` (outside,).

    `scale` is what the batch norm multiplies by: what is added before it has to be multiplied, too.
    """

    weights: Singles
    bias: Singles
    scale: Singles
    kernel: int
    stride: int

    def __call__(self, features: Singles, added: Singles | None = None) -> Singles:
        """Return the features (sample, position, outside) of features (sample, position, inside).

        `added` (sample, outside) is added everywhere before the batch norm.
        """
        samples, _, inside = features.shape
        beyond = self.kernel // 2
        padded = np.pad(features, ((0, 0), (beyond, beyond), (0, 0))).reshape(samples, -1)
        windows = sliding_window_view(padded, self.kernel * inside, axis=1)[:, :: self.stride * inside]
        result = windows.reshape(-1, self.kernel * inside) @ self.weights
        result = result.reshape(samples, windows.shape[1], -1)
        result += self.bias if added is None else (self.bias + self.scale * added)[:, None]
        np.maximum(result, 0.0, out=result)
        return np.asarray(result)


class PlainConvolutions:
    """Layers of convolution, batch norm and ReLU one after another, as `networks.base.convolutions` makes them.

    Parameters
    ----------
    weights
        By name, as the layers in torch have them.
    kernels
        Width of the kernel of every layer, positions.
    strides
        Stride of every layer, positions.
    """

    def __init__(self, weights: Weights, kernels: Sequence[int], strides: Sequence[int]) -> None:
        self._layers = [
            _layer(weights, 3 * number, kernel, stride)
            for number, (kernel, stride) in enumerate(zip(kernels, strides, strict=True))
        ]

    def __call__(self, inputs: Singles, added: Singles | None = None) -> Singles:
        """Return the features (sample, position, channel) of inputs (sample, channel, energy).

        `added` (sample, channel of the first layer) is added to the first, everywhere.
        """
        first, *others = self._layers
        features = first(np.ascontiguousarray(inputs.transpose(0, 2, 1)), added)
        for layer in others:
            features = layer(features)
        return features


def _layer(weights: Weights, index: int, kernel: int, stride: int) -> _Layer:
    """Return the layer with its convolution at an index of the hidden layers, and its batch norm behind."""
    convolution, norm = f"hidden.{index}", f"hidden.{index + 1}"
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    outside = len(scale)
    of_kernel = (weights[f"{convolution}.weight"] * scale[:, None, None]).transpose(2, 1, 0).reshape(-1, outside)
    bias = (weights[f"{convolution}.bias"] - weights[f"{norm}.running_mean"]) * scale + weights[f"{norm}.bias"]
    flat, added, factor = (np.ascontiguousarray(each, np.float32) for each in (of_kernel, bias, scale))
    return _Layer(flat, added, factor, kernel, stride)


def shapes_of_convolutions(inside: int, channels: Sequence[int], kernels: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of such layers, by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for number, (ends, kernel) in enumerate(zip(pairwise((inside, *channels)), kernels, strict=True)):
        convolution, norm = f"hidden.{3 * number}", f"hidden.{3 * number + 1}"
        shapes |= {f"{convolution}.weight": (ends[1], ends[0], kernel), f"{convolution}.bias": (ends[1],)}
        shapes |= {f"{norm}.{name}": (ends[1],) for name in ("weight", "bias", "running_mean", "running_var")}
        shapes[f"{norm}.num_batches_tracked"] = ()
    return shapes


def positions_after(energies: int, kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Return how many positions such layers leave of some channels."""
    for kernel, stride in zip(kernels, strides, strict=True):
        energies = (energies + 2 * (kernel // 2) - kernel) // stride + 1
    return energies


def by_position(weights: NDArray[Any], channels: int) -> Singles:
    """Return weights (output, channel x position, or channel, position) for features by position: (feature, output)."""
    apart = weights.reshape(len(weights), channels, -1)
    return np.ascontiguousarray(apart.transpose(2, 1, 0).reshape(-1, len(weights)))


def opened(kind: Callable[[Shape, Weights], Network], shape: Shape, weights: Weights, path: Path) -> Network:
    """Return a network by numpy of a shape, once the weights are known to be its own; `path` is their file.

    Raises
    ------
    ModelError
        If they are not.
    """
    try:
        wanted = kind.shapes(shape)  # type: ignore[attr-defined]
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        raise ModelError("weights do not fit the network", where=path, found=reason(error)) from error
    check_weights(weights, wanted, path)
    return kind(shape, weights)


class PlainCnn:
    """The vanilla CNN with trained weights.

    Parameters
    ----------
    shape
        Its sizes.
    weights
        By name, as `VanillaCnn` has them, single precision.
    """

    word = "cnn"

    def __init__(self, shape: CnnShape, weights: Weights) -> None:
        self._shape, self._weights = shape, weights
        self._hidden = PlainConvolutions(weights, shape.kernels, shape.strides)
        self._output = by_position(weights["output.weight"], shape.channels[-1])

    @staticmethod
    def shapes(shape: CnnShape) -> dict[str, tuple[int, ...]]:
        """Return the shapes of its weights, by name."""
        positions = positions_after(shape.energies, shape.kernels, shape.strides)
        stated = {"stated.weight": (shape.channels[0], 2 * len(shape.centres))} if shape.centres else {}
        return {
            **shapes_of_convolutions(INPUTS, shape.channels, shape.kernels),
            **stated,
            "output.weight": (shape.elements, shape.channels[-1], positions),
            "output.bias": (shape.elements,),
        }

    def state_dict(self) -> Weights:
        """Return the weights as they were given."""
        return self._weights

    def seen(self, counts: Singles, observed: NDArray[np.bool_], stated: Singles) -> Singles:
        """Return the features (sample, position, channel) of spectra; arguments as of `SpectrumNetwork.forward`."""
        parts = [
            self._seen(counts[rows], observed[rows], stated[rows])
            for rows in (slice(first, first + _TOGETHER) for first in range(0, len(counts), _TOGETHER))
        ]
        return np.concatenate(parts)

    def _seen(self, counts: Singles, observed: NDArray[np.bool_], stated: Singles) -> Singles:
        added = None
        if self._shape.centres:
            added = stated_input(stated, self._shape.centres, self._shape.spans) @ self._weights["stated.weight"].T
        return self._hidden(network_input(counts, observed, steps=True), added)

    def pooled(self, features: Singles) -> Singles:
        """Return the logarithms of mean and maximum over the positions of every channel, (sample, 2 x channel)."""
        return np.asarray(np.log1p(np.concatenate([features.mean(axis=1), features.max(axis=1)], axis=1)))

    def answer(self, features: Singles) -> Floats:
        """Return the fractions (sample, element) of what the last hidden layer makes of spectra."""
        amounts = features.reshape(len(features), -1) @ self._output + self._weights["output.bias"]
        soft = np.where(amounts > _LARGE, amounts, np.log1p(np.exp(np.minimum(amounts, _LARGE))))
        amounts = soft * soft + LEAST
        return np.asarray(amounts / amounts.sum(axis=1, keepdims=True), dtype=np.float64)
