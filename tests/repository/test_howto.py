"""The commands of the how-to pages run, one after another, on files of the kinds that the pages name."""

import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

import specquant
from edsfiles import counts_of, write_emsa
from folders import ROOT
from specquant.cli import cli
from specquant.library import pure_spectra

HOW_TO = ROOT / "docs" / "how-to"
K412 = {"O": 59.8, "Si": 16.9, "Mg": 10.8, "Ca": 6.1, "Fe": 3.1, "Al": 4.1}
"""Atomic per cent of the glass K412."""

ELSEWHERE = {
    "specquant study": "tests/study/test_techniques.py",
    "specquant quantify -t eds map": "tests/maps/test_maps.py",
    "specquant quantify -t eds line.rpl": "tests/maps/test_maps.py",
}
"""Beginnings of commands that are not run here, since they take long or need what may be missing, and their tests."""

ENDS = (0, 3, 4)
"""Exit codes of commands that answered: all answers are good, some are doubtful, some are not quantified."""


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("specquant ")]


PAGES = sorted(page.name for page in HOW_TO.glob("*.md") if commands(page))


def glass(path: Path, atoms: Mapping[str, float], **header: object) -> None:
    write_emsa(path, counts_of(atoms, {}), **header)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all files that the pages name."""
    folder = tmp_path_factory.mktemp("how-to")
    example = specquant.load_technique("xps").example
    assert example is not None
    for name in ("surveys", "glasses", "my-standards", "my-pure-spectra", "labelled-folder"):
        (folder / name).mkdir()
    for name in ("survey.vms", "surveys/a.vms", "surveys/b.vms", "labelled-folder/a.vms", "labelled-folder/b.vms"):
        shutil.copy(example.path, folder / name)
    (folder / "labelled-folder/labels.csv").write_text(
        "id,sample,file,composition_at_percent,reliability\n"
        "1,TiO2,a.vms,Ti:26 O:56 C:18,A\n2,TiO2,b.vms,Ti:26 O:56 C:18,A\n"
    )
    (folder / "factors.csv").write_text("line,factor,transmission\nC 1s,0.25,-1\nO 1s,0.66,-1\n")
    for name in ("K412", "unknown", "spectrum", "sample", "glasses/a", "glasses/b"):
        glass(folder / f"{name}.msa", K412)
    glass(folder / "quartz.msa", {"Si": 1, "O": 2})
    glass(folder / "fluorite.msa", {"Ca": 1, "F": 2})
    for formula, atoms in {"Fe": {"Fe": 1}, "CaF2_std": {"Ca": 1, "F": 2}, "SiO2": {"Si": 1, "O": 2}}.items():
        write_emsa(folder / f"my-standards/{formula}.msa", counts_of(atoms, {}, electrons=1e10))
    xps = specquant.open("xps")
    for symbol, density in zip(xps.technique.elements, pure_spectra(xps.technique, xps.library), strict=True):
        rows = np.column_stack([xps.technique.axis.centres, np.round(1e5 * density / density.max())])
        np.savetxt(folder / f"my-pure-spectra/{symbol}.vms", rows, fmt="%g", delimiter=",")
    (folder / "heading.toml").write_text('company = "Surface Laboratory"\n')
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_commands_run(page: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    for line in commands(HOW_TO / page):
        if line.startswith(tuple(ELSEWHERE)):
            continue
        if line.startswith("specquant evaluate -t eds"):
            prepare_eds_labels(files)
        words = [name for word in shlex.split(line)[1:] for name in matching(word)]
        ran = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert ran.exit_code in ENDS, f"{page}: {line}\n{ran.output}"


def matching(word: str) -> list[str]:
    """Return what a shell makes of a word: the files that match it, or itself."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def prepare_eds_labels(folder: Path) -> None:
    """Make the labelled folder one of EDS, as the page on standards has it."""
    shutil.copy(folder / "K412.msa", folder / "labelled-folder/K412.msa")
    text = " ".join(f"{symbol}:{share}" for symbol, share in K412.items())
    labels = f"id,sample,file,composition_at_percent,reliability\n1,K412,K412.msa,{text},glass\n"
    (folder / "labelled-folder/labels.csv").write_text(labels)


def test_python_of_the_page_on_maps_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page opens the file that its command writes, and then quantifies an array: here the array comes first."""
    from specquant.maps import quantify_map
    from specquant.readers import map_of_array

    opening, quantifying = re.findall(r"^```py\n(.*?)^```$", (HOW_TO / "maps.md").read_text(), re.MULTILINE | re.DOTALL)
    axis = specquant.load_technique("eds").axis
    pixel = counts_of(K412, {}, total=2000.0)
    counts = np.random.default_rng(1).poisson(np.broadcast_to(pixel, (9, 9, pixel.size)))
    array = xr.DataArray(counts, dims=("y", "x", "energy"), coords={"energy": axis.centres})
    monkeypatch.chdir(tmp_path)
    exec(compile(quantifying, "maps.md", "exec"), {"array": array})
    quantify_map(specquant.open("eds"), map_of_array(array, {"beam_energy": 15000.0}), Path("map.nc"))
    exec(compile(opening, "maps.md", "exec"), {})


def test_what_is_tested_elsewhere_is_on_a_page_and_has_tests() -> None:
    lines = [line for page in PAGES for line in commands(HOW_TO / page)]
    assert all(any(line.startswith(begin) for line in lines) for begin in ELSEWHERE)
    assert [test for test in ELSEWHERE.values() if not (ROOT / test).exists()] == []
