"""Physics that is written once and computed by numpy or by torch, whichever its arrays are of.

An operation of torch takes some microseconds however little there is to do, one of numpy a third of that; on batches,
and on a GPU, torch is the quicker one. What both call alike needs nothing from here.
"""

from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

Array: TypeAlias = Any
"""An array of numpy, or a tensor of torch."""

FEW = 16
"""Samples up to which numpy is quicker: measured, on one thread it is three times as quick for 2 samples, and as quick
as torch for some 20."""


def module_of(array: Array) -> ModuleType:
    """Return the module, numpy or torch, that an array is of."""
    return torch if isinstance(array, Tensor) else np


def at_least(array: Array, low: float) -> Array:
    """Return an array with everything below `low` replaced by it."""
    return array.clamp_min(low) if isinstance(array, Tensor) else np.maximum(array, low)


def is_quicker_by_numpy(tensor: Tensor) -> bool:
    """Return whether numpy should compute what has the samples of a tensor (sample, ...)."""
    return len(tensor) <= FEW and tensor.device.type == "cpu"
