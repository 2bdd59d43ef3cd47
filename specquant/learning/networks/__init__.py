"""The article's networks behind one input and one output."""

from specquant.learning.networks.base import NetworkShape, SpectrumNetwork
from specquant.learning.networks.counting import hidden_layers, multiply_adds, parameters
from specquant.learning.networks.registry import NETWORKS, Architecture, build, class_named, find_architecture
from specquant.learning.networks.vanilla_cnn import of_depth

__all__ = [
    "NETWORKS",
    "Architecture",
    "NetworkShape",
    "SpectrumNetwork",
    "build",
    "class_named",
    "find_architecture",
    "hidden_layers",
    "multiply_adds",
    "of_depth",
    "parameters",
]
