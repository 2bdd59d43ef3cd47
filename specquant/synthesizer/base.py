"""Synthesizer: the interface, and the rule that makes spectra independent of batch size and workers.

Spectrum number `i` of a seed is row ``i % BLOCK`` of block ``i // BLOCK``, and a block depends on nothing but the seed
and its number. Whoever needs a spectrum makes the whole block.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from specquant import contracts
from specquant.technique import EnergyAxis, Floats

BLOCK = 256
"""Spectra per block."""


@dataclass(frozen=True)
class Batch:
    """Spectra with their truth.

    `counts` float32 and `observed` bool have shape (sample, energy), `fraction` float32 (sample, element) and `stated`
    float32 (sample, parameter), NaN where a parameter was not told; all on one device. `nuisance` holds what was drawn,
    by name: (dims after sample, array with the sample first).
    """

    counts: Tensor
    observed: Tensor
    fraction: Tensor
    stated: Tensor
    nuisance: Mapping[str, tuple[tuple[str, ...], Floats]] = field(default_factory=dict)

    def take(self, rows: slice) -> "Batch":
        """Return some of the spectra."""
        nuisance = {name: (dims, values[rows]) for name, (dims, values) in self.nuisance.items()}
        return Batch(self.counts[rows], self.observed[rows], self.fraction[rows], self.stated[rows], nuisance)


class Synthesizer(ABC):
    """Makes spectra with known truth. Subclasses write `block`; the same index must always give the same spectra.

    `stated` names the columns of `Batch.stated`: the parameters that come with every spectrum.
    """

    elements: tuple[str, ...]
    axis: EnergyAxis
    stated: tuple[str, ...] = ()

    @abstractmethod
    def block(self, index: int) -> Batch:
        """Return the BLOCK spectra of block `index`."""

    def batch(self, start: int, count: int) -> Batch:
        """Return spectra ``start .. start + count - 1``, whatever blocks they lie in."""
        first, last = start // BLOCK, (start + count - 1) // BLOCK
        blocks = [self.block(index) for index in range(first, last + 1)]
        rows = slice(start - first * BLOCK, start - first * BLOCK + count)
        nuisance = {
            name: (dims, np.concatenate([block.nuisance[name][1] for block in blocks]))
            for name, (dims, _) in blocks[0].nuisance.items()
        }
        whole = Batch(
            torch.cat([block.counts for block in blocks]),
            torch.cat([block.observed for block in blocks]),
            torch.cat([block.fraction for block in blocks]),
            torch.cat([block.stated for block in blocks]),
            nuisance,
        )
        return whole.take(rows)

    def kept(self) -> "Synthesizer":
        """Return a synthesizer of the same spectra that makes each block once and keeps it."""
        return _Kept(self)

    def spectra(self, start: int, count: int) -> xr.Dataset:
        """Return spectra ``start .. start + count - 1`` under the SPECTRA contract, truth and nuisances included."""
        batch = self.batch(start, count)
        dataset = xr.Dataset(
            {
                "counts": (("sample", "energy"), batch.counts.cpu().numpy(), {"units": "counts"}),
                "observed": (("sample", "energy"), batch.observed.cpu().numpy()),
                "fraction": (("sample", "element"), batch.fraction.cpu().numpy(), {"units": "atomic fraction"}),
                **{
                    name: (("sample", *dims), values.astype(np.float32))
                    for name, (dims, values) in batch.nuisance.items()
                },
            },
            coords={
                "sample": np.arange(start, start + count).astype(str),
                "energy": ("energy", self.axis.centres, {"units": "eV", "long_name": self.axis.label}),
                "element": list(self.elements),
            },
        )
        if self.stated:
            dataset["stated"] = (("sample", "parameter"), batch.stated.cpu().numpy())
            dataset = dataset.assign_coords(parameter=list(self.stated))
        return contracts.check(dataset, "SPECTRA", type(self).__name__)


class _Kept(Synthesizer):
    """Another's spectra, each block made once."""

    def __init__(self, made: Synthesizer) -> None:
        self.elements, self.axis, self.stated = made.elements, made.axis, made.stated
        self._made = made
        self._blocks: dict[int, Batch] = {}

    def block(self, index: int) -> Batch:
        """Return a block, made or remembered."""
        if index not in self._blocks:
            self._blocks[index] = self._made.block(index)
        return self._blocks[index]
