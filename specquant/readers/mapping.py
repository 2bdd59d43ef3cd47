"""From a file to a map, of which no counts are read before they are asked for, where the format allows that."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specquant import contracts
from specquant.contracts import check_map
from specquant.errors import PluginError, ReadError, SpecquantError
from specquant.hdf5 import MAGIC, opened
from specquant.readers.opening import candidates_for, head_of, read_with
from specquant.readers.sources import Hdf5Counts, ZarrCounts
from specquant.technique import Facts, MapAxis, RawMap, RawSpectrum, Reader
from specquant.validation import InstalledReader, open_installed_map

if TYPE_CHECKING:
    import xarray as xr

LEAST_PIXELS = 2
"""Pixels of a map at least: a single one is a spectrum."""

_STORES = (".zarr",)
"""Suffix of folders that are stores."""


def map_in(path: Path, readers: Sequence[Reader] = ()) -> RawMap | None:
    """Return the map of a file; None of one that holds none, or cannot be read: that is said where it is read.

    Raises
    ------
    PluginError
        If a plug-in's reader fails at opening maps: it may still read spectra, and nobody would know.
    """
    try:
        return open_map(path, readers)
    except PluginError:
        raise
    except SpecquantError:
        return None


def open_map(path: Path, readers: Sequence[Reader] = ()) -> RawMap | None:
    """Return the map that a file holds; None where it holds none, or one of a single pixel.

    Formats that cannot be read piece by piece are read whole.

    Parameters
    ----------
    path
        The file, or the folder of a zarr store.
    readers
        The plug-in's readers.

    Raises
    ------
    ReadError
        If it cannot be read.
    """
    path = Path(path)
    if path.suffix in _STORES and path.is_dir():
        return _stored_zarr(path)
    head = head_of(path)
    if head.startswith(MAGIC) and (stored := _stored_netcdf(path)) is not None:
        return _several(stored)
    for reader in candidates_for(path, head, readers):
        if (lazy := _several(_opened(reader, path))) is not None:
            return lazy
        if reader.holds_maps:
            return _several(map_of_spectra(read_with(reader, path)))
        return None
    return None


def _opened(reader: Reader, path: Path) -> RawMap | None:
    """Return the map that a reader opens, that of a plug-in through the door; None if it opens none."""
    if reader.open_map is None:
        return None
    return open_installed_map(reader, path) if isinstance(reader, InstalledReader) else reader.open_map(path)


def _several(raw: RawMap | None) -> RawMap | None:
    return raw if raw is not None and int(np.prod(raw.counts.shape[:-1])) >= LEAST_PIXELS else None


def map_of_spectra(raws: Sequence[RawSpectrum]) -> RawMap | None:
    """Return the pixels of a map as one; None if they are not pixels of one map. Pixels that are not there hold 0."""
    pixels = [raw.facts.pixel for raw in raws if raw.facts.pixel is not None]
    if not raws or len(pixels) < len(raws) or any("frame" in raw.header for raw in raws):
        return None
    first = raws[0]
    if any(raw.energy is not first.energy and not np.array_equal(raw.energy, first.energy) for raw in raws):
        return None
    places = np.array(pixels)
    counts = np.zeros((*(places.max(axis=0) + 1), len(first.energy)), np.asarray(first.counts).dtype)
    for (row, column), raw in zip(pixels, raws, strict=True):
        counts[row, column] = raw.counts
    name = first.name.rpartition(" [")[0] or first.name
    facts = Facts(first.facts.header, first.facts.notes, first.facts.composition)
    axes = (MapAxis("y"), MapAxis("x"))
    return RawMap(name, np.asarray(first.energy, dtype=np.float64), counts, axes, first.stated, facts)


def map_of_array(array: "xr.DataArray", stated: dict[str, float], name: str = "map") -> RawMap:
    """Return an array with a coordinate ``energy`` as a map; a lazy one is read piece by piece.

    Raises
    ------
    ContractError
        If that is not a map.
    """
    dataset = array.to_dataset(name="counts") if array.name != "counts" else array.to_dataset()
    check_map(dataset, name)
    ordered = array.transpose(..., "energy")
    axes = tuple(_axis(ordered, str(dim)) for dim in ordered.dims[:-1])
    energy = ordered["energy"].values.astype(np.float64)
    return RawMap(str(array.name or name), energy, _Lazy(ordered.variable), axes, stated, on_scale=True)


class _Lazy:
    """Counts of a lazy xarray variable."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable
        self.shape, self.dtype = tuple(variable.shape), variable.dtype

    def __getitem__(self, key: Any) -> Any:
        return self._variable[key].values


