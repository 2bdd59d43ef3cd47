"""The fast part of the tests: what it leaves out exists, and what is named runs whole."""

import re
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import conftest
import pytest

from folders import ROOT, TESTS


def test_every_slow_test_exists() -> None:
    gone = []
    for line in (TESTS / "slow.txt").read_text(encoding="utf-8").split():
        file, _, name = line.partition("::")
        path = TESTS / file
        if not path.exists() or not re.search(rf"def {name}\b", path.read_text(encoding="utf-8")):
            gone.append(line)
    assert gone == [], "renew tests/slow.txt as docs/how-to/release.md says"


def collected(*arguments: str) -> int:
    """Return how many tests pytest would run in this repository."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return sum("::" in line for line in ran.stdout.splitlines())


def test_a_named_file_runs_whole() -> None:
    assert collected("tests/learning/test_networks.py") == collected("--all", "tests/learning/test_networks.py") > 10


def processes(**more: Any) -> int | None:
    """Return how many processes share the tests where none is named, after `conftest` has had its say."""
    option = SimpleNamespace(usepdb=False, collectonly=False, list_slow=None, numprocesses=None)
    nothing = {"option": option, "args_source": pytest.Config.ArgsSource.TESTPATHS, "getoption": lambda _: False}
    conftest.pytest_cmdline_main(SimpleNamespace(**nothing, **more))  # type: ignore[arg-type]
    number: int | None = option.numprocesses
    return number


def test_the_fast_part_is_shared_among_processes_and_they_share_it_no_further() -> None:
    assert (processes() or 0) >= 1
    assert processes(workerinput={"fast_only": True}) is None
