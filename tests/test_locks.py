import os
import signal
import time
from pathlib import Path

import pytest

from specquant import locks
from specquant.errors import OutputError
from specquant.interrupts import heeded_signals
from specquant.locks import only_process


def holder(path: Path) -> int:
    """Begin a process that holds a place until it is killed, and return its number once it does."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with only_process(path):
                os.write(writing, b"1")
                time.sleep(15)
        finally:
            os._exit(0)
    os.read(reading, 1)
    return process


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_second_process_is_refused_until_the_first_ends_however_it_does(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "out.csv"
    process = holder(path)
    words = f"another process of specquant is writing it; found process {process}"
    with pytest.raises(OutputError, match=words), only_process(path):
        pass
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert len(list(tmp_path.iterdir())) == 1
    with only_process(path):
        pass
    assert not list(tmp_path.iterdir())


def test_other_places_are_free(tmp_path: Path) -> None:
    with only_process(tmp_path), only_process(tmp_path / "a.csv"), only_process(tmp_path / "b.csv"):
        assert len(list(tmp_path.iterdir())) == 3
    assert not list(tmp_path.iterdir())


def test_the_same_place_twice_in_one_process(tmp_path: Path) -> None:
    with only_process(tmp_path), pytest.raises(OutputError, match="another process"), only_process(tmp_path):
        pass


def test_a_forked_process_does_not_keep_its_parents_place(tmp_path: Path) -> None:
    begun, over = os.pipe(), os.pipe()
    parent = os.fork()
    if parent == 0:
        with only_process(tmp_path / "a.csv"):
            if os.fork() == 0:
                os.close(over[1])
                os.write(begun[1], b"1")
                os.read(over[0], 1)
                os._exit(0)
            os.read(begun[0], 1)
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(parent, 0)
    with only_process(tmp_path / "a.csv"):
        pass
    os.close(over[1])


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("1")
    (tmp_path / ".specquant.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError, match="is a symbolic link"), only_process(tmp_path):
        pass
    assert (tmp_path / "precious").read_text() == "1"


def test_a_signal_as_the_lock_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = locks._locked

    def interrupted(*places: Path) -> int:
        signal.raise_signal(signal.SIGTERM)
        return before(*places)

    monkeypatch.setattr(locks, "_locked", interrupted)
    with heeded_signals(), pytest.raises(KeyboardInterrupt), only_process(tmp_path / "a.nc"):
        pass
    assert list(tmp_path.iterdir()) == []
