"""Formats read through the extra ``formats``; without it, the message that says how to get it."""

import io
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edsformats
from specquant.errors import ReadError
from specquant.notes import Note, NoteKind
from specquant.readers import read_file
from specquant.technique import Facts, RawSpectrum
from specquant_eds import hdf5, rosetta
from specquant_eds.claims import CLAIMS
from specquant_eds.maps import pixel_spectra
from specquant_eds.readers import READERS

BCF = b"AAMVHFSS" + bytes(200)
RIPPLE = "key\tvalue\nwidth\t3\nheight\t2\ndepth\t40\noffset\t0\ndata-length\t2\ndata-type\tunsigned\n"
RIPPLE += "byte-order\tlittle-endian\nrecord-by\tvector\nsignal\tEDS_SEM\nev-per-chan\t10\nbeam-energy\t15\n"
RIPPLE += "depth-origin\t0\ndepth-scale\t0.01\ndepth-units\tkeV\ndepth-name\tEnergy\nelevation-angle\t35\n"
MAP = (np.arange(6)[:, None] + np.arange(40) % 7).reshape(2, 3, 40)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def empty_hspy() -> bytes:
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.create_group("Experiments")
    return memory.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bcf", BCF),
        ("a.dm3", struct.pack(">iii", 3, 500, 1) + bytes(100)),
        ("a.dm4", struct.pack(">iqi", 4, 500, 1) + bytes(100)),
        ("a.rpl", RIPPLE.encode()),
        ("a.pts", struct.pack("<I", 304) + bytes(100)),
        (
            "a.eds",
            bytes(10) + struct.pack("<d", 43000.5) + b"Probe".ljust(80, b"\0") + b"me".ljust(32, b"\0") + bytes(99),
        ),
        ("a.spd", b"MAPSPECTRA_DATA\0" + bytes(100)),
        ("a.spc", struct.pack("<f", 0.61) + bytes(200)),
        ("a.hspy", empty_hspy()),
    ],
)
def test_without_the_extra_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    for module in (
        "rsciio",
        "rsciio.bruker",
        "rsciio.digitalmicrograph",
        "rsciio.ripple",
        "rsciio.jeol",
        "rsciio.hspy",
    ):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "rsciio.edax", None)
    path = write(tmp_path, name, content)
    reader = next(reader for reader in READERS if reader.sniff(content))
    with pytest.raises(ReadError, match="not installed") as caught:
        reader.read(path)
    assert 'pip install "specquant[formats]"' in str(caught.value)
    assert str(path) in str(caught.value)


def test_other_files_are_left_to_others() -> None:
    heads = [b"", b"energy,counts\n0,1\n", b"#FORMAT : EMSA", b"CDF\x01", bytes(200), b"\xff" * 200, b"<TRTSpectrum>"]
    assert not [head for head in heads for reader in rosetta.ROSETTA_READERS if reader.sniff(head)]


@pytest.mark.parametrize("content", [BCF, struct.pack(">iii", 3, 500, 1) + bytes(100), struct.pack("<f", 0.61) * 50])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("rsciio")
    with pytest.raises(ReadError, match=r"cannot be read|no EDS|ends early|claims more"):
        read_file(write(tmp_path, "a.bin", content), READERS)


def test_a_ripple_map_with_its_neighbour(tmp_path: Path) -> None:
    pytest.importorskip("rsciio")
    (tmp_path / "a.raw").write_bytes(MAP.astype("<u2").tobytes())
    spectra = read_file(write(tmp_path, "a.rpl", RIPPLE.encode()), READERS)
    assert [raw.facts.pixel for raw in spectra] == [(y, x) for y in range(2) for x in range(3)]
    np.testing.assert_allclose(spectra[0].energy, 10.0 * np.arange(40))
    np.testing.assert_array_equal([raw.counts for raw in spectra], MAP.reshape(6, 40))
    assert spectra[0].stated["beam_energy"] == 15000.0
    assert spectra[0].stated["take_off_angle"] == 35.0


