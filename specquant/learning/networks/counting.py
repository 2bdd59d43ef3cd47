"""What a network costs and how deep it is, counted on the network itself."""

import torch
from torch import Tensor, nn

from specquant.learning.networks.base import SpectrumNetwork

_LAYER_NODES = ("ConvolutionBackward", "AddmmBackward", "MmBackward")
"""Nodes of the graph of gradients that stand for a layer with weights."""


def parameters(network: nn.Module) -> int:
    """Return how many weights the network learns."""
    return sum(weights.numel() for weights in network.parameters() if weights.requires_grad)


def multiply_adds(network: SpectrumNetwork) -> int:
    """Return the multiplications with a weight, each with its addition, that one spectrum takes."""
    total = 0

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        total += output.numel() * layer.weight[0].numel()  # type: ignore[index]

    hooks = [x.register_forward_hook(count) for x in network.modules() if isinstance(x, nn.Conv1d | nn.Linear)]
    with torch.no_grad():
        _answer(network)
    for hook in hooks:
        hook.remove()
    return total


def hidden_layers(network: SpectrumNetwork) -> int:
    """Return the number of layers with weights on the deepest path from input to output, the output layer left out."""
    known: dict[object, int] = {}

    def depth(node: object) -> int:
        if node is None:
            return 0
        if node not in known:
            is_layer = type(node).__name__.startswith(_LAYER_NODES)
            known[node] = is_layer + max((depth(earlier) for earlier, _ in node.next_functions), default=0)  # type: ignore[attr-defined]
        return known[node]

    with torch.enable_grad():
        return depth(_answer(network).grad_fn) - 1


def _answer(network: SpectrumNetwork) -> Tensor:
    """Return the answer to one empty spectrum; the network is left in training or not as it was."""
    training, device = network.training, next(network.parameters()).device
    size = network.shape.energies, len(network.shape.centres)
    counts, stated = (torch.zeros(1, count, device=device) for count in size)
    answer: Tensor = network.eval()(counts, counts == 0, stated)
    network.train(training)
    return answer
