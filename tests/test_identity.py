"""Every result says which model it comes from: name, version and hash, on the screen and in every kind of file."""

import csv
import json
from pathlib import Path

import pytest
import xarray as xr

import specquant
from commandline import Shell
from specquant.session.example import write_example


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

    with result.save(tmp_path / "a.csv").open(newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert row["model sha256"] == card.sha256

    ran = shell("quantify", "-t", "xps", survey)
    assert f"answered by hybrid, model xps field {card.fingerprint}" in ran.err


def test_a_method_without_a_network_names_none(survey: Path, tmp_path: Path) -> None:
    result = specquant.open("xps").quantify(survey, method="nnls")
    assert json.loads(result.save(tmp_path / "a.json").read_text())["model"] is None
    assert not [name for name in result.to_dataset().attrs if name.startswith("model_")]