def test_a_ripple_map_with_nothing_but_ev_per_chan(tmp_path: Path) -> None:
    pytest.importorskip("rsciio")
    plain = "\n".join(line for line in RIPPLE.splitlines() if not line.startswith(("signal", "depth-", "beam", "elev")))
    plain = plain.replace("offset", "depth\t40\noffset", 1)
    (tmp_path / "a.raw").write_bytes(MAP.astype("<u2").tobytes())
    spectra = read_file(write(tmp_path, "a.rpl", f"{plain}\n".encode()), READERS)
    assert len(spectra) == 6
    np.testing.assert_allclose(spectra[0].energy, 10.0 * np.arange(40))
    bare = plain.replace("ev-per-chan\t10", "")
    with pytest.raises(ReadError, match=r"does not say how wide a channel is.*Add a line 'ev-per-chan"):
        read_file(write(tmp_path, "a.rpl", f"{bare}\n".encode()), READERS)


def test_a_phenom_project(tmp_path: Path) -> None:
    pytest.importorskip("rsciio")
    (raw,) = read_file(write(tmp_path, "a.elid", edsformats.phenom()), READERS)
    assert raw.name == "image, MSA 1"
    np.testing.assert_allclose(raw.energy, 10.0 * np.arange(1024))
    assert raw.counts.tolist() == edsformats.SPECTRUM.tolist()
    assert raw.stated == pytest.approx({"beam_energy": 15000.0, "take_off_angle": 35.0})


def test_a_phenom_project_that_is_cut_or_spoilt(tmp_path: Path) -> None:
    pytest.importorskip("rsciio")
    data = edsformats.phenom()
    with pytest.raises(ReadError, match="ends early; found a packed stream without end"):
        read_file(write(tmp_path, "a.elid", data[:-20]), READERS)
    with pytest.raises(ReadError, match="is damaged; found a stream that cannot be unpacked"):
        CLAIMS["phenom"](write(tmp_path, "b.elid", data[:600] + bytes(50) + data[650:]))


def test_what_only_the_vendors_metadata_say_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(value: float) -> float:
        raise KeyError(value)

    single = signal(kind="EDS_TEM")
    del single["metadata"]["Acquisition_instrument"]
    single["original_metadata"] = {"Optics": {"AccelerationVoltage": "200000", "Alpha": 1}, "Detector": {"Angle": 18.0}}
    single["mapping"] = {
        "Optics.AccelerationVoltage": ("Acquisition_instrument.TEM.beam_energy", lambda volts: float(volts) / 1e3),
        "Detector.Angle": ("Acquisition_instrument.TEM.Detector.EDS.elevation_angle", None),
        "Optics.Alpha": ("Acquisition_instrument.TEM.Stage.tilt_alpha", broken),
        "Optics.None": ("Acquisition_instrument.TEM.None", None),
    }
    (raw,) = read_signal(monkeypatch, tmp_path, single)
    assert raw.stated == {"beam_energy": 200000.0, "take_off_angle": 18.0}
    assert raw.header["signal"] == "EDS_TEM"


def signal(kind: str = "EDS_SEM", unit: str = "keV", scale: float = 0.01, **detector: float) -> dict[str, Any]:
    data = np.arange(80, dtype=np.uint16)
    return {
        "data": data,
        "axes": [
            {"name": "Energy", "units": unit, "offset": -0.1 if scale < 1 else -100.0, "scale": scale, "size": 80}
        ],
        "metadata": {
            "General": {"title": "EDX"},
            "Signal": {"signal_type": kind},
            "Acquisition_instrument": {"SEM": {"beam_energy": 20.0, "Detector": {"EDS": detector}}},
        },
    }


def read_signal(monkeypatch: pytest.MonkeyPatch, folder: Path, *signals: dict[str, Any]) -> list[RawSpectrum]:
    class Module:
        @staticmethod
        def file_reader(name: str, lazy: bool, **_: object) -> list[dict[str, Any]]:
            assert name.endswith(".bcf")
            assert not lazy
            return list(signals)

    monkeypatch.setattr(rosetta, "import_module", lambda _: Module)
    return rosetta.read_signals(write(folder, "odd.name", BCF), "rsciio.bruker", "Bruker bcf", ".bcf")


