"""A fixed set of labelled spectra to learn from, split 8:2 into training and validation as the article does."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from specquant.contracts import check_origin
from specquant.errors import ContractError
from specquant.synthesizer.base import BLOCK, Batch
from specquant.synthesizer.stored import open_spectra
from specquant.synthesizer.truth import Ints
from specquant.technique import Technique

TRAINING_SHARE = 0.8
"""Share of the spectra that is learned from; the article's."""


class FixedSpectra:
    """Blocks of spectra read from a netCDF file or a zarr store as `specquant synthesize` writes it, never all at once.

    Axis and elements of the file have to be those of the technique; the seed is that of the split and of the order
    within an epoch.

    Raises
    ------
    ReadError, ContractError
        If the file cannot be read, lacks the truth, or lies on other axes.
    """

    def __init__(self, path: Path, technique: Technique, seed: int, device: str = "cpu") -> None:
        self._file = open_spectra(path)
        self._check(path, technique)
        order = np.random.default_rng(seed).permutation(self._file.count("fraction"))
        cut = int(TRAINING_SHARE * order.size)
        self._training, self._validation = order[:cut], order[cut:]
        if not len(self._training) or not len(self._validation):
            raise ContractError("too few spectra to split", where=path, found=order.size, wanted="at least 5")
        self._seed, self._device = seed, device
        names = self._file.read("parameter").tolist() if "stated" in self._file.names else []
        self._columns = [names.index(known.name) if known.name in names else None for known in technique.stated]

    def _check(self, path: Path, technique: Technique) -> None:
        check_origin(self._file.attrs, "SPECTRA", path, technique.name)
        lacking = {"counts", "observed", "fraction", "energy", "element"} - self._file.names
        if lacking:
            raise ContractError("file lacks variables", where=path, found=f"no {', '.join(sorted(lacking))}")
        energy = self._file.read("energy")
        if energy.size != technique.axis.size or not np.allclose(energy, technique.axis.centres):
            raise ContractError("spectra lie on another energy axis", where=path, found=f"{energy.size} channels")
        if tuple(self._file.read("element").tolist()) != technique.elements:
            raise ContractError("file holds other elements", where=path, wanted=f"those of {technique.name}")

    def training_block(self, index: int) -> Batch:
        """Return block `index`; every epoch goes through the training part in a new order."""
        per_epoch = max(len(self._training) // BLOCK, 1)
        epoch, block = divmod(index, per_epoch)
        order = np.random.default_rng([self._seed, epoch]).permutation(self._training)
        return self._read(order[block * BLOCK : (block + 1) * BLOCK])

    def validation_blocks(self) -> Iterator[Batch]:
        """Yield the validation part."""
        for start in range(0, len(self._validation), BLOCK):
            yield self._read(self._validation[start : start + BLOCK])

    def _read(self, rows: Ints) -> Batch:
        ordered = np.sort(rows)
        counts, observed, fraction = (
            torch.from_numpy(self._file.read(name, ordered)).to(self._device)
            for name in ("counts", "observed", "fraction")
        )
        return Batch(counts.float(), observed.bool(), fraction.float(), self._stated(ordered))

    def _stated(self, rows: Ints) -> torch.Tensor:
        """Return the stated parameters in the technique's order, NaN where the file lacks them."""
        stated = torch.full((len(rows), len(self._columns)), torch.nan)
        values = self._file.read("stated", rows) if "stated" in self._file.names else np.empty((len(rows), 0))
        for index, column in enumerate(self._columns):
            if column is not None:
                stated[:, index] = torch.from_numpy(values[:, column])
        return stated.to(self._device)
