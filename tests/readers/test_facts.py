"""Every reader takes the facts that it declares, no more and no fewer, of a file that states them all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edsformats
import xpsfiles
from edsfiles import write_emsa
from specquant.discovery import load_plugin
from specquant.notes import Note, NoteKind
from specquant.readers import CORE_READERS, read_file
from specquant.technique import Fact, Facts, RawSpectrum, Reader, facts_of
from specquant_eds import rosetta

Changes = tuple[tuple[bytes, bytes], ...]

FULL: dict[str, tuple[str, Changes]] = {
    "VAMAS": ("vamas.vms", ()),
    "CasaXPS text": ("columns.txt", ()),
    "PHI spe": ("phi.spe", ((b"Platform: PC", b"InstrumentModel: V\r\nFileDesc: foil"),)),
    "PHI text": ("phi.txt", ()),
    "SPECS xy": ("specs.xy", ((b"# Pass Energy:", b"# Analyzer: P\r\n# Acquisition Date: 1 May\r\n# Pass Energy:"),)),
    "Omicron EIS text": (
        "omicron.txt",
        ((b"Name\tStart", b"Name\tSample\tTechnique\tStart"), (b"\t1200\t", b"\tfoil\tXPS\t1200\t")),
    ),
    "Scienta text": ("scienta.txt", ((b"Sample=foil", b"Sample=foil\nInstrument=R3000"),)),
    "Thermo avg": (
        "thermo.avg",
        (
            (
                b"DS_ANPROPID_PASS",
                b"DS_ACPROPID_PERIODS : VT_I4 = 2\r\nDS_EXT_SUPROPID_SUBJECT : VT_BSTR = 'a'\r\nDS_ANPROPID_PASS",
            ),
        ),
    ),
    "Igor text": ("igor.itx", ((b"X //Pass Energy", b"X //Dwell Time = 0.1\r\nX //Pass Energy"),)),
}
"""A sample of each format of XPS that is text or nearly so, and what makes it state all that its reader takes."""


def reader(technique: str, name: str) -> Reader:
    return next(one for one in load_plugin(technique).readers if one.name == name)


def taken(path: Path, technique: str) -> frozenset[Fact]:
    return frozenset().union(*map(facts_of, read_file(path, load_plugin(technique).readers)))


@pytest.mark.parametrize("name", FULL)
def test_formats_of_xps(tmp_path: Path, name: str) -> None:
    file, changes = FULL[name]
    data = xpsfiles.WRITERS[file]()
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    (tmp_path / file).write_bytes(data)
    assert taken(tmp_path / file, "xps") == reader("xps", name).takes


def test_nexus(tmp_path: Path) -> None:
    import h5py

    path = xpsfiles.nexus(tmp_path / "a.nxs", [xpsfiles.SURVEY])
    with h5py.File(path, "a") as file:
        file["Survey/instrument/pass_energy"], file["Survey/instrument/dwell_time"] = 50.0, 0.1
        file["Survey/data/data"].attrs["units"] = "counts_per_second"
    assert taken(path, "xps") == reader("xps", "NeXus").takes


def test_vgd_takes_what_avg_does() -> None:
    assert reader("xps", "Thermo vgd").takes == reader("xps", "Thermo avg").takes


EMSA = {
    "DET_NAME": "XFlash",
    "EDSDET": "SDDUTW",
    "TDEADLYR": "1e-5",
    "EMODE": "SEM",
    "SIGNALTYPE": "EDS",
    "DATE": "1-MAY-2025",
    "TITLE": "glass",
}


def test_emsa(tmp_path: Path) -> None:
    write_emsa(tmp_path / "a.msa", np.arange(2001.0), **EMSA)
    assert taken(tmp_path / "a.msa", "eds") == reader("eds", "EMSA/MAS").takes


def test_esprit(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(edsformats.esprit_text().replace(b"Date:", b"Sample: glass\r\nDate:"))
    assert taken(tmp_path / "a.txt", "eds") == reader("eds", "Bruker Esprit text").takes


def test_spx(tmp_path: Path) -> None:
    detector = "<Type>XFlash</Type><WindowType>AP3.3</WindowType><SiDeadLayerThickness>0.029</SiDeadLayerThickness>"
    detector = f'<ClassInstance Type="TRTDetectorHeader">{detector}</ClassInstance>'
    x_rays = '<ClassInstance Type="TRTXrfHeader"></ClassInstance>'
    data = edsformats.spx().replace(b"<CalibAbs>", b"<Date>1.5.2025</Date><CalibAbs>")
    (tmp_path / "a.spx").write_bytes(data.replace(b"<Channels>", f"{detector}<Channels>".encode()))
    by_electrons = taken(tmp_path / "a.spx", "eds")
    start, stop = (
        data.index(b'<ClassInstance Type="TRTESMAHeader">'),
        data.index(b'<ClassInstance Type="TRTSpectrumHard'),
    )
    (tmp_path / "b.spx").write_bytes(data[:start] + x_rays.encode() + data[stop:])
    assert by_electrons | taken(tmp_path / "b.spx", "eds") == reader("eds", "Bruker spx").takes


def test_what_comes_through_rosettasciio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    eds = {"live_time": 1.0, "elevation_angle": 35.0, "detector_type": "SDD"}
    part = {"beam_energy": 15.0, "acquisition_mode": "SEM", "microscope": "M", "Detector": {"EDS": eds}}
    signal: dict[str, Any] = {
        "data": np.arange(80, dtype=np.uint16),
        "axes": [{"name": "Energy", "units": "keV", "offset": 0.0, "scale": 0.01, "size": 80}],
        "metadata": {
            "General": {"title": "EDX", "date": "2025-05-01"},
            "Signal": {"signal_type": "EDS_SEM"},
            "Sample": {"name": "glass"},
            "Acquisition_instrument": {"SEM": part},
        },
        "original_metadata": {"spc_header": {"detectType": 2}},
    }

    class Module:
        @staticmethod
        def file_reader(*_: object, **__: object) -> list[dict[str, Any]]:
            return [signal]

    monkeypatch.setattr(rosetta, "import_module", lambda _: Module)
    (tmp_path / "a.spc").write_bytes(b"any")
    (raw,) = rosetta.read_signals(tmp_path / "a.spc", "rsciio.edax", "EDAX spc", ".spc")
    assert facts_of(raw) == reader("eds", "EDAX spc").takes == reader("eds", "HDF5").takes
    others = {one.takes for one in rosetta.ROSETTA_READERS if not one.name.startswith("EDAX")}
    assert others == {facts_of(raw) - {Fact.WINDOW}}


def test_the_core(tmp_path: Path) -> None:
    netcdf, text = CORE_READERS
    (tmp_path / "a.csv").write_text("Energy (eV),Counts\n" + "\n".join(f"{n},{n}" for n in range(20)))
    assert taken(tmp_path / "a.csv", "xps") == text.takes
    assert netcdf.takes == frozenset(Fact)


def test_every_reader_of_ours_declares_what_it_takes() -> None:
    for technique in ("xps", "eds"):
        silent = {one.name for one in load_plugin(technique).readers if not one.takes and not one.refuses}
        assert all(name.startswith("zip") for name in silent)


def test_empty_facts_do_not_count_and_notes_do() -> None:
    facts = Facts({"date": "", "sample": None, "mode": "SEM"}, (Note(NoteKind.REMARK, "", "dead_layer"),))
    raw = RawSpectrum("a", np.arange(3.0), np.ones(3), {"take_off_angle": 35.0}, facts)
    assert facts_of(raw) == {Fact.MODE, Fact.DEAD_LAYER, Fact.GEOMETRY}
