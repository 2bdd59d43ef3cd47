"""A short run of ``fuzz`` over both techniques; the long one is ``pytest -m fuzz -s``, or ``tests/support/fuzz.py``.

SPECQUANT_FUZZ_SECONDS sets how long the short one is, SPECQUANT_FUZZ_MINUTES the long one, SPECQUANT_FUZZ_FIRST from
which seed on. Measured files are spoilt too where SPECQUANT_REAL_DATA names them.
"""

import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import fuzz
import xpsfiles
from specquant.readers import worker
from specquant.technique import Reader

SECONDS = float(os.environ.get("SPECQUANT_FUZZ_SECONDS", "15"))
MINUTES = float(os.environ.get("SPECQUANT_FUZZ_MINUTES", "4"))
FIRST = int(os.environ.get("SPECQUANT_FUZZ_FIRST", "0"))


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    worker.end()


def folders() -> list[tuple[str, Path]]:
    named = os.environ.get("SPECQUANT_REAL_DATA")
    return fuzz.measured(Path(named)) if named else []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_spoilt_files_end_in_spectra_or_in_an_error_of_ours(tmp_path: Path) -> None:
    result = fuzz.Result()
    for result in fuzz.run(FIRST, 10**9, fuzz.seeds(folders(), tmp_path), tmp_path, SECONDS):
        assert not result.crashes
    for technique in fuzz.TECHNIQUES:
        assert result.outcomes[f"{technique}: read"] > 0
        assert result.outcomes[f"{technique}: refused on reading"] > 0


@pytest.mark.fuzz
def test_a_long_run(tmp_path: Path) -> None:
    originals = fuzz.seeds(folders(), tmp_path)
    assert not fuzz.campaign(originals, tmp_path, FIRST, 10**9, MINUTES, print).crashes


def test_an_unspoilt_file_is_read(tmp_path: Path) -> None:
    unread = {"probe.eds", "old.dm3", "bruker.bcf", "map.pts"}  # beginnings only
    pytest.importorskip("rsciio")
    for original in fuzz.seeds([], tmp_path):
        path = tmp_path / f"originals-{original.technique}" / original.name
        assert fuzz.outcome(path, original.technique) == ("refused on reading" if path.name in unread else "read")


def test_a_reader_that_breaks_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(_: Path) -> list:
        raise KeyError("broken")

    broken = replace(fuzz.plugin("xps"), readers=(Reader("broken", (), lambda _: True, breaking),))
    monkeypatch.setattr(fuzz, "plugin", lambda _: broken)
    results = list(fuzz.run(0, 3, [fuzz.Original("a.vms", xpsfiles.vamas())], tmp_path))
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
