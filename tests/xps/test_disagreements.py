"""What a file says of its X-ray source twice, and otherwise the second time."""

import csv
from pathlib import Path

import numpy as np
import pytest

from specquant.notes import Note, NoteKind
from specquant.readers import read_file
from specquant.technique import Facts, RawSpectrum
from specquant_xps.disagreements import disagreements
from specquant_xps.orient import orient
from specquant_xps.readers import READERS
from xpsfiles import SURVEY, noted, vamas


def told(photon: float | None = 1486.6, stated: float | None = None, **header: object) -> list[str]:
    given = {} if stated is None else {"photon_energy": stated}
    raw = RawSpectrum("s", np.arange(9.0), np.ones(9), given, Facts(header))
    notes = list(disagreements(raw, photon))
    assert {(note.kind, note.about) for note in notes} <= {(NoteKind.WARNING, "photon_energy")}
    return [note.text for note in notes]


@pytest.mark.parametrize(
    ("stated", "header"),
    [
        (1486.6, {"source": "Mg"}),
        (1486.6, {"source": "Mg mono"}),
        (1253.6, {"source": "Mono Al"}),
        (1486.6, {"comments": ["X-ray source: Mg K-alpha"]}),
        (1486.6, {"header": ["Anode: Mg"]}),
        (1486.6, {"header": ["Source: Ag La"]}),
        (None, {"header": ["Excitation energy: 1486.6", "Anode: Mg"]}),
        (None, {"header": ["Photon energy 1486.6 eV"], "source": "Mg"}),
    ],
)
def test_a_source_and_an_energy_that_differ_are_told_with_what_is_used(
    stated: float | None, header: dict[str, object]
) -> None:
    (text,) = told(stated or 1486.6, stated, **header)
    assert text.startswith("the file contradicts itself: ")
    assert text.endswith(f"used is {stated or 1486.6:g} eV")


@pytest.mark.parametrize(
    "line", ["Source: He I 21.22 eV", "Excitation: HeII", "photon source = UV lamp", "X-ray source: none (Ne I)"]
)
def test_an_ultraviolet_lamp_is_told(line: str) -> None:
    (text,) = told(header=[line])
    assert text.startswith(f"the file names an ultraviolet lamp ({line})")


def test_the_energy_of_a_lamp_that_a_file_states_is_told() -> None:
    (text,) = told(stated=21.22)
    assert text.startswith("the file names an ultraviolet lamp (21.22 eV)")
    assert told(stated=1.0) == told(stated=0.0) == []


@pytest.mark.parametrize(
    "lines", [["Source: Al Ka", "UPS source: He I, off"], ["Sample: He I implanted"], ["source: Helix 2"]]
)
def test_a_lamp_beside_an_anode_or_in_another_line_says_nothing(lines: list[str]) -> None:
    assert told(header=lines) == []


@pytest.mark.parametrize(
    ("stated", "header"),
    [
        (1486.6, {}),
        (1486.6, {"source": "Al"}),
        (1486.7, {"source": "Al mono", "header": ["Excitation energy 1486.6"]}),
        (1486.6, {"source": "Al/Mg"}),
        (1486.6, {"comments": ["dual anode: Al K-alpha, Mg K-alpha"]}),
        (1486.6, {"sample": "Mg"}),
        (1486.6, {"comments": ["Mg foil, MgO"]}),
        (None, {"source": "Mg"}),
        (None, {}),
    ],
)
def test_what_agrees_or_names_both_is_not(stated: float | None, header: dict[str, object]) -> None:
    assert told(stated or 1253.6, stated, **header) == []


def test_what_the_user_states_ends_it() -> None:
    raw = RawSpectrum("s", np.arange(9.0), np.ones(9), {"photon_energy": 1486.6}, Facts({"source": "Mg"}))
    given = raw.noted(Note(NoteKind.STATED, "photon_energy 1486.6 eV", "photon_energy"))
    assert list(disagreements(raw, 1486.6))
    assert not list(disagreements(given, 1486.6))


def test_a_file_with_an_anode_of_another_energy_says_so(tmp_path: Path) -> None:
    path = tmp_path / "survey.vms"
    path.write_bytes(vamas((SURVEY,)).replace(b"\r\nAl\r\n", b"\r\nMg\r\n"))
    (raw,) = read_file(path, READERS)
    assert [text for text in noted(orient(raw), NoteKind.WARNING) if "1253.6" in text and "used is 1486.6" in text]


def test_no_measured_survey_contradicts_itself(real_data: Path) -> None:
    with (real_data / "xps" / "labels.csv").open(newline="", encoding="utf-8") as file:
        files = sorted({row["file"] for row in csv.DictReader(file)})
    surveys = [orient(raw) for name in files for raw in read_file(real_data / "xps" / name, READERS)]
    print(f"{len(surveys)} surveys of {len(files)} files")
    assert [raw.name for raw in surveys if "contradicts itself" in " ".join(noted(raw, NoteKind.WARNING))] == []
