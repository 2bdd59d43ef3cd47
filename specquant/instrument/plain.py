"""The networks that find out about an instrument, by numpy; those in torch, which are trained, give the same."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specquant.instrument.shapes import NARROWEST, OFFSET_INPUTS, WIDEST, OffsetShape, QuantityShape
from specquant.learning.modelfile import Weights
from specquant.learning.networks.inputs import INPUTS, network_input, stated_input
from specquant.learning.networks.plain import (
    PlainConvolutions,
    Singles,
    by_position,
    positions_after,
    shapes_of_convolutions,
)
from specquant.technique import Floats


class _WithDense:
    """Convolutions, a fully connected layer behind them, and an output layer."""

    def __init__(self, weights: Weights, kernels: Sequence[int], strides: Sequence[int]) -> None:
        self._convolutions = PlainConvolutions(weights, kernels, strides)
        dense = _dense(len(kernels))
        self._dense = by_position(weights[f"{dense}.weight"], len(weights[f"hidden.{3 * len(kernels) - 3}.bias"]))
        self._bias = weights[f"{dense}.bias"]
        self._output, self._output_bias = weights["output.weight"].T, weights["output.bias"]

    def __call__(self, inputs: Singles, added: Singles | None = None) -> Singles:
        """Return the outputs (sample, output) of inputs (sample, channel, energy); `added` as of the convolutions."""
        features = self._convolutions(inputs, added).reshape(len(inputs), -1)
        return np.asarray(np.maximum(features @ self._dense + self._bias, 0.0) @ self._output + self._output_bias)


def _dense(layers: int) -> str:
    """Return the name of the fully connected layer behind convolutions, and a layer that lays them end to end."""
    return f"hidden.{3 * layers + 1}"


def _shapes(
    inputs: int, shape: OffsetShape | QuantityShape, strides: Sequence[int], outputs: int
) -> dict[str, tuple[int, ...]]:
    positions = positions_after(shape.energies, shape.kernels, strides)
    dense = _dense(len(shape.kernels))
    return {
        **shapes_of_convolutions(inputs, shape.channels, shape.kernels),
        f"{dense}.weight": (shape.dense, shape.channels[-1] * positions),
        f"{dense}.bias": (shape.dense,),
        "output.weight": (outputs, shape.dense),
        "output.bias": (outputs,),
    }


class PlainOffset:
    """The offset network with trained weights; arguments as of `OffsetNetwork`."""

    def __init__(self, shape: OffsetShape, weights: Weights) -> None:
        self.shape, self._weights = shape, weights
        self._layers = _WithDense(weights, shape.kernels, _strides(shape))

    @staticmethod
    def shapes(shape: OffsetShape) -> dict[str, tuple[int, ...]]:
        """Return the shapes of its weights, by name."""
        return _shapes(OFFSET_INPUTS, shape, _strides(shape), shape.kinds * shape.bins)

    def state_dict(self) -> Weights:
        """Return the weights as they were given."""
        return self._weights

    def answer(self, counts: Singles, observed: NDArray[np.bool_]) -> Floats:
        """Return the log probability of every kind and offset, up to a constant, (sample, kind, offset)."""
        outputs = self._layers(network_input(counts, observed, steps=False)).astype(np.float64)
        return outputs.reshape(-1, self.shape.kinds, self.shape.bins)


def _strides(shape: OffsetShape) -> tuple[int, ...]:
    return (shape.stride,) * len(shape.kernels)


class PlainQuantities:
    """The quantity network with trained weights; arguments as of `QuantityNetwork`."""

    def __init__(self, shape: QuantityShape, weights: Weights) -> None:
        self.shape, self._weights = shape, weights
        self._layers = _WithDense(weights, shape.kernels, shape.strides)

    @staticmethod
    def shapes(shape: QuantityShape) -> dict[str, tuple[int, ...]]:
        """Return the shapes of its weights, by name."""
        outputs = shape.kinds * (1 + 2 * len(shape.means[0]))
        stated = {"stated.weight": (shape.channels[0], 2 * len(shape.centres))}
        return {**_shapes(INPUTS, shape, shape.strides, outputs), **stated}

    def state_dict(self) -> Weights:
        """Return the weights as they were given."""
        return self._weights

    def answer(self, counts: Singles, observed: NDArray[np.bool_], stated: Singles) -> tuple[Floats, Floats, Floats]:
        """Return log probabilities (sample, kind), means and standard deviations (sample, kind, quantity)."""
        shape, quantities = self.shape, len(self.shape.means[0])
        added = stated_input(stated, shape.centres, shape.spans) @ self._weights["stated.weight"].T
        outputs = self._layers(network_input(counts, observed, steps=True), added).astype(np.float64)
        said = outputs.reshape(-1, shape.kinds, 1 + 2 * quantities)
        logits = said[:, :, 0] - said[:, :, 0].max(axis=1, keepdims=True)
        means, spreads = np.array(shape.means), np.array(shape.spreads)
        logarithm = said[:, :, 1 + quantities :].clip(NARROWEST, WIDEST)
        return (
            logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)),
            means + spreads * said[:, :, 1 : 1 + quantities],
            spreads * np.exp(logarithm),
        )
