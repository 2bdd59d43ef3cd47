"""HDF5 files that reach for other files, by every way there is, in every format that is HDF5."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import ContractError, ReadError
from specquant.hdf5 import check_enclosed
from specquant.readers import read_file

SECRET = np.arange(2048.0)


def h5oina(path: Path) -> str:
    with h5py.File(path, "w") as file:
        file["Format Version"], file["Index"] = ["7.0"], ["1"]
        for key, value in {"Channel Width": 10.0, "Start Channel": 0.0, "X Cells": 1, "Y Cells": 1}.items():
            file[f"1/EDS/Header/{key}"] = [value]
        file["1/EDS/Data/Spectrum"] = np.ones((1, 2048), np.int32)
    return "1/EDS/Data/Spectrum"


def netcdf(path: Path) -> str:
    energy = np.arange(2048.0)
    data = {"counts": (("sample", "energy"), np.ones((1, 2048)))}
    data["observed"] = (("sample", "energy"), np.ones((1, 2048), dtype=bool))
    spectra = xr.Dataset(data, coords={"sample": ["a"], "energy": ("energy", energy, {"units": "eV"})})
    contracts.save(spectra, "SPECTRA", path)
    return "counts"


def hspy(path: Path) -> str:
    with h5py.File(path, "w") as file:
        file.attrs.update({"file_format": "HyperSpy", "file_format_version": "3.1"})
        file["Experiments/a/data"] = np.ones(2048)
    return "Experiments/a/data"


def nexus(path: Path) -> str:
    with h5py.File(path, "w") as file:
        file.attrs["NX_class"] = "NXroot"
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        plot = entry.create_group("data")
        plot.attrs.update({"NX_class": "NXdata", "signal": "data", "axes": ["energy"]})
        plot["energy"], plot["data"] = np.arange(2048.0), np.ones(2048)
    return "entry/data/data"


FORMATS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "a.h5oina": ("eds", h5oina),
    "a.nc": ("xps", netcdf),
    "a.hspy": ("eds", hspy),
    "a.nxs": ("xps", nexus),
}


def external_storage(file: h5py.File, name: str, secret: Path) -> None:
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    file.create_dataset(name, shape, dtype, external=[(str(secret), 0, h5py.h5f.UNLIMITED)])


def virtual(file: h5py.File, name: str, secret: Path) -> None:
    shape = file[name].shape
    del file[name]
    layout = h5py.VirtualLayout(shape, "f8")
    layout[...] = h5py.VirtualSource(str(secret), "secret", shape)
    file.create_virtual_dataset(name, layout)


def external_link(file: h5py.File, name: str, secret: Path) -> None:
    del file[name]
    file[name] = h5py.ExternalLink(str(secret), "secret")


def soft_link(file: h5py.File, name: str, secret: Path) -> None:
    del file[name]
    file["aside"] = h5py.ExternalLink(str(secret), "/")
    file[name] = h5py.SoftLink("/aside/secret")


@pytest.mark.parametrize("way", [external_storage, virtual, external_link, soft_link])
@pytest.mark.parametrize("name", FORMATS)
def test_the_bytes_of_another_file_are_never_counts(
    tmp_path: Path, name: str, way: Callable[[h5py.File, str, Path], None]
) -> None:
    technique, write = FORMATS[name]
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["secret"] = SECRET
    path = tmp_path / name
    dataset = write(path)
    if name != "a.hspy":
        assert read_file(path, load_plugin(technique).readers)
    with h5py.File(path, "a") as file:
        way(file, dataset, tmp_path / "secret.h5")
    with pytest.raises(ReadError, match=r"links to another file|takes numbers from another file") as caught:
        read_file(path, load_plugin(technique).readers)
    assert str(path) in str(caught.value)


def test_a_stored_library_reaches_for_no_other_file(tmp_path: Path) -> None:
    netcdf(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "a") as file:
        file["more"] = h5py.ExternalLink("secret.h5", "secret")
    with pytest.raises(ReadError, match="links to another file; found /more"):
        contracts.load(tmp_path / "a.nc", "LIBRARY")


def test_deeply_nested_groups_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "deep.hspy", "w") as file:
        file.create_group("Experiments/a/metadata" + "/x" * 3000)
    with pytest.raises(ReadError, match="nests groups too deeply; found more than 64 levels"):
        read_file(tmp_path / "deep.hspy", load_plugin("eds").readers)


def test_groups_that_hold_themselves_are_walked_once(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "round.h5", "w") as file:
        file["a/again"] = file
        file["b"] = h5py.SoftLink("/nowhere")
    check_enclosed(tmp_path / "round.h5")


def test_claims_are_held_against_the_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("a", (1 << 40,), "u1", chunks=(1 << 16,), compression="gzip")
    with pytest.raises(ReadError, match="claims more data than it can hold"):
        check_enclosed(tmp_path / "bomb.h5")


@pytest.mark.parametrize("units", ["days since 2000-01-01", "seconds"])
def test_dates_are_no_counts(tmp_path: Path, units: str) -> None:
    netcdf(tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "a") as file:
        file["counts"].attrs["units"] = units
    if units == "seconds":
        return
    with pytest.raises(ContractError, match=r"counts holds no numbers; found (dates|durations)"):
        read_file(tmp_path / "a.nc")
