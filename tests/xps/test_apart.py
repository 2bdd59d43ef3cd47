"""What becomes of a file whose reader hangs, crashes or breaks in the process of its own."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from specquant.errors import ReadError
from specquant_xps.readers import apart

READERS = """
import os, signal, time
from specquant.errors import ReadError

def hangs(path):
    time.sleep(60)

def crashes(path):
    os.kill(os.getpid(), signal.SIGSEGV)

def breaks(path):
    raise KeyError("broken")

def refuses(path):
    raise ReadError("holds nothing", where=path, found=3, todo="Look.")

def reads(path):
    return [path.name]
"""


@pytest.fixture
def readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "readers_apart.py").write_text(READERS)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.reload(importlib.import_module("readers_apart"))


def test_what_is_read_comes_back(readers: ModuleType) -> None:
    assert apart.scans_apart(readers.reads, Path("folder/a.nxs")) == ["a.nxs"]


def test_an_error_comes_back_with_all_its_parts(readers: ModuleType) -> None:
    with pytest.raises(ReadError) as caught:
        apart.scans_apart(readers.refuses, Path("a.nxs"))
    assert str(caught.value) == "a.nxs: holds nothing; found 3. Look."
    assert (caught.value.what, caught.value.found, caught.value.wanted) == ("holds nothing", "3", None)


@pytest.mark.parametrize(
    ("name", "said"), [("crashes", "ended with code -11"), ("breaks", "ended with code 1 KeyError: 'broken'")]
)
def test_a_crash_is_an_error_that_names_the_file(readers: ModuleType, name: str, said: str) -> None:
    with pytest.raises(ReadError, match=rf"a\.nxs: is a damaged HDF5 file; found reading it {said}"):
        apart.scans_apart(getattr(readers, name), Path("a.nxs"))


def test_a_hang_ends(readers: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.5)
    hangs: Callable[[Path], list] = readers.hangs
    with pytest.raises(ReadError, match=r"a damaged HDF5 file; found no end of reading after 0\.5 s"):
        apart.scans_apart(hangs, Path("a.nxs"))
