"""Where the result of a map is written, block by block: netCDF, zarr, or memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr

from specquant.files import atomic_path
from specquant.zarrstores import add_array, unfinished_store

CHUNK = 256
"""Pixels along the side of a chunk of a result: chosen, a quarter of a megabyte of one element. Chunks are not
compressed: zlib takes as long as two thirds of all else, and leaves more than half of numbers that scatter."""


@dataclass(frozen=True)
class Variable:
    """One variable of a result: its dimensions, type, and attributes."""

    dims: tuple[str, ...]
    dtype: str
    attrs: Mapping[str, Any]


class Target(Protocol):
    """What takes the values of variables."""

    def put(self, name: str, index: tuple[Any, ...], values: np.ndarray) -> None:
        """Write values of a variable at an index."""


class _Memory:
    def __init__(self, variables: Mapping[str, Variable], sizes: Mapping[str, int]) -> None:
        self.arrays = {
            name: np.full([sizes[dim] for dim in each.dims], _empty(each.dtype), each.dtype)
            for name, each in variables.items()
        }

    def put(self, name: str, index: tuple[Any, ...], values: np.ndarray) -> None:
        self.arrays[name][index] = values


class _Written:
    """Variables of an open file, by name: of netCDF4 or of zarr."""

    def __init__(self, variables: Any) -> None:
        self._variables = variables

    def put(self, name: str, index: tuple[Any, ...], values: np.ndarray) -> None:
        self._variables[name][index] = values


def in_memory(
    variables: Mapping[str, Variable], fixed: xr.Dataset, sizes: Mapping[str, int]
) -> tuple[Target, "_Memory", xr.Dataset]:
    """Return what takes values in memory, and the dataset that they are in."""
    memory = _Memory(variables, sizes)
    dataset = fixed.assign(
        {name: (each.dims, memory.arrays[name], dict(each.attrs)) for name, each in variables.items()}
    )
    return memory, memory, dataset


@contextmanager
def in_netcdf(path: Path, variables: Mapping[str, Variable], fixed: xr.Dataset) -> Iterator[Target]:
    """Give what writes a netCDF file, which is there once all of it is."""
    import netCDF4

    with atomic_path(path) as partial:
        fixed.to_netcdf(partial, engine="netcdf4")
        with netCDF4.Dataset(partial, "a") as file:
            for name, each in variables.items():
                sizes = [min(CHUNK, file.dimensions[dim].size) for dim in each.dims]
                if len(sizes) > 2:
                    sizes[0] = 1
                variable = file.createVariable(
                    name, each.dtype, each.dims, chunksizes=sizes, fill_value=_empty(each.dtype)
                )
                variable.set_auto_maskandscale(False)
                variable.setncatts(dict(each.attrs))
            yield _Written(file.variables)


@contextmanager
def in_zarr(path: Path, variables: Mapping[str, Variable], fixed: xr.Dataset) -> Iterator[Target]:
    """Give what writes a zarr store, which is there once all of it is."""
    with unfinished_store(path) as unfinished:
        import zarr

        fixed.to_zarr(unfinished, mode="w-", consolidated=False)
        group = zarr.open_group(unfinished, mode="a")
        for name, each in variables.items():
            sizes = {dim: fixed.sizes[dim] for dim in each.dims}
            chunks = {dim: 1 if len(sizes) > 2 and dim == each.dims[0] else CHUNK for dim in sizes}
            add_array(group, name, sizes, chunks, each.dtype, each.attrs, _empty(each.dtype))
        yield _Written(group)


def _empty(dtype: str) -> Any:
    return np.nan if np.dtype(dtype).kind == "f" else -1 if np.dtype(dtype).kind == "i" else 0
