"""Synthetic spectra in a zarr store: every block is a chunk, which whoever makes it writes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant.synthesizer.base import BLOCK, Synthesizer, blocks
from specquant.synthesizer.task import WritingTask, block_key
from specquant.zarrstores import add_array, unfinished_beside, unfinished_store


def write_store(task: WritingTask) -> None:
    """Write spectra to a zarr store.

    Its checkpoint says which blocks of an unfinished store are written; without one it is begun anew, and not kept.
    """
    journal = task.journal
    goes_on = journal is not None and len(journal) > 0 and unfinished_beside(task.path).is_dir()
    with unfinished_store(task.path, keep=journal is not None) as unfinished:
        begun = 0 if goes_on else _begin(unfinished, task.first, task.samples)
        if begun:
            task.progress(begun)
        if begun and journal is not None:
            journal.put(block_key((0, begun)), b"")
        todo = [block for block in blocks(task.samples) if not (task.is_kept(block) if goes_on else block[0] < begun)]
        done = task.samples - sum(count for _, count in todo)
        written = task.applied(_Storing(task.synthesizer, unfinished.absolute()), todo)
        for block, count in zip(todo, written, strict=True):
            if journal is not None:
                journal.put(block_key(block), b"")
            done += count
            task.progress(done)


def _begin(unfinished: Path, first: xr.Dataset, samples: int) -> int:
    """Make the store with all that is not of single spectra and the first block, and return the size of that."""
    import zarr

    names = [str(name) for name, variable in first.variables.items() if "sample" in variable.dims]
    rest = first.drop_vars(names)
    texts = {name: rest[name].astype(object) for name in rest.variables if rest[name].dtype.kind == "U"}
    rest.assign(texts).to_zarr(unfinished, mode="w", consolidated=False)
    group = zarr.open_group(unfinished, mode="a")
    for name in names:
        variable = first.variables[name]
        sizes = {str(dim): samples if dim == "sample" else size for dim, size in variable.sizes.items()}
        kind = str if variable.dtype.kind in "OU" else variable.dtype
        add_array(group, name, sizes, {"sample": BLOCK}, kind, variable.attrs)
        array: Any = group[name]
        array[: first.sizes["sample"]] = np.asarray(variable.values)
    return first.sizes["sample"]


@dataclass(frozen=True)
class _Storing:
    """Makes blocks and writes them to a store, in whatever process."""

    synthesizer: Synthesizer
    store: Path

    def __call__(self, block: tuple[int, int]) -> int:
        """Return how many spectra were written."""
        import zarr

        start, count = block
        spectra = self.synthesizer.spectra(start, count)
        group = zarr.open_group(self.store, mode="r+")
        for name, variable in spectra.variables.items():
            if "sample" in variable.dims:
                array: Any = group[str(name)]
                array[start : start + count] = np.asarray(variable.values)
        return count
