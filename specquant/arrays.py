"""Physics that is written once, and computed by numpy or by torch, whichever its arrays are of.

An operation of numpy takes a third of the microseconds that one of torch takes, which decides where there are few rows,
as in fits. On batches, and on a GPU, torch is the quicker one. Most of what physics needs is spelled alike by both:
arithmetic, indexing, ``sum(1)``, ``exp``, ``where``, ``stack(arrays, 0)``, ``concatenate(arrays, 1)``. What is not is
here. torch is imported when an array of it is seen, and not before.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Array: TypeAlias = Any
"""An array of numpy, or a tensor of torch."""


class ArrayKind(StrEnum):
    """What a response or a mixing law computes with: the value of its attribute ``arrays``."""

    NUMPY = "numpy"
    TORCH = "torch"
    BOTH = "both"


def kind_of(physics: object) -> str:
    """Return what a response or a law is written for: `ArrayKind.TORCH` if it has no attribute ``arrays``."""
    return str(getattr(physics, "arrays", ArrayKind.TORCH))


def module_of(array: Array) -> ModuleType:
    """Return the module, numpy or torch, that an array is of.

    Parameters
    ----------
    array
        An array of numpy or torch, of any shape.
    """
    if isinstance(array, np.ndarray):
        return np
    import torch

    return torch


def fft_of(array: Array) -> ModuleType:
    """Return the module with the Fourier transforms of arrays like this, ``scipy.fft`` or ``torch.fft``.

    Parameters
    ----------
    array
        An array of numpy or torch, of any shape.
    """
    if isinstance(array, np.ndarray):
        import scipy.fft

        return scipy.fft
    import torch

    return torch.fft


def at_least(array: Array, low: float) -> Array:
    """Return an array with everything below `low` replaced by it.

    Parameters
    ----------
    array
        An array of numpy or torch, of any shape.
    low
        The least that is left, in the unit of the array.
    """
    return np.maximum(array, low) if isinstance(array, np.ndarray) else array.clamp_min(low)


def like(array: Array, other: Array) -> Array:
    """Return an array, of numpy or of torch, as one of the same kind, on the same device and of the type of another.

    Parameters
    ----------
    array
        An array of numpy or torch, of any shape.
    other
        The array that it is to be like, of any shape.
    """
    if isinstance(other, np.ndarray):
        return in_numpy(array).astype(other.dtype, copy=False)
    return in_torch(array).to(other)


def columns_of(values: Mapping[str, Array], like: Array) -> dict[str, Array]:
    """Return values (sample,) as columns (sample, 1) of the type of an array, and where it is.

    Parameters
    ----------
    values
        Arrays by name, (sample,) each, of the same kind as `like`.
    like
        The array beside which they are used, of any shape.
    """
    if isinstance(like, np.ndarray):
        return {name: value.astype(like.dtype, copy=False)[:, None] for name, value in values.items()}
    return {name: value.to(like)[:, None] for name, value in values.items()}


def indices(array: Array) -> Array:
    """Return whole numbers of any type as integers, to be used as indices.

    Parameters
    ----------
    array
        An array of numpy or torch, of any shape.
    """
    return array.astype(np.intp) if isinstance(array, np.ndarray) else array.long()


def rows_at(table: Array, index: Array) -> Array:
    """Return the rows of a table at indices, whole.

    Parameters
    ----------
    table
        Numbers, (row, ...).
    index
        Numbers of rows, (chosen,).
    """
    return table[index] if isinstance(table, np.ndarray) else table.index_select(0, index)


def doubles(array: Array) -> Array:
    """Return an array in double precision.

    Parameters
    ----------
    array
        An array of numpy or torch, of any shape.
    """
    return array.astype(np.float64, copy=False) if isinstance(array, np.ndarray) else array.double()


class Constants:
    """Arrays of numpy that no sample changes, as they are wanted beside others.

    Parameters
    ----------
    arrays
        The arrays by name, of any shape.
    """

    def __init__(self, **arrays: NDArray[Any]) -> None:
        self._arrays = arrays
        self._on: dict[torch.device, dict[str, torch.Tensor]] = {}

    def beside(self, array: Array) -> Mapping[str, Array]:
        """Return all of them, by name, as the kind of an array, and on its device; their types stay.

        Parameters
        ----------
        array
            The array beside which they are used, of any shape.
        """
        if isinstance(array, np.ndarray):
            return self._arrays
        if array.device not in self._on:
            self._on[array.device] = {name: in_torch(each).to(array.device) for name, each in self._arrays.items()}
        return self._on[array.device]


def in_numpy(array: Array) -> NDArray[Any]:
    """Return an array, of numpy or of torch on any device, as one of numpy."""
    if isinstance(array, np.ndarray):
        return array
    converted: NDArray[Any] = array.detach().cpu().numpy()
    return converted


def in_torch(array: Array) -> "torch.Tensor":
    """Return an array of either kind as one of torch; those of numpy come to the processor, not to a GPU."""
    import torch

    if isinstance(array, np.ndarray):
        return torch.from_numpy(array if array.flags.writeable and array.flags.c_contiguous else array.copy())
    tensor: torch.Tensor = array
    return tensor


def asked(
    kind: str, function: Callable[[Array, Mapping[str, Array]], Array], first: Array, values: Mapping[str, Array]
) -> Array:
    """Return what a function says of arrays of either kind, as the kind of the first, and where that is.

    Parameters
    ----------
    kind
        What the function is written for, of `ArrayKind`.
    function
        Gets the first array and values by name.
    first
        An array of numpy or torch, of any shape.
    values
        Arrays by name, of the same kind as the first, and on its device.
    """
    is_numpy = isinstance(first, np.ndarray)
    if kind == ArrayKind.BOTH or (kind == ArrayKind.NUMPY) == is_numpy:
        return function(first, values)
    turned = in_torch if is_numpy else in_numpy
    result = function(turned(first), {name: turned(value) for name, value in values.items()})
    return in_numpy(result) if is_numpy else in_torch(result).to(first.device)
