"""The distribution that the tutorial arrives at: X-ray fluorescence, a plug-in like any other's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from folders import ROOT, THIRDPARTY
from thirdparties import write_metadata

pytest.importorskip("xraylib", reason="the technique's lines and cross sections are xraylib's: pip install xraylib")

PROJECT = ROOT / "docs" / "techniques" / "xrf"
STEEL = PROJECT / "tests" / "srm1155.spe"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a process needs to have it installed."""
    write_metadata(PROJECT, tmp_path / "site")
    path = os.pathsep.join([str(PROJECT), str(tmp_path / "site"), *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": path}


def ran(environment: dict[str, str], folder: Path, *command: object) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_its_own_tests_pass(environment: dict[str, str]) -> None:
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not command", "-c", "pyproject.toml", "tests")
    assert re.search(r"\b5\d passed", ran(environment, PROJECT, *words))


def test_it_is_used_like_any_other(environment: dict[str, str], tmp_path: Path) -> None:
    specquant = ("-c", "from specquant.cli import main; main()")
    assert "xrfspec 0.1" in ran(environment, tmp_path, *specquant, "plugins")
    table = ran(environment, tmp_path, *specquant, "quantify", "-t", "xrf", STEEL, "--method", "nnls")
    assert re.search(r"Fe +6\d\.\d", table)


@pytest.mark.long
def test_it_takes_part_in_a_study_across_techniques(environment: dict[str, str], tmp_path: Path) -> None:
    environment["PYTHONPATH"] += os.pathsep + str(THIRDPARTY)
    command = ("study", "techniques", "-t", "toy", "-t", "xrf", "--budget", "512", "--seeds", "1", "--out", "across")
    ran(environment, tmp_path, "-c", "from specquant.cli import main; main()", *command)
    assert "xrf" in (tmp_path / "across" / "study.json").read_text()


def test_it_imports_from_the_seam_alone() -> None:
    for path in PROJECT.rglob("*.py"):
        for module in re.findall(r"^\s*(?:from|import) (specquant[\w.]*)", path.read_text(), re.MULTILINE):
            assert module == "specquant.plugin" or path.parent.name == "tests", f"{path.name} imports {module}"


def test_the_tutorial_shows_all_of_it() -> None:
    page = (ROOT / "docs" / "tutorials" / "plug-in.md").read_text(encoding="utf-8")
    shown = re.findall(r"^<!-- code: (.+) -->$", page, re.MULTILINE)
    assert sorted(shown) == sorted(str(path.relative_to(ROOT / "docs")) for path in (PROJECT / "xrfspec").glob("*.py"))
