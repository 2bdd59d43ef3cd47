"""Options that take a file, given a file of another kind: the answer says what the file is, in no library's words."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from commandline import Shell
from specquant.cli.options import Opening

pytestmark = pytest.mark.usefixtures("toy_is_installed")

OF_LIBRARIES = re.compile(
    r"Errno|Traceback|codec|deserializ|malformed|truncated|Expected|OSError|NetCDF:|at line \d+, column|b'"
)
"""Words of those that read JSON, TOML, weights and netCDF, and of Python."""

GIVEN = {
    "table.csv": (b"element,weight\nO,1\n", "text that begins with 'element,weight'"),
    "empty": (b"", "an empty file"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(30), "a PNG picture"),
    "zeros": (bytes(100), "no text: it begins with the bytes 00 00"),
    "cut.json": (b'{"specquant_instrument": 2, "technique": "to', "JSON"),
    "folder": (None, "a folder"),
    "other.nc": (None, ""),
    "cut.nc": (None, ""),
}
"""Files by their names: content, and what they are."""

COMMANDS = {
    "instrument": ("quantify", "--method", "nnls", "--instrument", "{given}", "{good}"),
    "library": ("quantify", "--method", "nnls", "--library", "{given}", "{good}"),
    "model": ("quantify", "--method", "cnn", "--model", "{given}", "{good}"),
    "heading": ("quantify", "--method", "nnls", "--heading", "{given}", "--out", "{out}/a.html", "{good}"),
    "prior": ("synthesize", "--samples", "2", "--prior", "{given}", "--out", "{out}/a.nc"),
    "labels": ("evaluate", "--method", "nnls", "--data", "{given}"),
    "data": ("train", "--data", "{given}", "--out", "{out}/a.safetensors"),
}
"""Commands with an option that takes a file, by what it is for."""


WORDS = {
    ("heading", "table.csv"): "'element,weight' in line 1",  # people write these files, and look for the line
    ("heading", "cut.json"): "in line 1",
    ("prior", "cut.json"): "wanted columns element and weight",
    ("instrument", "cut.json"): "JSON that breaks off",
    ("library", "folder"): "folder holds no spectra",
    ("labels", "folder"): "no labels.csv in the folder",
}
"""What is said otherwise than by the kind, by option and file."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("given")
    for name, (content, _) in GIVEN.items():
        if content is not None:
            (folder / name).write_bytes(content)
    (folder / "folder").mkdir()
    xr.Dataset({"t": ("x", np.arange(5.0))}).to_netcdf(folder / "other.nc")
    whole = (folder / "other.nc").read_bytes()
    (folder / "cut.nc").write_bytes(whole[: len(whole) // 2])
    energy = np.arange(201.0)
    np.savetxt(folder / "good.csv", np.column_stack([energy, 20 + energy % 7]), delimiter=",", fmt="%.1f")
    return folder


@pytest.mark.parametrize("option", COMMANDS)
@pytest.mark.parametrize("name", GIVEN)
def test_a_file_of_another_kind(option: str, name: str, shell: Shell, files: Path, tmp_path: Path) -> None:
    if (option, name) == ("prior", "table.csv"):
        pytest.skip("it is what the option takes")
    given, (_, kind) = files / name, GIVEN[name]
    out = tmp_path / "out"
    first, *more = (word.format(given=given, good=files / "good.csv", out=out) for word in COMMANDS[option])
    outcome = shell(first, "-t", "toy", *more)
    assert outcome.code == 1, outcome
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"specquant: error: {given}")
    assert not OF_LIBRARIES.search(line), line
    assert WORDS.get((option, name), kind) in line, line
    assert not list(out.glob("*"))


def test_wrong_training_data_is_told_before_anything_is_rendered(
    shell: Shell, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rendered(_: Opening) -> None:
        raise AssertionError("a session was opened")

    monkeypatch.setattr(Opening, "session", rendered)
    outcome = shell("train", "-t", "toy", "--data", files / "table.csv", "--out", tmp_path / "a.safetensors")
    assert (outcome.code, "is not a readable netCDF file" in outcome.err) == (1, True)


def test_what_a_loop_of_links_is(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.csv").symlink_to("two.csv")
    (tmp_path / "two.csv").symlink_to("one.csv")
    outcome = shell("quantify", "-t", "toy", "--method", "nnls", tmp_path / "one.csv")
    assert outcome.code == 1
    assert "one.csv: is a link to nothing; found two.csv" in outcome.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"specquant_instrument": 2,\n "technique": "toy", "kind": 3\n "values": {}}',
            "not JSON from line 3, letter",
        ),
        ('{"specquant_instrument": 2, "technique": "toy"}', "found no kind"),
        ('{"specquant_instrument": 2, "technique": "toy", "kind": "a", "values": 3}', "values is a whole number in pl"),
        (
            '{"specquant_instrument": 2, "technique": "toy", "kind": "a", "values": {"b": "c"}}',
            "text in place of a",
        ),
        ('{"technique": "toy"}', "JSON without the entry specquant_instrument"),
        ("[1]", "found a list in place of names with values"),
        ('{"specquant_instrument": 2', "JSON that breaks off"),
    ],
)
def test_an_instrument_file_that_somebody_wrote_in(text: str, words: str, shell: Shell, files: Path) -> None:
    path = files / "written.json"
    path.write_text(text)
    outcome = shell("quantify", "-t", "toy", "--method", "nnls", "--instrument", path, files / "good.csv")
    assert outcome.code == 1
    assert f"{path}: is not an instrument file; found " in outcome.err
    assert words in outcome.err
