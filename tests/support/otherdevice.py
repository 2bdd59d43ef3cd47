"""A device that is not the processor's, for tests where there is no other one: its tensors say that they are on it.

They are on ``meta``, the one device that torch knows everywhere; what they hold is kept beside them. An operation on
tensors of both devices fails as it does on an accelerator, and so does reading one without taking it back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = "meta"
"""Its name."""

_CROSSING = ("aten::_to_copy", "aten::copy_")
"""Operations between devices."""


class _There(torch.Tensor):
    """A tensor on the other device."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> "_There":
        made = torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), dtype=inner.dtype, device=DEVICE
        )
        made.inner = inner
        return made

    def __repr__(self) -> str:
        return f"there {self.inner!r}"

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        raise AssertionError("a tensor of the other device is used outside of it")

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]


class _Device(TorchDispatchMode):
    """Does on the processor what is asked of the other device, and counts it."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0

    def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        named = dict(named or {})
        leaves = [leaf for leaf in tree_leaves((given, named)) if isinstance(leaf, torch.Tensor)]
        there = [leaf for leaf in leaves if isinstance(leaf, _There)]
        name = function._schema.name
        asked = named.get("device")
        if asked is not None:
            named["device"] = torch.device("cpu")
        crossing = name in _CROSSING
        if there and not crossing:
            mixed = [leaf for leaf in leaves if not isinstance(leaf, _There) and leaf.dim() > 0]
            assert not mixed, f"{name} of tensors on both devices"
        result = function(*tree_map(_inner, given), **tree_map(_inner, named))
        self.operations += bool(there)
        target = torch.device(asked).type == DEVICE if asked is not None else bool(there)
        changed = _changed(function, given, named)
        if changed is not None:
            return changed
        return tree_map(lambda value: _There(value) if target and isinstance(value, torch.Tensor) else value, result)


def _inner(value: Any) -> Any:
    return value.inner if isinstance(value, _There) else value


def _changed(function: Any, given: Any, named: Any) -> Any:
    """Return the argument that an operation changes and returns, if it is one of those."""
    for number, argument in enumerate(function._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            return named.get(argument.name, given[number] if number < len(given) else None)
    return None


@contextmanager
def other_device() -> Iterator[_Device]:
    """Let tensors be made on DEVICE inside."""
    with pytest.MonkeyPatch.context() as patch, _Device() as device:
        for name in ("as_tensor", "tensor"):  # these copy numbers where nobody can see it
            patch.setattr(torch, name, _in_two_steps(getattr(torch, name)))
        yield device


def _in_two_steps(function: Any) -> Any:
    """Return a function that makes a tensor here and then takes it to its device."""

    def called(numbers: Any, *, device: Any = None, **named: Any) -> torch.Tensor:
        made: torch.Tensor = function(numbers, **named)
        return made if device is None else made.to(device)

    return called
