"""What a file states twice, and otherwise the second time."""

from pathlib import Path

import numpy as np
import pytest

from specquant.notes import Note, NoteKind
from specquant.readers import read_file
from specquant.technique import Facts, RawSpectrum
from specquant_eds.disagreements import disagreements
from specquant_eds.orient import orient
from specquant_eds.readers import READERS

COUNTS = (np.arange(400) ** 2 % 1000).tolist()
LINES = {
    "FORMAT": "EMSA/MAS Spectral Data File",
    "VERSION": "1.0",
    "NPOINTS": "400",
    "XUNITS": "eV",
    "YUNITS": "counts",
    "DATATYPE": "Y",
    "XPERCHAN": "10",
    "OFFSET": "-20",
    "BEAMKV": "15",
    "LIVETIME": "60",
    "REALTIME": "70",
}


def warnings_of(
    folder: Path, *more: str, pairs: bool = False, kind: NoteKind = NoteKind.WARNING, **changes: str
) -> list[str]:
    """The warnings, or other notes, of an EMSA file, `more` being further lines of its header."""
    fields = LINES | changes | ({"DATATYPE": "XY"} if pairs else {})
    rows = [f"{10 * i - 20}, {x}" if pairs else f"{x}," for i, x in enumerate(COUNTS)]
    header = [f"#{key:<12}: {value}" for key, value in fields.items()]
    path = folder / "a.msa"
    path.write_text("\n".join([*header, *more, "#SPECTRUM    :", *rows, "#ENDOFDATA   :", ""]))
    (raw,) = read_file(path, READERS)
    return [note.text for note in orient(raw).facts.notes if note.kind is kind]


def test_a_file_that_agrees_with_itself_has_no_warning(tmp_path: Path) -> None:
    agreeing = "#BEAMKV      : 15.0", "#CHOFFSET    : 2", "#DEADTIME    : 14", "# Beam energy: 15 keV"
    assert warnings_of(tmp_path) == []
    assert warnings_of(tmp_path, *agreeing) == []
    assert warnings_of(tmp_path, pairs=True) == []


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("#BEAMKV      : 20", "#BEAMKV says 15 and 20; the first is used"),
        ("#XPERCHAN    : 5", "#XPERCHAN says 10 and 5; the first is used"),
        ("#CHOFFSET    : 40", "by #CHOFFSET the first channel is at -400 eV, used is -20 eV"),
        ("#COMMENT     : EHT = 20 kV", "beam energy 15 keV, and in other lines 20 keV; the first is used"),
    ],
)
def test_a_line_that_says_otherwise_is_told(tmp_path: Path, more: str, text: str) -> None:
    assert f"the file contradicts itself: {text}" in warnings_of(tmp_path, more)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("#LIVETIME    : 50", "#LIVETIME says 60 and 50; the first is used"),
        ("#DEADTIME    : 30", "#DEADTIME says 30 %, live and real time say 14 %"),
    ],
)
def test_what_no_fraction_depends_on_is_told_without_a_warning(tmp_path: Path, more: str, text: str) -> None:
    assert f"the file contradicts itself: {text}" in warnings_of(tmp_path, more, kind=NoteKind.REMARK)
    assert warnings_of(tmp_path, more) == []


def test_a_live_time_longer_than_the_real_one_is_told(tmp_path: Path) -> None:
    (text,) = warnings_of(tmp_path, LIVETIME="80", kind=NoteKind.REMARK)
    assert text == "the file contradicts itself: live time 80 s is longer than real time 70 s; used is the live time"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"XPERCHAN": "5"}, "#XPERCHAN says 5 eV, the energies lie 10 eV apart: these are used"),
        ({"OFFSET": "100"}, "by #OFFSET the first channel is at 100 eV, used is -20 eV"),
    ],
)
def test_energies_that_the_header_does_not_have_are_told(tmp_path: Path, changes: dict[str, str], text: str) -> None:
    assert warnings_of(tmp_path, pairs=True, **changes) == [f"the file contradicts itself: {text}"]


@pytest.mark.parametrize("line", ["PrimaryEnergy: 1.5E1", "HV: 15000 V", "Beam energy = 15,0 keV", "HV detector 500 V"])
def test_a_line_that_says_the_same_in_another_way_is_not(line: str) -> None:
    raw = RawSpectrum("a", np.arange(9.0), np.ones(9), {"beam_energy": 15e3}, Facts({"header": [line]}))
    assert not list(disagreements(raw))


def test_the_beam_of_a_text_is_told_twice_unless_the_user_states_it() -> None:
    lines = ["# HV: 15 kV", "# Accelerating voltage: 20 kV"]
    raw = RawSpectrum("a", np.arange(9.0), np.ones(9), {"beam_energy": 15e3}, Facts({"header": lines}))
    (note,) = disagreements(raw)
    assert (note.about, "and in other lines 20 keV" in note.text) == ("beam_energy", True)
    assert not list(disagreements(raw.noted(Note(NoteKind.STATED, "beam_energy 15000 eV", "beam_energy"))))


def test_no_measured_spectrum_contradicts_itself(real_data: Path) -> None:
    files = sorted(path for path in (real_data / "eds").rglob("*") if path.suffix in (".msa", ".spx", ".txt", ".emsa"))
    spectra = [orient(raw) for path in files for raw in read_file(path, READERS)]
    print(f"{len(spectra)} spectra of {len(files)} files")
    contradicted = [raw for raw in spectra for note in raw.facts.notes if "contradicts itself" in note.text]
    assert [raw.name for raw in contradicted] == []
