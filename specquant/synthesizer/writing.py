"""Writing any number of synthetic spectra without holding them in memory: to netCDF4, or to zarr by many hands."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from safetensors import SafetensorError
from safetensors.numpy import load, save

from specquant.cluster import Applied
from specquant.contracts import stamp, written_as
from specquant.files import atomic_path
from specquant.journal import open_journal
from specquant.synthesizer.base import BLOCK, Synthesizer, blocks
from specquant.synthesizer.storing import write_store
from specquant.synthesizer.task import WritingTask, block_key
from specquant.zarrstores import SUFFIX

_ROWS_PER_CHUNK = 64
"""Spectra per chunk of the file. Chosen: 0.3 MB of 1300 channels, small beside a block."""


def write_spectra(
    synthesizer: Synthesizer,
    samples: int,
    path: Path,
    technique: str,
    attrs: dict[str, str | int | float],
    progress: Callable[[int], None] = lambda _: None,
    terms: Mapping[str, str] | None = None,
    applied: Applied = map,
) -> Path:
    """Write `samples` spectra, block by block, under the SPECTRA contract.

    With `terms`, blocks are kept in a checkpoint beside the file until it is whole; a later call goes on from it.

    Parameters
    ----------
    synthesizer
        Makes the spectra.
    samples
        How many are written.
    path
        The file, or a store if it ends in ``.zarr``; it appears when all is written.
    technique
        Name of the technique, for the file's attributes.
    attrs
        Further attributes of the file.
    progress
        Called with the number of spectra written so far.
    terms
        All that the spectra depend on, in words, by the option that says it.
    applied
        Who makes the blocks: by default this process. Blocks of a store are written by whoever makes them.

    Raises
    ------
    OutputError
        If the file cannot be written, or another process is writing it.
    SettingError, ReadError
        If there is a checkpoint of other spectra, or something else in its place.
    """
    first = synthesizer.spectra(0, min(BLOCK, samples))
    stamped = written_as(stamp(first, technique, "synthetic", **attrs), "SPECTRA")
    with nullcontext() if terms is None else open_journal(path, terms) as journal:
        task = WritingTask(synthesizer, samples, path, stamped, progress, journal, applied)
        if path.suffix == SUFFIX:
            write_store(task)
        else:
            _write_file(task)
    return path


def _write_file(task: WritingTask) -> None:
    with atomic_path(task.path) as partial, netCDF4.Dataset(partial, "w", format="NETCDF4") as file:
        _create(file, task.first)
        like = _rows(task.first)
        todo = [block for block in blocks(task.samples) if block[0] > 0 and not task.is_kept(block)]
        coming = iter(task.applied(_Making(task.synthesizer), todo))
        for start, count in blocks(task.samples):
            rows = like if start == 0 else _kept_rows(task, (start, count), like, coming)
            for name, values in rows.items():
                file.variables[name][start : start + count] = values
            task.progress(start + count)


class _Making:
    """Makes blocks of spectra, in whatever process."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer

    def __call__(self, block: tuple[int, int]) -> dict[str, np.ndarray[Any, Any]]:
        return _rows(self._synthesizer.spectra(*block))


def _rows(chunk: xr.Dataset) -> dict[str, np.ndarray[Any, Any]]:
    """Return what a chunk holds of each sample, as it is stored."""
    return {str(name): _storable(array) for name, array in chunk.variables.items() if "sample" in array.dims}


def _kept_rows(
    task: WritingTask,
    block: tuple[int, int],
    like: dict[str, np.ndarray[Any, Any]],
    coming: Iterator[dict[str, np.ndarray[Any, Any]]],
) -> dict[str, np.ndarray[Any, Any]]:
    """Return a chunk from the journal if it is there and of the same kind as the first, or made and put there."""
    if task.journal is None:
        return next(coming)
    (start, count), key = block, block_key(block)
    names = np.arange(start, start + count).astype(str).astype(object)
    kept = _unpacked(task.journal.get(key), {name: array for name, array in like.items() if name != "sample"}, count)
    if kept is not None:
        return {**kept, "sample": names}
    rows = _rows(task.synthesizer.spectra(start, count)) if task.is_kept(block) else next(coming)
    arrays = {name: np.ascontiguousarray(values) for name, values in rows.items() if name != "sample"}
    task.journal.put(key, save(arrays))
    return rows


def _unpacked(
    record: tuple[Mapping[str, Any], bytes] | None, like: dict[str, np.ndarray[Any, Any]], count: int
) -> dict[str, np.ndarray[Any, Any]] | None:
    """Return the arrays of a record if they are of the names, types and shapes of a first chunk."""
    if record is None:
        return None
    try:
        arrays: dict[str, np.ndarray[Any, Any]] = load(record[1])
    except (SafetensorError, ValueError):
        return None
    wanted = {name: (array.dtype, (count, *array.shape[1:])) for name, array in like.items()}
    return arrays if {name: (array.dtype, array.shape) for name, array in arrays.items()} == wanted else None


def _create(file: netCDF4.Dataset, first: xr.Dataset) -> None:
    for dim, size in first.sizes.items():
        file.createDimension(str(dim), None if dim == "sample" else size)
    for name, variable in first.variables.items():
        values = _storable(variable)
        text = values.dtype == object
        settings: dict[str, Any] = {} if text else {"zlib": True, "complevel": 1}
        if "sample" in variable.dims and not text:
            settings["chunksizes"] = (_ROWS_PER_CHUNK, *variable.shape[1:])
        kind = str if text else values.dtype.str[1:]
        created = file.createVariable(str(name), kind, tuple(map(str, variable.dims)), **settings)
        created.setncatts(dict(variable.attrs))
        if variable.dtype == bool:
            created.setncattr("dtype", "bool")  # how xarray marks a boolean
        if "sample" not in variable.dims:
            created[:] = values
    file.setncatts(first.attrs)


def _storable(variable: xr.Variable) -> np.ndarray[Any, Any]:
    """Return the values in a type that netCDF has: text as objects, truth values as bytes."""
    values = np.asarray(variable.values)
    if values.dtype.kind == "U":
        return values.astype(object)
    return values.astype(np.int8) if values.dtype == bool else values
