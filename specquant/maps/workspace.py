"""Buffers that every thread keeps: new ones of that size cost more than what is computed in them."""

import threading

import torch
from torch import Tensor

_kept = threading.local()


def buffer(name: str, shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Return single-precision numbers (row, column) of any value; the next buffer of the same name is the same memory.

    Parameters
    ----------
    name
        What it is for: buffers that are used at the same time need different names.
    shape
        Numbers of rows and columns.
    device
        Where the memory is.
    """
    buffers = _kept.__dict__.setdefault("buffers", {})
    rows, columns = shape
    size, key = rows * columns, (name, str(device))
    if key not in buffers or buffers[key].numel() < size:
        buffers[key] = torch.empty(size, dtype=torch.float32, device=device)
    numbers: Tensor = buffers[key]
    return numbers[:size].view(rows, columns)