@pytest.mark.parametrize(
    "single", [signal(), signal(unit="eV", scale=10.0), signal(kind="", scale=0.01), signal(unit="<undefined>")]
)
def test_signals_become_spectra_in_ev(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, single: dict[str, Any]) -> None:
    (raw,) = read_signal(monkeypatch, tmp_path, single)
    np.testing.assert_allclose(raw.energy, 10.0 * np.arange(80) - 100.0, atol=1e-9)
    assert raw.counts.sum() == 80 * 79 / 2
    assert raw.stated["beam_energy"] == 20000.0


def test_times_of_single_spectra_are_kept_and_those_of_maps_are_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = signal(live_time=12.0, real_time=15.0, elevation_angle=40.0)
    (raw,) = read_signal(monkeypatch, tmp_path, one)
    assert (raw.header["live_time"], raw.header["real_time"], raw.stated["take_off_angle"]) == (12.0, 15.0, 40.0)
    many = signal(live_time=12.0) | {"data": np.ones((2, 80), np.uint8)}
    many["axes"] = [{"name": "x", "units": "um", "size": 2, "navigate": True}, *many["axes"]]
    first, second = read_signal(monkeypatch, tmp_path, many)
    assert "live_time" not in first.header
    assert second.facts.pixel == (0, 1)


def test_maps_stored_as_one_image_per_channel_are_turned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    images = signal() | {"data": np.arange(80 * 6, dtype=np.uint16).reshape(80, 2, 3)}
    images["axes"] = [*images["axes"], {"name": "y", "units": "um", "size": 2}, {"name": "x", "units": "um", "size": 3}]
    spectra = read_signal(monkeypatch, tmp_path, images)
    assert len(spectra) == 6
    np.testing.assert_array_equal(spectra[4].counts, images["data"][:, 1, 1])


def test_files_without_an_eds_signal_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"no EDS spectrum.*signals: EELS"):
        read_signal(monkeypatch, tmp_path, signal(kind="EELS"))
    with pytest.raises(ReadError, match="no EDS spectrum"):
        read_signal(monkeypatch, tmp_path)
    with pytest.raises(ReadError, match="channel width"):
        read_signal(monkeypatch, tmp_path, signal(scale=7000.0))


class TestPixels:
    ENERGY = np.arange(4.0)

    def test_pixels_are_views_and_dark_ones_are_left_out(self) -> None:
        counts = np.zeros((2, 3, 4), np.uint8)
        counts[1, 2], counts[0, 1] = 5, 7
        first, second = pixel_spectra(
            "map", self.ENERGY, counts, {"beam_energy": 1.0}, Facts({"format": "odd"}), "file"
        )
        assert first.name == "map [y 0, x 1]"
        assert (second.facts.pixel, second.stated, second.header) == ((1, 2), {"beam_energy": 1.0}, {"format": "odd"})
        assert np.shares_memory(first.counts, counts)
        assert first.energy is self.ENERGY
        assert first.facts.notes == (Note(NoteKind.LEFT_OUT, "4 pixels without counts", "file"),)

    def test_frames_are_told_apart(self) -> None:
        spectra = pixel_spectra("map", self.ENERGY, np.ones((2, 1, 3, 4)), {}, Facts(), "file")
        assert len({raw.name for raw in spectra}) == 6
        assert spectra[-1].header["frame"] == 1

    def test_a_map_without_counts_is_refused(self) -> None:
        with pytest.raises(ReadError, match="holds no counts"):
            pixel_spectra("map", self.ENERGY, np.zeros((2, 3, 4)), {}, Facts(), "file")


