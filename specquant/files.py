"""Writing files so that nothing half-written ever stands under its final name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from specquant.errors import OutputError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary neighbour of `path` to write to; rename it on success, remove it on any failure.

    Raises
    ------
    OutputError
        If the folder does not exist and cannot be made, or is not writable.
    """
    partial = path.with_name(f".{path.name}.partial")
    make_folder(path.parent)
    if path.is_dir():
        raise OutputError("is a folder", where=path, wanted="a file name", todo="Add a file name to --out.")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise OutputError(
            "cannot be written", where=path, found=error.strerror or error, todo="Choose another place with --out."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def make_folder(folder: Path) -> Path:
    """Make a folder with its parents and return it.

    Raises
    ------
    OutputError
        If it cannot be made, or is not writable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".specquant-write-test"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            "output folder cannot be written",
            where=folder,
            found=error.strerror or error,
            todo="Choose another place with --out.",
        ) from error
    return folder
