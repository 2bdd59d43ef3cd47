"""What headers of EDS files say of beam and detector, whatever the format."""

from pathlib import Path

import pytest

from edsfiles import write_emsa
from edsformats import SPECTRUM, esprit_text, ripple, spx
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.readers.mapping import open_map
from specquant.technique import RawMap, RawSpectrum
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
