"""Opening maps without reading their counts: the same as reading them whole, from every format."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from edsformats import MAP
from mapmaking import write_ripple
from specquant.discovery import load_plugin
from specquant.errors import ContractError, ReadError
from specquant.readers import map_of_array, open_map, read_file
from specquant.readers.sources import FileCounts, Hdf5Counts, ZarrCounts

COUNTS = np.tile(MAP, (3, 3, 1))


@pytest.fixture(scope="module")
def readers():
    return load_plugin("eds").readers


def same(path: Path, readers) -> None:
    """The map that is opened holds what reading the file gives."""
    raw, pixels = open_map(path, readers), read_file(path, readers)
    assert raw is not None
    assert int(np.prod(raw.counts.shape[:-1])) >= len(pixels)
    for pixel in pixels[::7]:
        row, column = pixel.facts.pixel
        np.testing.assert_array_equal(raw.counts[row : row + 1, column : column + 1][0, 0], pixel.counts)
        np.testing.assert_allclose(raw.energy, pixel.energy, rtol=1e-9)
        assert dict(raw.stated) == pytest.approx(dict(pixel.stated))


@pytest.mark.parametrize("image", [False, True])
def test_ripple(tmp_path, readers, image):
    pytest.importorskip("rsciio", reason="pixels of ripple are read by the extra formats")
    path = write_ripple(tmp_path / "map.rpl", COUNTS.astype(np.uint16), image)
    if not image:  # RosettaSciIO does not say which axis of an image is that of energies
        same(path, readers)
    raw = open_map(path, readers)
    assert isinstance(raw.counts, FileCounts)
    np.testing.assert_array_equal(raw.counts[2:5, 3:7], COUNTS[2:5, 3:7])
    assert [(axis.name, axis.step, axis.unit) for axis in raw.axes] == [("y", 1.0, ""), ("x", 0.5, "um")]


def hyperspy_file(path: Path, counts: np.ndarray, axis: int) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs.update({"file_format": "HyperSpy", "file_format_version": "3.3"})
        group = file.create_group("Experiments/glass")
        group.create_dataset("data", data=np.moveaxis(counts, -1, axis), chunks=True, compression="gzip")
        names = ["y", "x"]
        names.insert(axis, "Energy")
        for number, name in enumerate(names):
            entry = {"name": name, "navigate": name != "Energy", "offset": 0.0, "scale": 0.25, "units": "µm"}
            if name == "Energy":
                entry |= {"scale": 0.01, "units": "keV"}
            group.create_group(f"axis-{number}").attrs.update({**entry, "size": group["data"].shape[number]})
        group.create_group("original_metadata")
        group.create_group("learning_results")
        group.create_group("metadata/Signal").attrs["signal_type"] = "EDS_SEM"
        group.create_group("metadata/Acquisition_instrument/SEM").attrs["beam_energy"] = 15.0
        group.create_group("metadata/Acquisition_instrument/SEM/Detector/EDS").attrs["elevation_angle"] = 35.0
        group.create_group("metadata/General").attrs["title"] = "glass"
    return path


@pytest.mark.parametrize("axis", [2, 0])
def test_hyperspy(tmp_path, readers, axis):
    pytest.importorskip("rsciio.hspy")
    path = hyperspy_file(tmp_path / "map.hspy", COUNTS, axis)
    same(path, readers)
    raw = open_map(path, readers)
    assert isinstance(raw.counts, Hdf5Counts)
    np.testing.assert_array_equal(raw.counts[2:5, 3:7], COUNTS[2:5, 3:7])


def test_h5oina(tmp_path, readers):
    rows, columns, channels = COUNTS.shape
    with h5py.File(tmp_path / "map.h5oina", "w") as file:
        file["Format Version"], file["Index"] = ["5.0"], ["1"]
        group = file.create_group("1/EDS")
        header = {
            "Channel Width": 10.0,
            "Start Channel": 0.0,
            "X Cells": columns,
            "Y Cells": rows,
            "Beam Voltage": 15.0,
        }
        for key, value in header.items():
            group[f"Header/{key}"] = [value]
        group["Data/Spectrum"] = COUNTS.reshape(-1, channels)
    same(tmp_path / "map.h5oina", readers)
    raw = open_map(tmp_path / "map.h5oina", readers)
    np.testing.assert_array_equal(raw.counts[2:5, 3:7], COUNTS[2:5, 3:7])


def stored(last: bool = True) -> xr.Dataset:
    dims = ("y", "x", "energy") if last else ("energy", "y", "x")
    counts = COUNTS if last else np.moveaxis(COUNTS, -1, 0)
    energy = ("energy", 10.0 * np.arange(COUNTS.shape[-1]), {"units": "eV"})
    coords = {"energy": energy, "parameter": ["beam_energy"]}
    return xr.Dataset({"counts": (dims, counts), "stated": ("parameter", [15_000.0])}, coords, {"technique": "eds"})


@pytest.mark.parametrize("last", [True, False])
def test_netcdf(tmp_path, readers, last):
    stored(last).to_netcdf(tmp_path / "map.nc")
    raw = open_map(tmp_path / "map.nc", readers)
    np.testing.assert_array_equal(raw.counts[2:5, 3:7], COUNTS[2:5, 3:7])
    assert raw.stated == {"beam_energy": 15_000.0}
    assert [axis.name for axis in raw.axes] == ["y", "x"]


def test_zarr(tmp_path, readers):
    pytest.importorskip("zarr")
    stored().to_zarr(tmp_path / "map.zarr", consolidated=False)
    raw = open_map(tmp_path / "map.zarr", readers)
    assert isinstance(raw.counts, ZarrCounts)
    np.testing.assert_array_equal(raw.counts[2:5, 3:7], COUNTS[2:5, 3:7])


def test_lazy_arrays():
    dask = pytest.importorskip("dask.array")
    array = stored()["counts"].copy(data=dask.from_array(COUNTS, chunks=(4, 4, -1)))
    raw = map_of_array(array, {"beam_energy": 15_000.0})
    np.testing.assert_array_equal(raw.counts[2:5, 3:7], COUNTS[2:5, 3:7])
    with pytest.raises(ContractError, match="other dimensions"):
        map_of_array(array.isel(y=0, x=0), {})


def test_formats_that_are_read_whole(real_data, readers):
    pytest.importorskip("rsciio", reason="bcf is read by the extra formats")
    same(real_data / "eds" / "formats" / "P45_12bit_packed_8bit.bcf", readers)


def test_what_is_no_map_is_none(tmp_path, readers):
    path = write_ripple(tmp_path / "one.rpl", COUNTS[:1, :1].astype(np.uint16))
    assert open_map(path, readers) is None
    assert open_map(write_ripple(tmp_path / "two.rpl", COUNTS[:1, :2].astype(np.uint16)), readers) is not None
    text = tmp_path / "spectrum.csv"
    text.write_text("\n".join(f"{10 * channel},{channel % 7}" for channel in range(500)))
    assert open_map(text, readers) is None


def test_a_map_that_claims_too_much_is_refused(tmp_path, readers):
    path = write_ripple(tmp_path / "map.rpl", COUNTS.astype(np.uint16))
    path.with_suffix(".raw").write_bytes(b"0" * 1000)
    with pytest.raises(ReadError, match="claims more data"):
        open_map(path, readers)
