"""Synthetic spectra in a zarr store: every block is a chunk, which whoever makes it writes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant.cluster import Applied
from specquant.journal import Journal
from specquant.synthesizer.base import BLOCK, Synthesizer, blocks
from specquant.zarrstores import add_array, unfinished_beside, unfinished_store


def write_store(
    synthesizer: Synthesizer,
    samples: int,
    path: Path,
    first: xr.Dataset,
    progress: Callable[[int], None],
    journal: Journal | None,
    applied: Applied,
) -> None:
    """Write spectra to a zarr store; all as of `write_spectra`.

    Parameters
    ----------
    first
        The first block, as its file holds it.
    journal
        Says which blocks of an unfinished store are written; None: it is begun anew, and not kept.
    """
    goes_on = journal is not None and len(journal) > 0 and unfinished_beside(path).is_dir()
    with unfinished_store(path, keep=journal is not None) as unfinished:
        if not goes_on:
            _begin(unfinished, first, samples)
        every = list(blocks(samples))
        todo = [block for block in every if not (goes_on and journal is not None and _key(block) in journal)]
        done = samples - sum(count for _, count in todo)
        for block, count in zip(todo, applied(_Storing(synthesizer, unfinished.absolute()), todo), strict=True):
            if journal is not None:
                journal.put(_key(block), b"")
            done += count
            progress(done)


def _key(block: tuple[int, int]) -> str:
    return f"{block[0]} {block[1]}"


def _begin(unfinished: Path, first: xr.Dataset, samples: int) -> None:
    """Make the store with all that is not of single spectra."""
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