def _axis(array: "xr.DataArray", dim: str) -> MapAxis:
    """Return a dimension with the distance of its pixels, where coordinates say it."""
    if dim not in array.coords or array.sizes[dim] < 2 or array[dim].dtype.kind not in "iuf":
        return MapAxis(dim)
    values = array[dim].values
    return MapAxis(dim, float(values[1] - values[0]), str(array[dim].attrs.get("units", "")))


def _stored_netcdf(path: Path) -> RawMap | None:
    """Return the map of a netCDF file under the contract MAP; None if it is of another kind."""
    import xarray as xr

    with opened(path) as file:
        counts = file.get("counts")
        if "energy" not in file or counts is None or counts.ndim < 2 or _is_samples(file):
            return None
        shape, kind, axis = counts.shape, counts.dtype.str, _channel_axis(counts)
    with xr.open_dataset(path.absolute(), engine="netcdf4", decode_times=False) as dataset:
        check_map(dataset, str(path))
        ordered = (*(size for number, size in enumerate(shape) if number != axis), shape[axis])
        return _stored(dataset, Hdf5Counts(path, "counts", kind, ordered, axis), path)


def _is_samples(file: Any) -> bool:
    """Say whether spectra stand one below another, as under the contract SPECTRA."""
    return "observed" in file or "sample" in file


def _channel_axis(counts: Any) -> int:
    """Return which dimension of a variable of netCDF is that of energies: the one with a scale of that name."""
    for number, dim in enumerate(counts.dims):
        if any(str(scale.name).rpartition("/")[2] == "energy" for scale in dim.values()):
            return number
    return int(counts.ndim - 1)


def _stored_zarr(path: Path) -> RawMap:
    """Return the map of a zarr store under the contract MAP."""
    import xarray as xr

    try:
        import zarr  # noqa: F401
    except ImportError as error:
        todo = 'Install it: pip install "specquant[maps]"'
        raise ReadError("is a zarr store", where=path, found="module zarr is not installed", todo=todo) from error
    try:
        with xr.open_zarr(path, chunks=None, consolidated=False) as dataset:
            check_map(dataset, str(path))
            counts = dataset["counts"]
            if counts.dims[-1] != "energy":
                raise ReadError("has its channels not last", where=path, found=counts.dims, wanted="energy last")
            return _stored(dataset, ZarrCounts(path, "counts", counts.dtype.str, counts.shape), path)
    except (OSError, KeyError, ValueError) as error:
        raise ReadError("is not a readable zarr store", where=path, found=error) from error


def _stored(dataset: "xr.Dataset", counts: Any, path: Path) -> RawMap:
    array = dataset["counts"].transpose(..., "energy")
    names = [str(name) for name in dataset["parameter"].values] if "stated" in dataset else []
    values = dataset["stated"].values.tolist() if names else []
    stated = {name: float(value) for name, value in zip(names, values, strict=True) if np.isfinite(value)}
    header = {str(key): value for key, value in dataset.attrs.items() if key not in ("format", "contract")}
    if unit := dataset["energy"].attrs.get("units"):
        header["energy_unit"] = unit
    axes = tuple(_axis(array, str(dim)) for dim in array.dims[:-1])
    contracts.check_origin(dataset.attrs, "MAP", path)
    energy = dataset["energy"].values.astype(np.float64)
    return RawMap(path.stem, energy, counts, axes, stated, Facts(header), on_scale=True)
