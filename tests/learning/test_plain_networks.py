"""Networks by numpy answer as those that were trained in torch do."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from specquant.errors import ModelError
from specquant.instrument.offset_network import OffsetNetwork
from specquant.instrument.plain import PlainOffset, PlainQuantities
from specquant.instrument.quantity_network import QuantityNetwork
from specquant.instrument.shapes import OffsetShape, QuantityShape
from specquant.learning.modelfile import Weights
from specquant.learning.networks.base import build
from specquant.learning.networks.plain import PlainCnn, opened
from specquant.learning.networks.shapes import CnnShape, of_depth
from specquant.learning.networks.vanilla_cnn import VanillaCnn

NONE = CnnShape(201, 6)
TWO = CnnShape(200, 6, centres=(10.0, 40.0), spans=(5.0, 20.0))
DEEP = CnnShape(333, 4, centres=(1.0,), spans=(2.0,), **of_depth(5))
SHALLOW = CnnShape(64, 3, **of_depth(1))


def settled(network: nn.Module) -> nn.Module:
    """Return a network with averages and weights as training leaves them: none is 0 or 1."""
    generator = torch.Generator().manual_seed(5)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and ("running" in name or tensor.dim() == 1):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    return network.eval()


def weights_of(network: nn.Module) -> Weights:
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def spectra(count: int, energies: int, stated: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(2)
    counts = rng.poisson(np.linspace(1.0, 400.0, energies) * rng.uniform(0.1, 9.0, (count, 1))).astype(np.float32)
    observed = np.ones(counts.shape, dtype=bool)
    observed[0, :20] = False
    known = rng.uniform(5.0, 15.0, (count, stated)).astype(np.float32)
    known[-1] = np.nan
    return counts, observed, known


@pytest.mark.parametrize("shape", [NONE, TWO, DEEP, SHALLOW])
@pytest.mark.parametrize("count", [1, 40])
def test_the_cnn(shape: CnnShape, count: int) -> None:
    trained = settled(build(VanillaCnn, shape, 3))
    assert isinstance(trained, VanillaCnn)
    plain = opened(PlainCnn, shape, weights_of(trained), Path("m"))
    given = spectra(count, shape.energies, len(shape.centres))
    seen, in_torch = plain.seen(*given), trained.seen(*given)
    np.testing.assert_allclose(seen, in_torch.numpy().transpose(0, 2, 1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(plain.pooled(seen), trained.pooled(in_torch), atol=1e-5)
    np.testing.assert_allclose(plain.answer(seen), trained.answer(in_torch), atol=1e-6)
    assert plain.answer(seen).dtype == np.float64


def test_the_offset_network() -> None:
    shape = OffsetShape(201, 2, -10.0, 1.0, 21, (2, 3, 4), (9, 7, 5), 2, 8)
    trained = settled(build(OffsetNetwork, shape, 3))
    assert isinstance(trained, OffsetNetwork)
    plain = opened(PlainOffset, shape, weights_of(trained), Path("m"))
    counts, observed, _ = spectra(3, 201, 0)
    np.testing.assert_allclose(plain.answer(counts, observed), trained.answer(counts, observed), rtol=1e-5, atol=1e-5)


def test_the_network_of_quantities() -> None:
    shape = QuantityShape(
        201, 2, ((1.0, 2.0), (3.0, 4.0)), ((0.5, 1.0), (0.2, 2.0)), (40.0,), (20.0,), (4, 4, 6, 6), (9, 7, 5, 5)
    )
    trained = settled(build(QuantityNetwork, shape, 3))
    assert isinstance(trained, QuantityNetwork)
    plain = opened(PlainQuantities, shape, weights_of(trained), Path("m"))
    given = spectra(3, 201, 1)
    for of_numpy, of_torch in zip(plain.answer(*given), trained.answer(*given), strict=True):
        np.testing.assert_allclose(of_numpy, of_torch, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [NONE, TWO, DEEP, SHALLOW])
def test_the_shapes_of_weights_are_those_of_the_module(shape: CnnShape) -> None:
    trained = {name: tuple(tensor.shape) for name, tensor in build(VanillaCnn, shape, 1).state_dict().items()}
    assert PlainCnn.shapes(CnnShape(**asdict(shape))) == trained


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output.bias": np.zeros(7, np.float32)}, r"found output\.bias \(7,\); wanted \(6,\)"),
        ({"more": np.zeros(1, np.float32)}, r"found more \(1,\); wanted none"),
        ({"hidden.0.bias": np.zeros(16, np.int64)}, r"found hidden\.0\.bias"),
    ],
)
def test_weights_of_another_network_are_refused(change: dict[str, Any], message: str) -> None:
    weights = {**weights_of(build(VanillaCnn, NONE, 1)), **change}
    with pytest.raises(ModelError, match=message):
        opened(PlainCnn, NONE, weights, Path("m"))


def test_sizes_that_make_no_network_are_refused() -> None:
    with pytest.raises(ModelError, match="weights do not fit the network"):
        opened(PlainCnn, CnnShape(201, 6, strides=(2, 0, 2)), {}, Path("m"))
