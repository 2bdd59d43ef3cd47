"""Every result says which model it comes from: name, version and hash, on the screen and in every kind of file."""

import csv
import json
import zipfile
from pathlib import Path

import pytest
import xarray as xr

import specquant
from commandline import Shell
from specquant.session.example import write_example
from specquant.session.identity import IDENTITY


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example(specquant.open("xps"), tmp_path_factory.mktemp("identity") / "survey.csv").path


def test_files_and_screen_name_the_model(survey: Path, tmp_path: Path, shell: Shell) -> None:
    session = specquant.open("xps")
    result = session.quantify(survey)
    card = session.network.card
    stated = json.loads(result.save(tmp_path / "a.json").read_text())
    assert stated["model"] == card.identity
    assert stated["specquant"] == specquant.__version__
    assert len(card.identity["sha256"]) == 64

    with xr.open_dataset(result.save(tmp_path / "a.nc")) as dataset:
        assert {name: dataset.attrs[f"model_{name}"] for name in card.identity} == card.identity
        assert dataset.attrs["specquant_version"] == specquant.__version__

    expected = ("hybrid", card.title, card.specquant_version, card.sha256)
    for name, long in (("a.csv", False), ("long.csv", True)):
        with result.save(tmp_path / name, long=long).open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert {tuple(row[column] for column in IDENTITY) for row in rows} == {expected}
    frame = result.to_pandas()
    assert {tuple(row) for row in frame[list(IDENTITY)].values} == {expected}
    workbook = zipfile.ZipFile(result.save(tmp_path / "a.xlsx"))
    assert any(card.sha256.encode() in workbook.read(name) for name in workbook.namelist())
    assert card.fingerprint in result.save(tmp_path / "a.html").read_text()

    ran = shell("quantify", "-t", "xps", survey)
    assert f"answered by hybrid, model xps field {card.fingerprint}" in ran.err


def test_a_method_without_a_network_names_none(survey: Path, tmp_path: Path) -> None:
    result = specquant.open("xps").quantify(survey, method="nnls")
    assert json.loads(result.save(tmp_path / "a.json").read_text())["model"] is None
    assert not [name for name in result.to_dataset().attrs if name.startswith("model_")]


def test_scores_and_explanations_name_the_model(tmp_path: Path, shell: Shell) -> None:
    card = specquant.open("xps").network.card
    scores, response = tmp_path / "scores.csv", tmp_path / "response.nc"
    sampled = ("evaluate", "-t", "xps", "--recipe", "field", "--samples", 2, "--method", "cnn", "--method", "nnls")
    assert shell(*sampled, "--out", scores).code == 0
    with scores.open(newline="", encoding="utf-8") as lines:
        said = {row["method"]: tuple(row[column] for column in IDENTITY[1:]) for row in csv.DictReader(lines)}
    assert said == {"cnn": (card.title, card.specquant_version, card.sha256), "nnls": ("", "", "")}

    assert shell("explain", "-t", "xps", "--out", response).code == 0
    with xr.open_dataset(response) as dataset:
        assert {name: dataset.attrs[f"model_{name}"] for name in card.identity} == card.identity
