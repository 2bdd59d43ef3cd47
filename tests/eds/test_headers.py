"""What headers of EDS files say of beam and detector, whatever the format."""

from pathlib import Path

import pytest

from edsfiles import write_emsa
from edsformats import SPECTRUM, esprit_text, ripple, spx
from specquant.errors import SpectrumError
from specquant.notes import NoteKind
from specquant.readers import load_spectra, read_file
from specquant.readers.mapping import open_map
from specquant.technique import RawMap, RawSpectrum, Technique
from specquant_eds.headers import believed, number
from specquant_eds.readers import READERS

ANGLE = "take-off angle -35 deg by the file: not used, as it cannot be"


def written(folder: Path, kind: str, beam: str, angle: str) -> RawSpectrum | RawMap:
    """Return a spectrum or map of a format with this text for beam energy and take-off angle."""
    path = folder / f"a.{kind}"
    if kind == "msa":
        return read_file(write_emsa(path, SPECTRUM, BEAMKV=beam, ELEVANGLE=angle), READERS)[0]
    if kind == "rpl":
        header, numbers = ripple()
        path.write_bytes(
            header.replace(b"energy\t15", f"energy\t{beam}".encode()).replace(b"\t35", f"\t{angle}".encode())
        )
        (folder / "a.raw").write_bytes(numbers)
        lazy = open_map(path, READERS)
        assert lazy is not None
        return lazy
    text = (spx() if kind == "spx" else esprit_text()).replace(b"15.0", beam.encode(), 1)
    path.write_bytes(text.replace(b"35.0", angle.encode(), 1))
    return read_file(path, READERS)[0]


@pytest.mark.parametrize(
    ("kind", "keyword"),
    [("msa", "#BEAMKV"), ("spx", "PrimaryEnergy"), ("txt", "Primary energy"), ("rpl", "beam-energy")],
)
def test_a_beam_energy_in_volts_and_an_angle_that_cannot_be_are_said(tmp_path: Path, kind: str, keyword: str) -> None:
    raw = written(tmp_path, kind, "15000", "-35")
    assert raw.stated == {"beam_energy": 15000.0}
    said = [(note.kind, note.text) for note in raw.facts.notes if note.about in ("beam_energy", "take_off_angle")]
    assert said == [
        (NoteKind.CORRECTION, f"beam energy 15000 eV, which {keyword} gives in V"),
        (NoteKind.REMARK, ANGLE),
    ]


@pytest.mark.parametrize("kind", ["msa", "spx", "txt", "rpl"])
@pytest.mark.parametrize("unknown", ["0", "-1"])
def test_what_is_written_where_nobody_knows_is_not_said(tmp_path: Path, kind: str, unknown: str) -> None:
    raw = written(tmp_path, kind, unknown, unknown)
    assert raw.stated == {}
    assert not [note for note in raw.facts.notes if note.about in ("beam_energy", "take_off_angle")]


@pytest.mark.parametrize("kind", ["msa", "spx", "txt", "rpl"])
@pytest.mark.parametrize(
    ("beam", "says"),
    [
        ("-15", "beam energy -15000 eV by the file: not used, as it cannot be"),
        ("2000000", "beam energy 2e+06 eV by the file: not used, as it cannot be"),
        ("15-20", "beam energy '15-20' by the file: not used, as it is not a number"),
    ],
)
def test_a_beam_energy_that_cannot_be_is_said_and_not_used(tmp_path: Path, kind: str, beam: str, says: str) -> None:
    raw = written(tmp_path, kind, beam, "35")
    assert raw.stated == {"take_off_angle": 35.0}
    assert [note.text for note in raw.facts.notes if note.about == "beam_energy"] == [says]
    assert raw.facts.unused("beam_energy") == says


@pytest.mark.parametrize("kind", ["msa", "spx", "txt", "rpl"])
def test_units_may_stand_right_behind_numbers(tmp_path: Path, kind: str) -> None:
    assert written(tmp_path, kind, "15kV", "35deg").stated == {"beam_energy": 15000.0, "take_off_angle": 35.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("35\u00b0", 35.0), ("1,5E1kV", 15.0), ("60s", 60.0), (".5", 0.5)),
        *((text, None) for text in ("1:00", "0x10", "1_0", "nan", "1e999", "~15", "", None)),
    ],
)
def test_numbers_and_what_is_none(text: object, value: float | None) -> None:
    assert number(text) == value


def test_times_and_currents_that_cannot_be_are_said() -> None:
    values, notes = believed({"live_time": "-60", "real_time": "1:30", "probe_current": "unknown"})
    assert values == {}
    assert [note.text for note in notes] == [
        "live time -60 s by the file: not used, as it cannot be",
        "real time '1:30' by the file: not used, as it is not a number",
    ]


def test_an_error_says_what_the_file_has(tmp_path: Path, technique: Technique) -> None:
    path = write_emsa(tmp_path / "a.msa", SPECTRUM, BEAMKV="-15")
    with pytest.raises(SpectrumError, match=r"beam_energy of the file cannot be used.*found beam energy -15000 eV"):
        load_spectra(path, technique, READERS)
