"""Checkpoints of a training: all that the next step starts from, and what the training has to agree in to go on."""

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


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint file.

    Parameters
    ----------
    path
        Where it lies, or will lie.
    terms
        Settings of the training, as JSON can hold them; a checkpoint of other terms is refused.
    """

    path: Path
    terms: Mapping[str, Any]

    def write(self, step: int, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write the state after `step` steps."""
        updates = optimizer.state_dict()["param_groups"][0]["step"]
        metadata = {"plan": json.dumps(dict(self.terms)), "step": str(step), "updates": str(updates)}
        with atomic_path(self.path) as partial:
            partial.write_bytes(save(_state(network, optimizer), metadata))

    def resume(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> int:
        """Bring network and optimizer to the state of the file, and return the steps done; without a file, 0.

        Raises
        ------
        ModelError
            If the file is damaged or belongs to other terms or another network.
        """
        if not self.path.exists():
            return 0
        metadata, state = self._read()
        try:
            network.load_state_dict(
                {key.removeprefix("weight."): value for key, value in state.items() if key[0] == "w"}
            )
        except RuntimeError as error:
            raise ModelError(
                "checkpoint of another network", where=self.path, found=error, todo="Delete it."
            ) from error
        group = {**optimizer.state_dict()["param_groups"][0], "step": int(metadata["updates"])}
        optimizer.load_state_dict({"state": _moments(state), "param_groups": [group]})
        return int(metadata["step"])

    def _read(self) -> tuple[Mapping[str, str], dict[str, Tensor]]:
        try:
            with safe_open(self.path, framework="pt") as file:
                metadata: Mapping[str, str] = file.metadata()
                # Copies lie where memory is aligned, as in an unbroken run: elsewhere, products round differently.
                state = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            same_terms = json.loads(metadata["plan"]) == dict(self.terms)
            int(metadata["step"]), int(metadata["updates"])
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                "damaged checkpoint", where=self.path, found=error, todo="Delete it to train anew."
            ) from error
        if not same_terms:
            raise ModelError(
                "checkpoint of another training plan",
                where=self.path,
                found=metadata["plan"],
                wanted=json.dumps(dict(self.terms)),
                todo="Use the settings it was begun with, or delete it.",
            )
        return metadata, state


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
