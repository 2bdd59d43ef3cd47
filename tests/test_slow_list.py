"""The fast part of the tests: what it leaves out exists, and what is named runs whole."""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_every_slow_test_exists() -> None:
    gone = []
    for line in (HERE / "slow.txt").read_text(encoding="utf-8").split():
        file, _, name = line.partition("::")
        path = HERE / file
        if not path.exists() or not re.search(rf"def {name}\b", path.read_text(encoding="utf-8")):
            gone.append(line)
    assert gone == [], "renew tests/slow.txt as docs/how-to/release.md says"


def collected(*arguments: str) -> int:
    """Return how many tests pytest would run in this repository."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *arguments]
    ran = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    return sum("::" in line for line in ran.stdout.splitlines())


def test_a_named_file_runs_whole() -> None:
    assert collected("tests/test_networks.py") == collected("--all", "tests/test_networks.py") > 10
