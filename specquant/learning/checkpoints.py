"""Checkpoints of a training: all that the next step starts from, and what the training has to agree in to go on."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from specquant.errors import ModelError
from specquant.files import atomic_path
from specquant.journal import check_terms
from specquant.learning.modelfile import tensors_hash
from specquant.typed import Count, Name, Text, parse_json, reason

_FORMAT = "2"
"""Version of checkpoints: another one is refused."""


@dataclass(frozen=True)
class _Header:
    """What a checkpoint says beside its tensors: what it was begun with, its step, and updates of the weights."""

    terms: Mapping[Name, Text]
    step: Count
    updates: Count
    sha256: Name


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint file.

    Parameters
    ----------
    path
        Where it lies, or will lie.
    terms
        What the training depends on, in words, by the option that says it; a checkpoint of other terms is refused.
    steps
        Steps of the whole training.
    updates_per_step
        How often a step changes the weights.
    """

    path: Path
    terms: Mapping[str, str]
    steps: int
    updates_per_step: int

    def write(self, step: int, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write the state after `step` steps."""
        updates, state = optimizer.state_dict()["param_groups"][0]["step"], _state(network, optimizer)
        content = {"terms": dict(self.terms), "step": step, "updates": updates}
        header = {**content, "sha256": tensors_hash(json.dumps(content, sort_keys=True), state)}
        with atomic_path(self.path) as partial:
            partial.write_bytes(save(state, {"specquant_checkpoint": _FORMAT, "header": json.dumps(header)}))

    def resume(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> int:
        """Bring network and optimizer to the state of the file, and return the steps done; without a file, 0.

        Raises
        ------
        SettingError
            If the training was begun with other terms.
        ModelError
            If the file is damaged, or does not hold all that this training needs, and nothing else.
        """
        if not self.path.exists():
            return 0
        header, state = self._read(_shapes(network, optimizer))
        network.load_state_dict({key.removeprefix("weight."): state[key] for key in state if key.startswith("weight.")})
        group = {**optimizer.state_dict()["param_groups"][0], "step": header.updates}
        optimizer.load_state_dict({"state": _moments(state), "param_groups": [group]})
        return header.step

    def _read(self, wanted: Mapping[str, tuple[torch.dtype, tuple[int, ...]]]) -> tuple[_Header, dict[str, Tensor]]:
        """Return header and tensors, once they are known to be of this training; `wanted` are types and shapes."""
        try:
            if not self.path.is_file():
                raise ValueError("no plain file")
            with safe_open(self.path, framework="pt") as file:
                metadata: Mapping[str, str] = file.metadata() or {}
                if metadata.get("specquant_checkpoint") != _FORMAT:
                    raise ValueError("no checkpoint of this version of specquant")
                header = parse_json(metadata.get("header", ""), _Header)
                check_terms(header.terms, self.terms, self.path)
                if not 1 <= header.step <= self.steps or header.updates != header.step * self.updates_per_step:
                    raise ValueError(f"step {header.step}, {header.updates} updates, of {self.steps} steps")
                shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
                _check_shapes(shapes, {name: shape for name, (_, shape) in wanted.items()})
                # Copies lie where memory is aligned, as in an unbroken run: elsewhere, products round differently.
                state = {name: file.get_tensor(name).clone() for name in shapes}
            _check_values(header, state, {name: dtype for name, (dtype, _) in wanted.items()})
        except (SafetensorError, OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                "damaged checkpoint", where=self.path, found=reason(error), todo="Delete it to train anew."
            ) from error
        return header, state


def _check_shapes(given: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    for name in sorted({*given, *wanted}):
        if given.get(name) != wanted.get(name):
            raise ValueError(f"{name} of shape {given.get(name, 'none')}, wanted {wanted.get(name, 'none')}")


def _check_values(header: _Header, state: Mapping[str, Tensor], types: Mapping[str, torch.dtype]) -> None:
    for name, tensor in state.items():
        if tensor.dtype != types[name]:
            raise ValueError(f"{name} of type {tensor.dtype}, wanted {types[name]}")
        if not tensor.isfinite().all():
            raise ValueError(f"{name} is not finite")
    content = {"terms": dict(header.terms), "step": header.step, "updates": header.updates}
    if header.sha256 != tensors_hash(json.dumps(content, sort_keys=True), state):
        raise ValueError("it was changed after it was written")


def _shapes(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Return type and shape of all that a checkpoint of a training holds: those after a step of a copy of it."""
    twin, twin_optimizer = copy.deepcopy((network, optimizer))
    for parameter in twin.parameters():
        parameter.grad = torch.ones_like(parameter)
    twin_optimizer.step()
    return {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in _state(twin, twin_optimizer).items()}


def _state(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return all that the next step starts from, on the CPU."""
    state = {f"weight.{name}": tensor for name, tensor in network.state_dict().items()}
    for number, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            if isinstance(value, list):  # one matrix per side of the weight, empty for a side that keeps its axes
                state |= {f"side.{number}.{name}.{side}": torch.as_tensor(axes) for side, axes in enumerate(value)}
            elif torch.is_tensor(value):
                state[f"moment.{number}.{name}"] = value
            else:
                state[f"number.{number}.{name}"] = torch.tensor(value, dtype=torch.float64)
    return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}


def _moments(state: Mapping[str, Tensor]) -> dict[int, dict[str, Any]]:
    """Return the optimizer's state by number of the weight, as `_state` took it apart."""
    moments: dict[int, dict[str, Any]] = {}
    for key in sorted(state):  # the sides of a weight in their order
        kind, number, *name = key.split(".")
        if kind == "side":
            moments.setdefault(int(number), {}).setdefault(name[0], []).append(_laid_out(name[0], state[key]))
        elif kind != "weight":
            moments.setdefault(int(number), {})[name[0]] = state[key] if kind == "moment" else state[key].item()
    return moments


def _laid_out(name: str, side: Tensor) -> Tensor:
    """Return a matrix of the optimizer as it lay in memory: products round differently for another order."""
    by_columns = name == "Q" and side.dim() == 2  # as the QR decomposition leaves it
    return side.mT.contiguous().mT if by_columns else side
