"""Reading spectra that specquant itself, or another program that keeps its contract, has stored as netCDF."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from specquant import contracts
from specquant.errors import ReadError
from specquant.hdf5 import MAGIC, opened
from specquant.readers.worker import read_apart
from specquant.storedfacts import facts_from
from specquant.technique import Fact, Facts, RawSpectrum, Reader

if TYPE_CHECKING:
    import xarray as xr

_MAGIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05", MAGIC)
"""First bytes of netCDF files: classic, with 64-bit offsets, with 64-bit data, and on HDF5."""

_ROWS = 1024
"""Spectra to learn from that are read at once: ten MB on an axis of 2000 channels. Chosen."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a netCDF file (classic, or on HDF5)."""
    return head.startswith(_MAGIC)


def read_own(path: Path) -> list[RawSpectrum]:
    """Return the spectra of a file that keeps one of specquant's contracts; nothing if it does not.

    Other formats begin like it, HDF5 and netCDF; they go to their own readers, once it is known that they are enclosed.

    Raises
    ------
    ReadError
        As `read`; and, of any HDF5 file, if it reaches for other files or claims more than it can hold.
    """
    return read(path) if _is_own(path) else []


def _is_own(path: Path) -> bool:
    """Say whether a file is of specquant, or of another program that keeps SPECTRA; such files hold no groups."""
    import h5py

    try:
        if h5py.is_hdf5(path):
            # not by netCDF4, which walks through all groups, without end where one holds itself
            with opened(path) as file:
                flat = all(file.get(name, getclass=True) is h5py.Dataset for name in file)
                return flat and ("contract" in file.attrs or {"counts", "observed"} <= set(file))
        import netCDF4

        with netCDF4.Dataset(path) as dataset:
            return "contract" in dataset.ncattrs() or {"counts", "observed"} <= set(dataset.variables)
    except (OSError, RuntimeError, ValueError, AttributeError, KeyError):
        return False


def read(path: Path) -> list[RawSpectrum]:
    """Read a file that keeps the contract SPECTRA: one spectrum per sample, of the channels that were observed.

    Such a spectrum is on its technique's energy scale already. Its header holds the file's attributes too; they win
    over what the original file said under the same name.

    Raises
    ------
    ReadError
        If it is not a netCDF file or holds no sample.
    ContractError
        If it holds something other than spectra.
    """
    dataset = contracts.load(path, "SPECTRA")
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
            stated,
            facts,
            on_scale=True,
        )
        for row, (name, stated, facts) in enumerate(zip(names, _stated(dataset), _facts(dataset, path), strict=True))
    ]


def _names(dataset: "xr.Dataset", path: Path) -> list[str]:
    if "sample" in dataset.coords:
        return [str(name) for name in dataset["sample"].values]
    return [f"{path.stem} {row + 1}" for row in range(dataset.sizes["sample"])]


def _facts(dataset: "xr.Dataset", path: Path) -> Iterator[Facts]:
    """Yield the facts of every sample; a map has thousands, so that nothing is looked up for each."""
    texts = dataset["facts"].values if "facts" in dataset.variables else None
    coordinates = [dataset[name].values for name in ("y", "x")] if {"y", "x"} <= set(dataset.coords) else []
    attrs = {str(key): value for key, value in dataset.attrs.items() if key != "format"}
    if unit := dataset["energy"].attrs.get("units"):
        attrs["energy_unit"] = unit
    for row in range(dataset.sizes["sample"]):
        known = Facts() if texts is None else facts_from(texts[row], f"{path}, sample {row}")
        pixel = known.pixel
        if pixel is None and coordinates:
            y, x = (int(values[row]) for values in coordinates)
            pixel = y, x
        yield replace(known, header={**known.header, **attrs}, pixel=pixel)


def _stated(dataset: "xr.Dataset") -> list[dict[str, float]]:
    """Return the parameters that are known of every sample."""
    if "stated" not in dataset:
        return [{} for _ in range(dataset.sizes["sample"])]
    names = [str(name) for name in dataset["parameter"].values.tolist()]
    rows = dataset["stated"].values.tolist()
    return [
        {name: float(value) for name, value in zip(names, row, strict=True) if math.isfinite(value)} for row in rows
    ]


def check_library(path: Path) -> None:
    """Read a library in the process of foreign readers first: a damaged file can end HDF5, or keep it busy without end.

    Raises
    ------
    ReadError, ContractError
        As `specquant.contracts.load`; ReadError if the process dies or takes too long.
    """
    if path.is_file():
        read_apart(_LIBRARY_READER, path)


def check_training_data(path: Path) -> None:
    """Read spectra to learn from in the process of foreign readers first, for the same reason, some at a time.

    Raises
    ------
    ReadError, ContractError
        As `check_library`.
    """
    if path.is_file():
        read_apart(_TRAINING_READER, path)


def load_library(path: Path) -> list[RawSpectrum]:
    """Read a library, and return no spectrum."""
    contracts.load(path, "LIBRARY")
    return []


def load_pieces(path: Path) -> list[RawSpectrum]:
    """Read spectra, some at a time, and return none."""
    contracts.check_pieces(path, "SPECTRA", "sample", _ROWS)
    return []


_LIBRARY_READER = Reader("library", (".nc",), sniff, load_library, foreign=True)
_TRAINING_READER = replace(_LIBRARY_READER, name="training data", read=load_pieces)
NETCDF_READER = Reader("netCDF", (".nc", ".nc4", ".cdf"), sniff, read, foreign=True, takes=frozenset(Fact))
OWN_READER = replace(NETCDF_READER, read=read_own)
"""Asked first of every file that begins like netCDF or HDF5."""
