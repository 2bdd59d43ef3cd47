"""``specquant new-plugin``: the project that it writes can be installed, and passes the kit as it is."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import specquant
from commandline import Shell
from specquant.errors import OutputError, SettingError
from specquant.scaffold import _core_range, new_plugin
from specquant.testing import Status, Subject, run_checks
from thirdparties import write_metadata


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new project, installed as pip would install it in place."""
    folder = tmp_path / "project"
    new_plugin("fresh", folder)
    write_metadata(folder, folder)
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "freshspec"]:
        del sys.modules[name]


def test_it_passes_the_kit_untouched(project: Path) -> None:
    subject = Subject.of("fresh", [project / "tests" / "steel.fresh"])
    ended = list(run_checks(subject, {"every_parameter_matters": "nothing depends on it yet"}))
    bad = {each.check.name: each.reason for each in ended if each.status in (Status.FAILED, Status.WARNED)}
    assert bad == {}
    assert sum(each.status is Status.PASSED for each in ended) >= 35


def test_its_own_tests_pass(project: Path) -> None:
    path = os.pathsep.join([str(project), *filter(None, sys.path)])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not command", "tests"]
    environment = {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]


def test_its_sample_is_read_as_what_it_is(project: Path) -> None:
    result = specquant.quantify(project / "tests" / "steel.fresh", "fresh")
    shares = {row.element: row.fraction for row in result.table}
    assert shares == pytest.approx({"Fe": 0.70, "Cr": 0.19, "Ni": 0.11}, abs=0.02)


def test_its_code_keeps_the_rules_of_the_project(project: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    for words in (
        ["check", "--isolated", "--select", "E,F,W,N,D,UP,B", "--ignore", "D105,D107,D203,D213"],
        ["format", "--check"],
    ):
        command = [ruff, *words, "--line-length", "120", project / "freshspec"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout


def test_it_imports_from_the_seam_alone(project: Path) -> None:
    for path in project.rglob("*.py"):
        for line in path.read_text().splitlines():
            if "specquant" in line and line.lstrip().startswith(("from ", "import ")):
                module = line.split()[1]
                assert module in ("specquant.plugin", "specquant.testing"), f"{path.name}: {line}"


def test_command_writes_and_says_how_to_go_on(shell: Shell, tmp_path: Path) -> None:
    outcome = shell("new-plugin", "fresh", tmp_path / "new")
    assert outcome.code == 0, outcome.err
    assert f"pip install -e {tmp_path / 'new'}" in outcome.out
    assert (tmp_path / "new" / ".github" / "workflows" / "test.yml").is_file()
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file() and "${" in path.read_text()]


@pytest.mark.parametrize("name", ["XRF", "x-rf", "1xrf", "", "x y", "../x"])
def test_a_name_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be the name of a technique"):
        new_plugin(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="a technique of that name is installed; found specquant"):
        new_plugin("xps", tmp_path / "new")


def test_a_folder_named_like_the_package_would_hide_it(tmp_path: Path) -> None:
    with pytest.raises(
        SettingError, match=r"freshspec: would hide the package.*wanted another name, e\.g\. .*fresh-plugin"
    ):
        new_plugin("fresh", tmp_path / "freshspec")


def test_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"):
        new_plugin("fresh", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("here", "range_"), [("0.1.0", ">=0.1,<0.2"), ("1.4.2", ">=1.4,<2"), ("0.12", ">=0.12,<0.13")])
def test_versions_of_the_core(here: str, range_: str) -> None:
    assert _core_range(here) == range_
    assert Requirement(f"specquant{range_}").specifier.contains(here)
    assert Requirement(f"specquant{_core_range(version('specquant'))}").specifier.contains(version("specquant"))
