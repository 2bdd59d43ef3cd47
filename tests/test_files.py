import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from specquant import files
from specquant.errors import OutputError, ReadError
from specquant.files import atomic_path, check_outputs, make_folder
from specquant.interrupts import heeded_signals


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_stands_under_its_name_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_path(target) as partial:
        assert partial.parent == tmp_path
        partial.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_folders_are_made(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "b" / "c" / "a.txt") as partial:
        partial.write_text("new")
    assert (tmp_path / "b" / "c" / "a.txt").read_text() == "new"


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail() -> None:
        with atomic_path(target) as partial:
            partial.write_text("half")
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        fail()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupt() -> None:
        with atomic_path(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert names(tmp_path) == []


def test_a_signal_as_a_file_is_begun_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files._begin

    def interrupted(path: Path) -> tuple[Path, int]:
        signal.raise_signal(signal.SIGTERM)
        return before(path)

    monkeypatch.setattr(files, "_begin", interrupted)
    with heeded_signals(), pytest.raises(KeyboardInterrupt), atomic_path(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == []


def test_our_own_errors_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"^is empty$"), atomic_path(tmp_path / "a.txt"):
        raise ReadError("is empty")


def test_full_disc_says_where_and_what_to_do(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with (
        pytest.raises(OutputError, match=r"a\.txt: cannot be written; found No space left.*Make room there"),
        atomic_path(target),
    ):
        raise OSError(28, "No space left on device")


def test_folder_under_the_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"is a folder; wanted a file name"), atomic_path(tmp_path):
        pass


def test_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="output folder cannot be written"), atomic_path(tmp_path / "file" / "a.txt"):
        pass


def test_make_folder_returns_it_and_leaves_it_empty(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "b" / "c")
    assert folder == tmp_path / "b" / "c"
    assert names(folder) == []
    assert make_folder(folder) == folder


def test_make_folder_where_a_file_stands(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file: output folder cannot be written; found .*--out"):
        make_folder(tmp_path / "file")


def test_make_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(OutputError, match="output folder cannot be written; found Permission denied"):
        make_folder(tmp_path)


def in_fork(work: Callable[[], None]) -> int:
    """Begin work in a process of its own, and return its number."""
    if process := os.fork():
        return process
    try:
        work()
    finally:
        os._exit(0)


def begin_and_wait(target: Path) -> Callable[[], None]:
    def work() -> None:
        with atomic_path(target) as partial, partial.open("w") as file:
            file.write("half")
            file.flush()
            signal.alarm(20)
            signal.pause()

    return work


def wait_for_partial(folder: Path) -> Path:
    deadline = time.monotonic() + 10
    while True:
        assert time.monotonic() < deadline
        for path in folder.glob(".*.partial"):
            if path.read_text() == "half":
                return path


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    process = in_fork(begin_and_wait(target))
    half = wait_for_partial(tmp_path)
    with atomic_path(target) as partial:
        partial.write_text("new")
        assert half.exists()
    assert half.exists()
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    with atomic_path(target) as partial:
        partial.write_text("newer")
    assert names(tmp_path) == ["a.txt"]
    assert target.read_text() == "newer"


def test_two_at_once_write_two_files(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.txt") as first, atomic_path(tmp_path / "a.txt") as second:
        first.write_text("first")
        second.write_text("second")
    assert (tmp_path / "a.txt").read_text() == "first"
    assert names(tmp_path) == ["a.txt"]


def test_a_name_of_255_bytes(tmp_path: Path) -> None:
    target = tmp_path / ("\u00e4" * 127 + "x")
    with atomic_path(target) as partial:
        partial.write_text("new")
    assert target.read_text() == "new"


def test_a_partial_file_is_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "0")
    (tmp_path / ".a.txt.0.partial").write_text("somebody else's")
    with pytest.raises(OutputError, match="File exists"), atomic_path(tmp_path / "a.txt"):
        pass
    assert (tmp_path / ".a.txt.0.partial").read_text() == "somebody else's"


def test_full_disc_is_told_as_such_whatever_the_library_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    for error in (PermissionError(13, "Permission denied"), RuntimeError("NetCDF: HDF error")):
        with pytest.raises(OutputError, match="found No space"), atomic_path(tmp_path / "a.txt") as partial:  # noqa: PT012
            partial.write_text("half")
            raise error
    assert names(tmp_path) == []


def test_errors_of_the_work_pass_while_there_is_room(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="in the work"), atomic_path(tmp_path / "a.txt"):
        raise RuntimeError("in the work")


def make_odd(path: Path, kind: str) -> Path:
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "symbolic link":
        (path.parent / "target").write_text("precious")
        path.symlink_to(path.parent / "target")
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif kind == "folder":
        path.mkdir()
    else:
        return Path("/dev/full")
    return path


@pytest.mark.parametrize("kind", ["FIFO", "symbolic link", "socket", "folder", "device"])
def test_what_is_no_plain_file_is_not_written_to(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    path = make_odd(Path("odd"), kind)
    before = path.lstat()
    with pytest.raises(OutputError, match=f"is a {kind}"):
        check_outputs([path])
    with pytest.raises(OutputError, match=f"is a {kind}"), atomic_path(path) as partial:
        partial.write_text("new")
    assert path.lstat().st_mode == before.st_mode


def test_an_input_is_no_output_by_any_name(tmp_path: Path) -> None:
    data, folder = tmp_path / "a.csv", tmp_path / "inputs"
    folder.mkdir()
    for path in (data, folder / "b.csv"):
        path.write_text("1,2")
    os.link(data, tmp_path / "other.csv")
    for output in (data, tmp_path / "other.csv", folder / ".." / "a.csv"):
        with pytest.raises(OutputError, match="is one of the inputs"):
            check_outputs([output], [data, folder, "field", None])
    with pytest.raises(OutputError, match="lies among the inputs"):
        check_outputs([folder / "b.csv"], [data, folder])
    assert check_outputs([folder / "new.csv", tmp_path / "new.csv", None], [data, folder]) == []
    assert names(tmp_path) == ["a.csv", "inputs", "other.csv"]


def test_a_checkpoint_and_the_same_name_twice_are_no_outputs(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is the name of a checkpoint"):
        check_outputs([tmp_path / "m.checkpoint"])
    with pytest.raises(OutputError, match="is named as two outputs"):
        check_outputs([tmp_path / "a.nc", tmp_path / "." / "a.nc"])


def test_what_will_be_replaced_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    assert check_outputs([tmp_path / "a.csv", tmp_path / "b.csv"]) == [tmp_path / "a.csv"]


def test_outputs_in_a_file_or_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.csv", Path("/proc/nowhere/a.csv")):
        with pytest.raises(OutputError, match="output folder cannot be written"):
            check_outputs([path])
