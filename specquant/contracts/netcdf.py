"""Datasets in netCDF files: written whole or not at all, and checked as they are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from specquant.contracts.checking import check
from specquant.contracts.provenance import check_origin, written_as
from specquant.errors import ReadError, SpecquantError
from specquant.filekinds import in_place_of_file, kind_of
from specquant.files import atomic_path
from specquant.hdf5 import MAGIC, check_claim, check_netcdf

if TYPE_CHECKING:
    import xarray as xr


def save(dataset: "xr.Dataset", contract: str, path: Path) -> Path:
    """Check a dataset and write it as netCDF4, never half."""
    check(dataset, contract, str(path))
    with atomic_path(path) as partial:
        written_as(dataset, contract).to_netcdf(partial, engine="netcdf4")
    return path


def load(path: Path, contract: str) -> "xr.Dataset":
    """Read a netCDF4 file and check that it holds the contract.

    Raises
    ------
    ReadError
        If it is missing or no netCDF.
    ContractError
        If it holds something else.
    """
    with _opened(path) as dataset:
        loaded = dataset.load()
    check_origin(loaded.attrs, contract, path)
    return check(loaded, contract, str(path))


def check_pieces(path: Path, contract: str, dim: str, rows: int) -> None:
    """Read a netCDF4 file to its end, `rows` along `dim` at a time, and check that it holds the contract.

    Raises
    ------
    ReadError, ContractError
        As `load`.
    """
    with _opened(path) as dataset:
        for start in range(0, max(1, dataset.sizes.get(dim, 0)), rows):
            piece = dataset.isel({dim: slice(start, start + rows)}, missing_dims="ignore").load()
            check(piece, contract, str(path))


@contextmanager
def _opened(path: Path) -> "Iterator[xr.Dataset]":
    """Open a netCDF file that holds what it says; whatever reading it raises is a ReadError."""
    import xarray as xr

    if not path.is_file():
        raise ReadError("no such file", where=path, found=in_place_of_file(path))
    try:
        check_netcdf(path)
        with xr.open_dataset(path.absolute(), engine="netcdf4") as dataset:
            check_claim(dataset.nbytes, path)
            yield dataset
    except SpecquantError:
        raise
    except Exception as error:  # xarray, netCDF and HDF5 raise all kinds on damaged files
        raise not_netcdf(path) from error


def not_netcdf(path: Path) -> ReadError:
    """Return the error of a file that netCDF cannot open or read to its end."""
    with path.open("rb") as file:
        begun = file.read(len(MAGIC)).startswith((MAGIC, b"CDF"))
    content = "one that is cut short, damaged, or that another program laid out" if begun else kind_of(path)
    return ReadError(
        "is not a readable netCDF file",
        where=path,
        found=content,
        wanted="a netCDF file that specquant wrote",
        todo="Copy it again, or make it again." if begun else "Give the .nc file.",
    )
