"""Mutation test of the core's numerics: how many changes of fits and mixing the tests see.

Run: pytest -m mutation -s tests/mutation, with SPECQUANT_MUTANTS for another number of mutants per module than 20, and
SPECQUANT_MUTANT_SEED for others than those of seed 1. `-k limits.py` runs one module.
"""

import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from folders import ROOT

_OF_SERIES = (
    "test_smoothing_is_that_of_the_likeliest_random_walk",
    "test_a_flat_profile_becomes_its_mean_and_gaps_are_filled",
    "test_two_values_are_smoothed_and_values_at_one_place_are_one",
    "test_a_line_of_the_table_is_as_wide_as_its_title",
    "test_a_series_of_one_spectrum_has_its_coordinate",
    "test_spectra_are_ordered_by_their_coordinate_and_rare_elements_left_out",
    "test_without_a_common_coordinate_spectra_are_numbered",
    "test_smoothing_brings_values_nearer_to_the_truth_and_keeps_an_edge",
)
"""Tests of series that read no files."""

TARGETS = {
    "specquant/mixing.py": ("tests/test_mixing.py",),
    "specquant/series.py": tuple(f"tests/test_series.py::{name}" for name in _OF_SERIES),
    "specquant/fits/descent/bounded.py": ("tests/fits/test_bounded.py",),
    "specquant/fits/unmixing.py": ("tests/fits/test_unmixing.py",),
    "specquant/fits/model/fixed.py": ("tests/fits/test_fixed_shares.py",),
    "specquant/fits/model/peaks.py": ("tests/fits/test_beside.py",),
    "specquant/fits/descent/beside.py": ("tests/fits/test_beside.py",),
    "specquant/fits/presence/residuals.py": ("tests/fits/test_residuals.py",),
    "specquant/fits/conclusions/limits.py": ("tests/fits/test_limits.py",),
    "specquant/fits/model/forward.py": ("tests/fits/test_forward.py", "tests/fits/test_cost.py"),
    "specquant/fits/descent/cost.py": ("tests/fits/test_cost.py", "tests/fits/test_fitting.py"),
    "specquant/fits/presence/evidence.py": ("tests/fits/test_evidence.py",),
}
"""Modules that are changed, and the tests that have to see it."""

SEEN = 0.7
"""Share of the mutants that tests have to see: some change nothing that can be seen, such as a tolerance; chosen below
what was measured."""

_SECONDS = 120
"""Of computing, after which a mutant counts as seen: it does not end."""


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).parent / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mutants = loaded().mutants


def seen(folder: Path, module: str, sources: list[str]) -> list[bool]:
    """Say of every source of a module whether the tests fail with it; a folder holds the package."""
    path = os.pathsep.join(map(str, (folder, ROOT / "plugins/xps", ROOT / "plugins/eds")))
    tests = [str(ROOT / test) for test in TARGETS[module]]
    runner = Path(__file__).parent / "runner.py"
    ran = subprocess.run(
        [sys.executable, "-P", str(runner), str(folder), module, str(_SECONDS), *tests],
        input="\n".join(map(json.dumps, sources)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line == "1" for line in ran.stdout.split()]


@pytest.mark.mutation
@pytest.mark.parametrize("module", TARGETS)
def test_most_changes_are_seen(module: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "specquant", tmp_path / "specquant", ignore=shutil.ignore_patterns("__pycache__"))
    source = (tmp_path / module).read_text(encoding="utf-8")
    every = mutants(source)
    count, seed = (
        int(os.environ.get(f"SPECQUANT_{name}", usual)) for name, usual in (("MUTANTS", 20), ("MUTANT_SEED", 1))
    )
    chosen = random.Random(seed).sample(every, min(len(every), count))
    unchanged, *verdicts = seen(tmp_path, module, [source, *(changed for _, changed in chosen)])
    assert not unchanged, "the tests fail without a change"
    unseen = [title for (title, _), fails in zip(chosen, verdicts, strict=True) if not fails]
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
