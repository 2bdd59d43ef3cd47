"""Spectra to learn from, in a netCDF file or a zarr store, of which some rows are read at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import netCDF4
import numpy as np

from specquant.contracts.netcdf import not_netcdf
from specquant.errors import ReadError
from specquant.filekinds import in_place_of_file
from specquant.readers import check_training_data
from specquant.synthesizer.truth import Ints
from specquant.zarrstores import SUFFIX


class StoredSpectra(Protocol):
    """Variables of a file."""

    attrs: Mapping[str, Any]
    names: frozenset[str]

    def read(self, name: str, rows: Ints | None = None) -> np.ndarray[Any, Any]:
        """Return a variable, or some of its rows, in ascending order; what is missing is NaN."""

    def count(self, name: str) -> int:
        """Return how many rows a variable has, without reading it."""


def open_spectra(path: Path) -> StoredSpectra:
    """Open a file or a store.

    Raises
    ------
    ReadError, ContractError
        If it cannot be read, or does not hold what it says.
    """
    if path.suffix == SUFFIX and path.is_dir():
        return _OfZarr(path)
    if not path.is_file():
        raise ReadError("no such file", where=path, found=in_place_of_file(path))
    check_training_data(path)
    return _OfNetcdf(path)


class _OfNetcdf:
    def __init__(self, path: Path) -> None:
        try:
            self._file = netCDF4.Dataset(path)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise not_netcdf(path) from error
        self.attrs: Mapping[str, Any] = self._file.__dict__
        self.names = frozenset(self._file.variables)

    def read(self, name: str, rows: Ints | None = None) -> np.ndarray[Any, Any]:
        values = self._file[name][:] if rows is None else self._file[name][rows]
        return np.asarray(np.ma.filled(values, np.nan) if np.ma.is_masked(values) else values)

    def count(self, name: str) -> int:
        return len(self._file[name])


class _OfZarr:
    def __init__(self, path: Path) -> None:
        try:
            import zarr
        except ImportError as error:
            todo = 'Install it: pip install "specquant[maps]"'
            raise ReadError("is a zarr store", where=path, found="module zarr is not installed", todo=todo) from error
        try:
            self._group = zarr.open_group(path, mode="r")
            self.attrs: Mapping[str, Any] = dict(self._group.attrs)
            self.names = frozenset(self._group.array_keys())
        except (OSError, KeyError, ValueError) as error:
            raise ReadError("is not a readable zarr store", where=path, found=error) from error

    def read(self, name: str, rows: Ints | None = None) -> np.ndarray[Any, Any]:
        array: Any = self._group[name]
        return np.asarray(array[:] if rows is None else array.oindex[rows])

    def count(self, name: str) -> int:
        array: Any = self._group[name]
        return int(array.shape[0])


def files_of(path: Path) -> Sequence[Path]:
    """Return the files that a file or a store is, in order."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
