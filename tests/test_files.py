import tempfile
from pathlib import Path

import pytest

from specquant.errors import OutputError, ReadError
from specquant.files import atomic_path, make_folder


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


def test_our_own_errors_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"^is empty$"), atomic_path(tmp_path / "a.txt"):
        raise ReadError("is empty")


def test_full_disc_says_where_and_what_to_do(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with (
        pytest.raises(OutputError, match=r"a\.txt: cannot be written; found No space left.*--out"),
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
