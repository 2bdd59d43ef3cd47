"""The article's networks behind one input and one output."""

from typing import TYPE_CHECKING

from specquant.lateimports import late
from specquant.learning.networks.registry import NETWORKS, Architecture, class_named, find_architecture
from specquant.learning.networks.shapes import CnnShape, NetworkShape, of_depth

if TYPE_CHECKING:
    from specquant.learning.networks.base import SpectrumNetwork, build
    from specquant.learning.networks.counting import hidden_layers, multiply_adds, parameters

__all__ = [
    "NETWORKS",
    "Architecture",
    "CnnShape",
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

__getattr__ = late(
    __name__,
    {
        "specquant.learning.networks.base": ("SpectrumNetwork", "build"),
        "specquant.learning.networks.counting": ("hidden_layers", "multiply_adds", "parameters"),
    },
)
