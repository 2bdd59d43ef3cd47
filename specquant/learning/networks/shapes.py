"""Sizes of networks, as model files hold them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from specquant.technique import InstrumentParameter

_CHANNELS = (16, 32, 64)
"""Channels of each layer of the CNN. Twice as many gained nothing (docs/decisions/0010-training.md)."""

_KERNELS = (9, 5, 5)
"""Width of each layer's kernels, in its input channels; by trial, as the strides (docs/decisions/0010-training.md)."""

_STRIDES = (2, 2, 2)
"""By what each layer divides the length."""

_FURTHER_KERNEL = 3
"""Width of the kernels of layers after the third in `of_depth`. Chosen: the smallest that sees its neighbours."""


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of a network; written into the model file.

    `centres` and `spans` are those of the stated instrument parameters: the middle and the half of their ranges.
    """

    energies: int
    elements: int
    centres: tuple[float, ...] = field(default=(), kw_only=True)
    spans: tuple[float, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class CnnShape(NetworkShape):
    """Sizes of the CNN: `channels`, `kernels` and `strides` per layer."""

    channels: tuple[int, ...] = _CHANNELS
    kernels: tuple[int, ...] = _KERNELS
    strides: tuple[int, ...] = _STRIDES


def of_depth(layers: int) -> dict[str, Any]:
    """Return the sizes of the CNN with this number of hidden layers; with three it is the vanilla CNN."""
    further = max(layers - len(_CHANNELS), 0)
    return {
        "channels": _CHANNELS[:layers] + (_CHANNELS[-1],) * further,
        "kernels": _KERNELS[:layers] + (_FURTHER_KERNEL,) * further,
        "strides": _STRIDES[:layers] + (1,) * further,
    }


def stated_scales(parameters: Sequence[InstrumentParameter]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return by what `stated_input` standardises parameters, `centres` and `spans`: middle and half of their ranges."""
    centres = tuple((known.low + known.high) / 2 for known in parameters)
    return centres, tuple((known.high - known.low) / 2 or 1.0 for known in parameters)
