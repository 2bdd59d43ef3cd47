"""Every survey of the measured files, as its instrument wrote it, against what a correct reader gives for it."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.errors import SpecquantError
from specquant.notes import NoteKind
from specquant.readers import load_spectra, read_file
from specquant.spectra import Spectra
from specquant.technique import RawSpectrum
from specquant_xps.orient import orient
from specquant_xps.readers import READERS
from xpsfiles import noted


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "xps"


@pytest.fixture
def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == 52
    return listed


def is_of(row: dict[str, str], header: Mapping[str, object]) -> bool:
    """Say whether a header is that of the row's survey: by the entry where it has one, and the block in VAMAS files."""
    if row["entry"]:
        return header.get("entry") == row["entry"]
    return row["format"] != "vms" or header.get("block") == int(row["block"])


def parsed(folder: Path, row: dict[str, str]) -> np.ndarray:
    return np.loadtxt(folder / row["parsed"], delimiter=",", skiprows=1)


def test_every_survey_is_read_as_a_correct_reader_gives_it(folder: Path, rows: list[dict[str, str]]) -> None:
    read: dict[str, list[RawSpectrum]] = {}
    for row in rows:
        if row["file"] not in read:
            read[row["file"]] = read_file(folder / row["file"], READERS)
        raws = read[row["file"]]
        (raw,) = [raw for raw in raws if is_of(row, raw.header)]
        oriented, expected = orient(raw), parsed(folder, row)
        np.testing.assert_allclose(oriented.energy, expected[:, 0], atol=2e-3, err_msg=row["id"])
        np.testing.assert_allclose(oriented.counts, expected[:, 1], rtol=1e-5, err_msg=row["id"])
        is_reversed = "REVERSED" in row["sample"] or "PBTTT" in row["sample"]
        assert bool(noted(oriented, NoteKind.CORRECTION)) == is_reversed, row["id"]
        if row["format"] != "xy2":  # two columns without a word on the source
            assert oriented.stated["photon_energy"] == pytest.approx(float(row["photon_energy_eV"]), abs=0.1), row["id"]


def test_loaded_on_the_axis_they_are_the_same_too(folder: Path, rows: list[dict[str, str]]) -> None:
    technique = load_plugin("xps").technique
    loaded: dict[str, Spectra] = {}
    for row in rows:
        if row["file"] not in loaded:
            loaded[row["file"]] = load_spectra(folder / row["file"], technique, READERS)
        spectra = loaded[row["file"]]
        (number,) = [number for number, facts in enumerate(spectra.facts) if is_of(row, facts.header)]
        expected = load_spectra(folder / row["parsed"], technique, READERS)
        np.testing.assert_array_equal(spectra.observed[number], expected.observed[0], err_msg=row["id"])
        # rates are scaled to counts by their scatter: of digits that were rounded it says a little less
        factor = spectra.counts[number].sum() / expected.counts[0].sum()
        assert factor == pytest.approx(1.0, abs=0.2), row["id"]
        rounded = factor * expected.counts[0]
        np.testing.assert_allclose(spectra.counts[number], rounded, rtol=2e-3, atol=1.0, err_msg=row["id"])


def test_what_is_left_out_of_a_file_is_told_once(folder: Path) -> None:
    left_out = {}
    for path in sorted((folder / "raw").iterdir()):
        raws = read_file(path, READERS)
        lines = [line for raw in raws for line in noted(raw, NoteKind.LEFT_OUT)]
        assert len(lines) <= 1
        assert all(len(line) < 400 and "\n" not in line for line in lines)
        left_out[path.name] = lines
    assert "there twice: BN-BS-1 SURVEY.spe" in left_out["JesusF10__BN-BS-1.zip"][0]
    assert left_out["FAIRmat-NFDI__specs_sle_ref.nxs"] == []
    assert left_out["FAIRmat-NFDI__MgFe2O4.xy"] == ["2 of 30 scans (not over energy: Align (2))"]
    assert left_out["nims-dpfc__XPS_PHI_QUANTERA_survey.spe"] == []


@pytest.mark.parametrize("end", ["half", "last byte"])
def test_a_file_cut_short_is_refused_or_says_less(folder: Path, tmp_path: Path, end: str) -> None:
    for path in sorted((folder / "raw").iterdir()):
        data, whole = path.read_bytes(), {raw.name: raw for raw in read_file(path, READERS)}
        cut = tmp_path / path.name
        cut.write_bytes(data[: len(data) // 2 if end == "half" else -1])
        try:
            raws = read_file(cut, READERS)
        except SpecquantError:
            continue
        for raw in raws:
            energy = whole[raw.name].energy if raw.name in whole else raw.energy
            assert raw.energy.size <= energy.size, (path.name, raw.name)
