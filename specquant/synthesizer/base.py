"""Synthesizer: the interface, and the rule that makes spectra independent of batch size and workers.

Spectrum number `i` of a seed is row ``i % BLOCK`` of block ``i // BLOCK``, and a block depends on nothing but the seed
and its number. Whoever needs a spectrum makes the whole block.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Floats

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 256
"""Spectra per block. Chosen: enough for a training step to learn from, and few enough to be made in a moment; another
number gives other spectra for every seed."""


def blocks(samples: int) -> Iterator[tuple[int, int]]:
    """Yield the number of the first spectrum and the length of every block of some spectra."""
    for first in range(0, samples, BLOCK):
        yield first, min(BLOCK, samples - first)


@dataclass(frozen=True)
class Batch:
    """Spectra with their truth.

    Parameters
    ----------
    counts
        Counts, float32 of shape (sample, energy).
    observed
        Whether the instrument measured a channel, bool of shape (sample, energy).
    fraction
        True atomic fractions, float32, shape (sample, element).
    stated
        float32, shape (sample, stated parameter): NaN where a parameter is unstated. All four lie on one device.
    parameters
        True value of every instrument parameter, by name, shape (sample,).
    nuisance
        What else was drawn, by name: (dims after sample, array with the sample first).
    """

    counts: "Tensor"
    observed: "Tensor"
    fraction: "Tensor"
    stated: "Tensor"
    parameters: Mapping[str, Floats] = field(default_factory=dict)
    nuisance: Mapping[str, tuple[tuple[str, ...], Floats]] = field(default_factory=dict)

    def take(self, rows: slice) -> "Batch":
        """Return some of the spectra."""
        return Batch.combined([self], lambda arrays: arrays[0][rows], lambda arrays: arrays[0][rows])

    def spectra(self) -> Spectra:
        """Return what methods may see of them, in numpy."""
        counts, observed = self.counts.cpu().numpy(), self.observed.cpu().numpy()
        return Spectra(counts, observed, self.stated.cpu().numpy().astype(np.float64))

    @staticmethod
    def join(batches: Sequence["Batch"]) -> "Batch":
        """Return the spectra of several batches of one synthesizer as one."""
        import torch  # who asks for `BLOCK` needs none of it

        return Batch.combined(batches, torch.cat, np.concatenate)

    @staticmethod
    def combined(
        batches: Sequence["Batch"],
        of_tensors: "Callable[[list[Tensor]], Tensor]",
        of_arrays: Callable[[list[Floats]], Floats],
    ) -> "Batch":
        """Return a batch of which each array is made from those of several batches of one synthesizer."""
        names = ("counts", "observed", "fraction", "stated")
        tensors = {name: of_tensors([getattr(batch, name) for batch in batches]) for name in names}
        parameters = {name: of_arrays([batch.parameters[name] for batch in batches]) for name in batches[0].parameters}
        nuisance = {
            name: (dims, of_arrays([batch.nuisance[name][1] for batch in batches]))
            for name, (dims, _) in batches[0].nuisance.items()
        }
        return Batch(**tensors, parameters=parameters, nuisance=nuisance)


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
        """Return spectra ``start .. start + count - 1``, whatever blocks they lie in.

        Parameters
        ----------
        start
            Number of the first spectrum of the stream, from 0.
        count
            How many, at least 1.
        """
        first, last = start // BLOCK, (start + count - 1) // BLOCK
        whole = Batch.join([self.block(index) for index in range(first, last + 1)])
        return whole.take(slice(start - first * BLOCK, start - first * BLOCK + count))

    def kept(self) -> "Synthesizer":
        """Return a synthesizer of the same spectra that makes each block once and keeps it."""
        return _Remembering(self)

    def spectra(self, start: int, count: int) -> xr.Dataset:
        """Return spectra ``start .. start + count - 1`` under the SPECTRA contract, with all that was drawn.

        Parameters
        ----------
        start
            Number of the first spectrum of the stream, from 0.
        count
            How many, at least 1.
        """
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
                "energy": ("energy", self.axis.centres, {"units": self.axis.unit, "long_name": self.axis.label}),
                "element": list(self.elements),
            },
        )
        if batch.parameters:
            values = np.stack(list(batch.parameters.values()), axis=1).astype(np.float32)
            dataset["parameter_value"] = (("sample", "instrument_parameter"), values)
            dataset = dataset.assign_coords(instrument_parameter=list(batch.parameters))
        if self.stated:
            dataset["stated"] = (("sample", "parameter"), batch.stated.cpu().numpy())
            dataset = dataset.assign_coords(parameter=list(self.stated))
        return contracts.check(dataset, "SPECTRA", type(self).__name__)


class _Remembering(Synthesizer):
    """The spectra of another synthesizer, each block made once."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self.elements, self.axis, self.stated = synthesizer.elements, synthesizer.axis, synthesizer.stated
        self._synthesizer = synthesizer
        self._blocks: dict[int, Batch] = {}

    def block(self, index: int) -> Batch:
        """Return a block, made or remembered."""
        if index not in self._blocks:
            self._blocks[index] = self._synthesizer.block(index)
        return self._blocks[index]
