"""Mutation test of the core's numerics: how many changes of fits and mixing the tests see.

Run: pytest -m mutation -s, with SPECQUANT_MUTANTS for another number of mutants per module.
"""

import importlib.util
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
TARGETS = {
    "specquant/mixing.py": "tests/test_mixing.py",
    "specquant/fits/bounded.py": "tests/test_bounded.py",
    "specquant/fits/unmixing.py": "tests/test_unmixing.py",
}
"""Modules that are changed, and the tests that have to see it."""

SEEN = 0.7
"""Share of the mutants that tests have to see: some change nothing that can be seen, such as a tolerance; chosen below
what was measured."""

_SECONDS = 120
"""After which a mutant counts as seen: it does not end."""


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).parent / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mutants = loaded().mutants


def fails(folder: Path, tests: str) -> bool:
    """Say whether tests fail on the package that a folder holds."""
    path = os.pathsep.join(map(str, (folder, ROOT / "plugins/xps", ROOT / "plugins/eds")))
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(ROOT / tests)]
    try:
        environment = {**os.environ, "PYTHONPATH": path}
        return bool(
            subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=_SECONDS).returncode
        )
    except subprocess.TimeoutExpired:
        return True


@pytest.mark.mutation
@pytest.mark.parametrize("module", TARGETS)
def test_most_changes_are_seen(module: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "specquant", tmp_path / "specquant", ignore=shutil.ignore_patterns("__pycache__"))
    changed = tmp_path / module
    every = mutants(changed.read_text(encoding="utf-8"))
    chosen = random.Random(1).sample(every, min(len(every), int(os.environ.get("SPECQUANT_MUTANTS", "20"))))
    assert not fails(tmp_path, TARGETS[module]), "the tests fail without a change"
    unseen = []
    for title, source in chosen:
        changed.write_text(source, encoding="utf-8")
        if not fails(tmp_path, TARGETS[module]):
            unseen.append(title)
    print(f"\n{module}: {len(chosen) - len(unseen)} of {len(chosen)} changes seen (of {len(every)} that are possible)")
    print(*(f"  not seen: {title}" for title in unseen), sep="\n")
    assert len(unseen) <= (1 - SEEN) * len(chosen)


def test_every_kind_of_change_is_made() -> None:
    titles = [title for title, _ in mutants("a = 1.0 + b\nif a < 2 and b:\n    a = -a\n")]
    assert titles == [
        "line 1: 1.0 + b -> 1.0 - b",
        "line 2: a < 2 and b -> a < 2 or b",
        "line 1: 1.0 -> 1.6",
        "line 2: a < 2 -> a >= 2",
        "line 3: -a -> +a",
        "line 2: 2 -> 3",
    ]
