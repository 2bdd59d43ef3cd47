"""Reading spectra that specquant itself, or another program that keeps its contract, has stored as netCDF."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import ReadError, SpecquantError
from specquant.technique import RawSpectrum, Reader

_MAGIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a netCDF file (classic, or on HDF5)."""
    return head.startswith(_MAGIC)


def is_own(path: Path) -> bool:
    """Say whether a netCDF file keeps one of specquant's contracts, whoever else may read files that begin like it.

    Files of specquant hold no groups.
    """
    import h5py
    import netCDF4

    try:
        if h5py.is_hdf5(path):
            # not by netCDF4, which walks through all groups, without end where one holds itself
            with h5py.File(path, "r") as file:
                flat = all(file.get(name, getclass=True) is h5py.Dataset for name in file)
                return flat and ("contract" in file.attrs or {"counts", "observed"} <= set(file))
        with netCDF4.Dataset(path) as dataset:
            return "contract" in dataset.ncattrs() or {"counts", "observed"} <= set(dataset.variables)
    except (OSError, RuntimeError, ValueError, AttributeError, KeyError):
        return False


def read(path: Path) -> list[RawSpectrum]:
    """Read a file that keeps the contract SPECTRA: one spectrum per sample, of the channels that were observed.

    `attrs` holds the file's attrs, what `header` and `stated` say of the sample, and ``format`` = ``SPECTRA``: such a
    spectrum is on its technique's energy scale already.

    Raises
    ------
    ReadError
        If it is no netCDF file or holds no sample.
    ContractError
        If it holds something other than spectra.
    """
    try:
        dataset = contracts.load(path, "SPECTRA")
    except SpecquantError:
        raise
    except Exception as error:  # the netCDF and HDF5 libraries raise all kinds on damaged files
        raise ReadError(
            "is not a readable netCDF file", where=path, found=f"{type(error).__name__}: {error}"
        ) from error
    if dataset.sizes["sample"] == 0:
        raise ReadError("holds no spectrum", where=path, found="0 samples")
    names = _names(dataset, path)
    energy = dataset["energy"].values.astype(np.float64)
    observed = dataset["observed"].values.astype(bool)
    counts = dataset["counts"].values
    return [
        RawSpectrum(
            name,
            energy[observed[row]],
            counts[row, observed[row]].astype(np.float64),
            {**dataset.attrs, **_header(dataset, row), **_stated(dataset, row), "format": "SPECTRA"},
        )
        for row, name in enumerate(names)
    ]


def _names(dataset: xr.Dataset, path: Path) -> list[str]:
    if "sample" in dataset.coords:
        return [str(name) for name in dataset["sample"].values]
    return [f"{path.stem} {row + 1}" for row in range(dataset.sizes["sample"])]


def _header(dataset: xr.Dataset, row: int) -> Mapping[str, Any]:
    if "header" not in dataset.variables or dataset["header"].dims != ("sample",):
        return {}
    try:
        header = json.loads(str(dataset["header"].values[row]))
    except ValueError:
        return {}
    return header if isinstance(header, dict) else {}


def _stated(dataset: xr.Dataset, row: int) -> Mapping[str, float]:
    if "stated" not in dataset:
        return {}
    pairs = zip(dataset["parameter"].values.tolist(), dataset["stated"].values[row].tolist(), strict=True)
    return {str(name): float(value) for name, value in pairs if np.isfinite(value)}


NETCDF_READER = Reader("netCDF", (".nc", ".nc4", ".cdf"), sniff, read)
