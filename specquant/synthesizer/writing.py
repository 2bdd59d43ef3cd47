"""Writing any number of synthetic spectra to netCDF4 without holding them in memory."""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from specquant.contracts import stamp
from specquant.files import atomic_path
from specquant.synthesizer.base import BLOCK, Synthesizer


def write_spectra(
    synthesizer: Synthesizer,
    samples: int,
    path: Path,
    technique: str,
    attrs: dict[str, str | int | float],
    progress: Callable[[int], None] = lambda done: None,
) -> Path:
    """Write `samples` spectra, block by block, under the SPECTRA contract.

    Parameters
    ----------
    synthesizer, samples
        What is written, and how many.
    path
        The file; it appears when all is written.
    technique, attrs
        Go into the file's attributes.
    progress
        Called with the number of spectra written so far.
    """
    with atomic_path(path) as partial, netCDF4.Dataset(partial, "w", format="NETCDF4") as file:
        for start in range(0, samples, BLOCK):
            count = min(BLOCK, samples - start)
            chunk = synthesizer.spectra(start, count)
            if start == 0:
                _create(file, stamp(chunk, technique, "synthetic", contract="SPECTRA", **attrs))
            for name, variable in chunk.variables.items():
                if "sample" in variable.dims:
                    values = variable.values
                    if values.dtype.kind in "iu" or name == "observed":
                        values = values.astype(np.int8)
                    target = file.variables[str(name)]
                    if values.dtype.kind == "U":
                        values = values.astype(object)
                    target[start : start + count] = values
            progress(start + count)
    return path


def _create(file: netCDF4.Dataset, first: xr.Dataset) -> None:
    for dim, size in first.sizes.items():
        file.createDimension(dim, None if dim == "sample" else size)
    for name, variable in first.variables.items():
        kind: type | str = str if variable.dtype.kind in "UO" else variable.dtype.str[1:]
        if name == "observed":
            kind = "i1"
        chunks = None
        if "sample" in variable.dims:
            chunks = tuple(64 if dim == "sample" and len(variable.dims) > 1 else min(first.sizes[dim], 4096) or 1 for dim in variable.dims)
        compress = {} if kind is str else {"zlib": True, "complevel": 1}
        created = file.createVariable(str(name), kind, variable.dims, chunksizes=chunks, **compress)
        created.setncatts({key: value for key, value in variable.attrs.items()})
        if name == "observed":
            created.setncattr("dtype", "bool")
        if "sample" not in variable.dims:
            created[:] = variable.values.astype(object) if kind is str else variable.values
    file.setncatts(first.attrs)
