from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.errors import ReadError
from specquant.technique import Technique
from specquant_eds.standards import composition, read_standards

READERS = load_plugin("eds").readers

HEADER = """#FORMAT      : EMSA/MAS Spectral Data File
#VERSION     : 1.0
#TITLE       : {title}
#NPOINTS     : {points}
#NCOLUMNS    : 1
#XUNITS      : eV
#YUNITS      : counts
#DATATYPE    : Y
#XPERCHAN    : 10.0
#OFFSET      : 0.0
#BEAMKV      : 15.0
#LIVETIME    : 60.0
#PROBECUR    : 1.0
#SPECTRUM    : Spectrum Data Starts Here
"""


def write(folder: Path, name: str) -> None:
    counts = "\n".join(f"{value}.0" for value in np.arange(1, 1501))
    (folder / name).write_text(HEADER.format(title=name, points=1500) + counts + "\n#ENDOFDATA   : \n")


def test_weights_of_a_header_become_atoms() -> None:
    atoms = composition({"Si": 0.4674, "O": 0.5326}, "whatever", "here")
    assert atoms == pytest.approx({"Si": 1 / 3, "O": 2 / 3}, abs=2e-4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CaF2", {"Ca": 1 / 3, "F": 2 / 3}),
        ("Al2O3 polished", {"Al": 0.4, "O": 0.6}),
        ("LaP5O14", {"La": 1 / 20, "P": 5 / 20, "O": 14 / 20}),
        ("Fe", {"Fe": 1.0}),
    ],
)
def test_names_are_formulas(name: str, expected: dict[str, float]) -> None:
    assert composition({}, name, "here") == pytest.approx(expected, abs=1e-3)


def test_an_empty_header_falls_back_on_the_name() -> None:
    assert composition({}, "MgO", "here") == pytest.approx({"Mg": 0.5, "O": 0.5}, abs=1e-3)


def test_hydrogen_is_left_out_of_the_sum() -> None:
    assert composition({}, "H2O", "here") == {"O": 1.0}


@pytest.mark.parametrize("name", ["Glass 7", "K412x", "unknown", ""])
def test_a_name_that_is_no_formula_is_an_error_that_says_what_to_do(name: str) -> None:
    with pytest.raises(ReadError) as caught:
        composition({}, name, "folder/file.msa")
    assert name in str(caught.value)
    assert "CaF2.msa" in str(caught.value)


def test_a_standard_of_hydrogen_alone_shows_nothing() -> None:
    with pytest.raises(ReadError, match="no element that EDS can show"):
        composition({}, "H2", "here")


def test_a_folder_gives_its_standards_in_order(tmp_path: Path, technique: Technique) -> None:
    write(tmp_path, "SiO2_std.msa")
    write(tmp_path, "Fe_std.msa")
    (tmp_path / "table.csv").write_text("a,b\n")
    (tmp_path / ".hidden").write_text("nothing")
    first, second = read_standards(tmp_path, technique.axis, READERS)
    assert (first.sample, second.sample) == ("Fe", "SiO2")
    assert first.fraction == {"Fe": 1.0}
    assert first.values["beam_energy"] == 15_000.0
    assert (first.live_time, first.probe_current) == (60.0, 1.0)
    assert first.counts.shape == (technique.axis.size,)
    assert first.counts[100] == 101.0  # channel 100 of the file lies at 1000 eV
    assert not first.counts[:15].any()  # below 150 eV


def test_a_missing_or_empty_folder_is_said(tmp_path: Path, technique: Technique) -> None:
    with pytest.raises(ReadError, match="no such folder"):
        list(read_standards(tmp_path / "nowhere", technique.axis, READERS))
    with pytest.raises(ReadError, match="holds no spectra"):
        list(read_standards(tmp_path, technique.axis, READERS))


def test_a_file_that_names_no_composition_is_named(tmp_path: Path, technique: Technique) -> None:
    write(tmp_path, "mystery_std.msa")
    with pytest.raises(ReadError, match="mystery"):
        list(read_standards(tmp_path, technique.axis, READERS))