class TestHdf5:
    @pytest.fixture
    def oina(self, tmp_path: Path) -> Path:
        h5py = pytest.importorskip("h5py")
        path = tmp_path / "a.h5oina"
        with h5py.File(path, "w") as file:
            file["Format Version"], file["Index"] = ["7.0"], ["1"]
            header, data = file.create_group("1/EDS/Header"), file.create_group("1/EDS/Data")
            numbers = {"Channel Width": 10.0, "Start Channel": -200.0, "Beam Voltage": 15.0, "X Cells": 3, "Y Cells": 2}
            for key, value in (numbers | {"Detector Elevation": np.radians(35.0), "Specimen Label": "glass"}).items():
                header[key] = [value]
            data["Spectrum"], data["Live Time"] = MAP.reshape(6, 40).astype(np.int32), np.full(6, 0.1)
        return path

    def test_an_oxford_map(self, oina: Path) -> None:
        spectra = read_file(oina, READERS)
        assert [raw.facts.pixel for raw in spectra] == [(y, x) for y in range(2) for x in range(3)]
        np.testing.assert_allclose(spectra[0].energy, 10.0 * np.arange(40) - 200.0)
        np.testing.assert_array_equal([raw.counts for raw in spectra], MAP.reshape(6, 40))
        assert spectra[0].stated["beam_energy"] == 15000.0
        assert spectra[0].stated["take_off_angle"] == pytest.approx(35.0)
        assert spectra[0].name == "glass [y 0, x 0]"

    def test_what_an_oxford_file_lacks_is_named(self, oina: Path) -> None:
        import h5py

        with h5py.File(oina, "a") as file:
            del file["1/EDS/Header/Channel Width"]
        with pytest.raises(ReadError, match="lacks its energy scale"):
            read_file(oina, READERS)
        with h5py.File(oina, "a") as file:
            del file["1/EDS/Data/Spectrum"]
        with pytest.raises(ReadError, match="processed data only: Live Time"):
            read_file(oina, READERS)

    def test_arrays_larger_than_the_file_can_hold_are_refused(self, tmp_path: Path) -> None:
        h5py = pytest.importorskip("h5py")
        path = tmp_path / "bomb.hspy"
        with h5py.File(path, "w") as file:
            file.create_dataset("Experiments/a/data", (10**5, 10**5, 2048), "u1", chunks=(64, 64, 64))
        with pytest.raises(ReadError, match="claims more data than it can hold"):
            read_file(path, READERS)

    def test_other_hdf5_is_refused_with_what_it_holds(self, tmp_path: Path) -> None:
        h5py = pytest.importorskip("h5py")
        path = tmp_path / "other.h5"
        with h5py.File(path, "w") as file:
            file["waves"] = np.ones(5)
        with pytest.raises(ReadError, match="layout that is not known; found groups waves"):
            read_file(path, READERS)
        with pytest.raises(ReadError, match="damaged HDF5"):
            read_file(write(tmp_path, "b.h5", b"\x89HDF\r\n\x1a\n" + bytes(500)), READERS)

    def test_netcdf_of_specquant_stays_with_the_core(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import xarray as xr

        from specquant import contracts

        monkeypatch.setattr(hdf5, "read", None)
        energy = np.arange(0.0, 100.0)
        data = {"counts": (("sample", "energy"), np.ones((2, 100)))}
        data["observed"] = (("sample", "energy"), np.ones((2, 100), dtype=bool))
        spectra = xr.Dataset(data, coords={"sample": ["a", "b"], "energy": ("energy", energy, {"units": "eV"})})
        contracts.save(spectra, "SPECTRA", tmp_path / "own.h5")
        assert [raw.name for raw in read_file(tmp_path / "own.h5", READERS)] == ["a", "b"]


TOTALS = {
    "88_ES-LP_G8_selection2_cropped2.hspy": (6400, 716887),
    "P45_12bit_packed_8bit.bcf": (7500, 915942),
    "P45_12bit_packed_8bit_compressed.bcf": (7500, 915942),
    "P45_8bit_compressed_80keV_range.bcf": (7500, 4627814),
}


@pytest.mark.parametrize("name", TOTALS)
def test_every_measured_map_is_read_whole(real_data: Path, name: str) -> None:
    pytest.importorskip("rsciio")
    pytest.importorskip("h5py")
    spectra = read_file(real_data / "eds" / "formats" / name, READERS)
    assert (len(spectra), sum(int(raw.counts.sum()) for raw in spectra)) == TOTALS[name]
    assert len({raw.facts.pixel for raw in spectra}) == len(spectra)
    assert spectra[0].stated["beam_energy"] == (200000.0 if name.endswith("hspy") else 20000.0)
    assert np.shares_memory(spectra[0].counts, spectra[0].counts.base)
