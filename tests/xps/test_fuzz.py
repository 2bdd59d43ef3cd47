"""A short run of ``fuzz``; the long one is ``python tests/fuzz.py --files 100000 --folder FOLDER``.

SPECQUANT_FUZZ_SECONDS sets how long, SPECQUANT_FUZZ_FIRST from which seed on. Measured files are spoilt too where
SPECQUANT_REAL_DATA names them.
"""

import os
import tracemalloc
from pathlib import Path

import pytest

import fuzz
import xpsfiles
from specquant.discovery import load_technique

SECONDS = float(os.environ.get("SPECQUANT_FUZZ_SECONDS", "10"))
FIRST = int(os.environ.get("SPECQUANT_FUZZ_FIRST", "0"))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_spoilt_files_end_in_spectra_or_in_an_error_of_ours(tmp_path: Path) -> None:
    measured = Path(os.environ.get("SPECQUANT_REAL_DATA", "")) / "xps" / "raw"
    folders = [measured] if os.environ.get("SPECQUANT_REAL_DATA") and measured.is_dir() else []
    result = fuzz.Result()
    originals = fuzz.seeds(folders, tmp_path)
    for result in fuzz.run(FIRST, 10**9, originals, tmp_path, SECONDS):
        assert not result.crashes
    assert result.outcomes["read"] > 0
    assert result.outcomes["refused on reading"] > 0


def test_an_unspoilt_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.vms"
    path.write_bytes(xpsfiles.vamas())
    assert fuzz.outcome(path, load_technique("xps")) == "read"


def test_a_reader_that_breaks_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from specquant.technique import Reader

    def breaking(_: Path) -> list:
        raise KeyError("broken")

    monkeypatch.setattr(fuzz, "READERS", (Reader("broken", (), lambda _: True, breaking),))
    results = list(fuzz.run(0, 3, [("a.vms", xpsfiles.vamas())], tmp_path))
    assert len(results[-1].crashes) == 3
    assert "seed 0, a.vms: RuntimeError" in results[-1].crashes[0]


def test_memory_stays_small(tmp_path: Path) -> None:
    originals = fuzz.seeds([], tmp_path)
    tracemalloc.start()
    for _ in fuzz.run(FIRST, 60, originals, tmp_path):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 28
