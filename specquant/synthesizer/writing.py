"""Writing any number of synthetic spectra to netCDF4 without holding them in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from specquant.contracts import stamp, written_as
from specquant.files import atomic_path
from specquant.synthesizer.base import BLOCK, Synthesizer

_ROWS_PER_CHUNK = 64
"""Spectra per chunk of the file. Chosen: 0.3 MB of 1300 channels, small beside a block."""


def write_spectra(
    synthesizer: Synthesizer,
    samples: int,
    path: Path,
    technique: str,
    attrs: dict[str, str | int | float],
    progress: Callable[[int], None] = lambda _: None,
) -> Path:
    """Write `samples` spectra, block by block, under the SPECTRA contract; the file appears when all is written."""
    with atomic_path(path) as partial, netCDF4.Dataset(partial, "w", format="NETCDF4") as file:
        for start in range(0, samples, BLOCK):
            count = min(BLOCK, samples - start)
            chunk = synthesizer.spectra(start, count)
            if start == 0:
                _create(file, written_as(stamp(chunk, technique, "synthetic", **attrs), "SPECTRA"))
            for name, variable in chunk.variables.items():
                if "sample" in variable.dims:
                    file.variables[str(name)][start : start + count] = _storable(variable)
            progress(start + count)
    return path


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
