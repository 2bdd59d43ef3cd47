from pathlib import Path

import h5py
import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.technique import RawSpectrum
from specquant_xps.readers import READERS
from xpsfiles import NARROW, PHOTON, SURVEY, nexus, noted


def reading(path: Path) -> list[RawSpectrum]:
    return read_file(path, READERS)


def test_entries_with_what_they_say(tmp_path: Path) -> None:
    (raw,) = reading(nexus(tmp_path / "a.h5", [NARROW, SURVEY]))
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    assert raw.stated == {"photon_energy": PHOTON}
    assert noted(raw, NoteKind.LEFT_OUT) == ["1 of 2 scans (narrow: C 1s)"]
    assert raw.header == {
        "format": "NeXus",
        "entry": "Survey",
        "block": 1,
        "energy_kind": "binding",
        "sample": "foil",
        "technique": "XPS",
    }


@pytest.mark.parametrize(("unit", "factor"), [("eV", 1.0), ("keV", 1e-3), ("meV", 1e3)])
@pytest.mark.parametrize(("name", "kind"), [("BE", "binding"), ("binding_energy", "binding"), ("x", None)])
def test_energies_under_other_names_and_units(
    tmp_path: Path, name: str, kind: str | None, unit: str, factor: float
) -> None:
    path = nexus(tmp_path / "a.nxs", [SURVEY])
    with h5py.File(path, "r+") as file:
        plot = file["Survey/data"]
        plot.move("energy", name)
        plot.attrs["axes"] = [name]
        plot[name][...] = factor * SURVEY.energy
        plot[name].attrs["units"] = unit
        del plot[name].attrs["type"]
    (raw,) = reading(path)
    np.testing.assert_allclose(raw.energy, SURVEY.energy)
    assert raw.header.get("energy_kind") == kind


def test_scans_of_a_signal_are_summed(tmp_path: Path) -> None:
    (raw,) = reading(nexus(tmp_path / "a.nxs", [SURVEY], scans=4))
    np.testing.assert_allclose(raw.counts, SURVEY.counts)


@pytest.mark.parametrize("claimed", [1 << 25, 1 << 40])
def test_a_claim_of_many_points_is_held_against_the_file(tmp_path: Path, claimed: int) -> None:
    with pytest.raises(ReadError, match="claims more data than it can hold"):
        reading(nexus(tmp_path / "a.nxs", [SURVEY], claimed=claimed))


def test_claims_are_counted_together(tmp_path: Path) -> None:
    path = nexus(tmp_path / "a.nxs", [SURVEY], claimed=1 << 20)
    with h5py.File(path, "a") as file:
        for number in range(20):
            file.copy("Survey", f"Survey {number}")
        file["ballast"] = np.random.default_rng(0).random(1 << 14)
    with pytest.raises(ReadError, match="claims more data than it can hold"):
        reading(path)


def test_links_to_other_files_are_not_followed(tmp_path: Path) -> None:
    nexus(tmp_path / "secret.nxs", [SURVEY])
    with h5py.File(tmp_path / "a.nxs", "w") as file:
        file["entry"] = h5py.ExternalLink("secret.nxs", "/Survey")
    with pytest.raises(ReadError, match="links to another file; found /entry"):
        reading(tmp_path / "a.nxs")


def test_a_virtual_data_set_is_not_followed(tmp_path: Path) -> None:
    nexus(tmp_path / "secret.nxs", [SURVEY])
    path = nexus(tmp_path / "a.nxs", [SURVEY])
    layout = h5py.VirtualLayout(shape=SURVEY.counts.shape, dtype="f8")
    layout[:] = h5py.VirtualSource("secret.nxs", "Survey/data/data", shape=SURVEY.counts.shape)
    with h5py.File(path, "a") as file:
        del file["Survey/data/data"]
        file["Survey/data"].create_virtual_dataset("data", layout)
    with pytest.raises(ReadError, match="takes numbers from another file; found /Survey/data/data"):
        reading(path)


def test_groups_that_hold_themselves_end(tmp_path: Path) -> None:
    path = nexus(tmp_path / "a.nxs", [SURVEY])
    with h5py.File(path, "a") as file:
        file["Survey/instrument/again"] = file["Survey"]
    assert reading(path)[0].stated["photon_energy"] == PHOTON


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file["Survey"].attrs.__delitem__("NX_class"), "HDF5 of a layout that is not known"),
        (lambda file: file["Survey/data"].attrs.__delitem__("NX_class"), "'Survey': holds no NXdata"),
        (lambda file: file.move("Survey/data/energy", "Survey/data/angle"), "signal /Survey/data/data, energy None"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, spoil, says: str) -> None:
    path = nexus(tmp_path / "a.nxs", [SURVEY])
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(ReadError, match=says):
        reading(path)


def test_a_signal_of_another_length_is_told(tmp_path: Path) -> None:
    path = nexus(tmp_path / "a.nxs", [SURVEY])
    with h5py.File(path, "a") as file:
        del file["Survey/data/data"]
        file["Survey/data/data"] = np.ones(7)
    with pytest.raises(ReadError, match=r"shape \(7,\)"):
        reading(path)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = nexus(tmp_path / "a.nxs", [SURVEY])
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ReadError, match="is a damaged HDF5 file"):
        reading(path)
