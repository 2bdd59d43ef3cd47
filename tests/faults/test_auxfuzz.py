"""A short run of ``auxfuzz``.

The long one is ``pytest -m fuzz -s tests/faults/test_auxfuzz.py``, or ``python tests/support/auxfuzz.py``.
"""

import os
from pathlib import Path

import pytest

import auxfuzz
import fuzz

FILES = int(os.environ.get("SPECQUANT_FUZZ_FILES", "10000"))
FIRST = int(os.environ.get("SPECQUANT_FUZZ_FIRST", "0"))
ENDS = ("read", "refused on reading", "took its time", "ended its reader")


@pytest.fixture(scope="module")
def originals(toy_is_installed: None, tmp_path_factory: pytest.TempPathFactory) -> list[auxfuzz.Own]:  # noqa: ARG001
    return auxfuzz.originals(tmp_path_factory.mktemp("own"))


def test_an_unspoilt_file_is_read(originals: list[auxfuzz.Own], tmp_path: Path) -> None:
    for number, original in enumerate(originals):
        path = tmp_path / f"{number}{original.suffix}"
        path.write_bytes(original.data)
        assert original.outcome(path) == f"{original.name}: read"


def test_spoilt_files_end_in_an_object_or_in_an_error_of_ours(originals: list[auxfuzz.Own], tmp_path: Path) -> None:
    result = fuzz.Result()
    for result in fuzz.run(FIRST, 20 * len(originals), originals, tmp_path):
        assert not result.crashes
    for original in originals:
        assert sum(result.outcomes[f"{original.name}: {outcome}"] for outcome in ENDS) == 20


@pytest.mark.fuzz
def test_a_long_run(originals: list[auxfuzz.Own], tmp_path: Path) -> None:
    assert not fuzz.campaign(originals, tmp_path, FIRST, FIRST + FILES, 60.0, print).crashes
