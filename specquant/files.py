"""Writing files: what may be written to, and nothing half-written under its final name.

A file is written under the name ``.NAME.TOKEN.partial`` beside it, made anew and locked, and renamed at the end. What a
killed process leaves of that is not locked any more, and is removed when the same file is written again.
"""

import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from specquant.errors import OutputError
from specquant.interrupts import interrupts_wait, taken

try:
    import fcntl
except ImportError:  # a system without POSIX locks: what a killed process left stays there
    fcntl = None  # type: ignore[assignment]

CHECKPOINT = ".checkpoint"
"""Suffix of files that unfinished work goes on from."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""Errors of disks that are full, or full for this user."""

_NO_FOLDER = "output folder cannot be written"

_PARTIAL = ".partial"

_LONGEST_NAME = 255
"""Bytes that the name of a file has at most, on all common file systems."""

_PROBE_BYTES = 1 << 20
"""Written to see whether there is room, once writing has failed. Chosen: more than is ever written at a time."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""What is not a plain file, in words."""


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | str | None] = ()) -> list[Path]:
    """Refuse outputs that would destroy something or cannot be written, before any work is done for them.

    Parameters
    ----------
    outputs
        Files that will be written; None stands for one that is not asked for.
    inputs
        Files and folders that are read; what is not a path of anything is passed over.

    Returns
    -------
        Outputs that there are already: they will be replaced.

    Raises
    ------
    OutputError
        If an output is one of the inputs, by whatever name, lies in a folder of inputs, is a checkpoint, read-only or
        no plain file, is named twice, or its folder cannot be written to.
    """
    wanted = [path for path in outputs if path is not None]
    read = [Path(path) for path in inputs if path is not None]
    seen: set[Path] = set()
    probed: set[Path] = set()
    for path in wanted:
        if path.suffix == CHECKPOINT:
            _refuse(path, "is the name of a checkpoint", "another suffix")
        check_plain(path)
        resolved = followed(path.parent) / path.name
        if resolved in seen:
            _refuse(path, "is named as two outputs")
        seen.add(resolved)
        if path.exists():
            _check_no_input(path, read)
            if not os.access(path, os.W_OK):
                _refuse(path, "is read-only")
        if path.parent not in probed:
            probe_folder(path.parent)
            probed.add(path.parent)
    return [path for path in wanted if path.exists()]


def followed(path: Path) -> Path:
    """Return a path with every link in it followed, links in a circle as far as they go: `Path.resolve` raises."""
    return Path(os.path.realpath(path))


def check_plain(path: Path) -> None:
    """Raise OutputError if there is something under a name that is not a plain file."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    if stat.S_ISDIR(mode):
        raise OutputError("is a folder", where=path, wanted="a file name", todo="Add a file name to --out.")
    if not stat.S_ISREG(mode):
        _refuse(path, f"is {_KINDS.get(stat.S_IFMT(mode), 'no plain file')}", "a plain file, or a name that is free")


def _check_no_input(path: Path, read: Sequence[Path]) -> None:
    for given in read:
        with suppress(OSError):
            if given.is_dir():
                if followed(given) in followed(path).parents:
                    _refuse(path, f"lies among the inputs, in {given}")
            elif given.exists() and path.samefile(given):
                _refuse(path, "is one of the inputs" if path == given else f"is one of the inputs, {given}")


def _refuse(path: Path, what: str, wanted: str | None = None) -> NoReturn:
    raise OutputError(f"{what}, and is not written to", where=path, wanted=wanted, todo="Choose another place.")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary neighbour of `path` to write to; rename it on success, remove it on any failure.

    Raises
    ------
    OutputError
        If there is something else than a plain file under the name, the folder does not exist and cannot be made, or
        it cannot be written to.
    """
    make_folder(path.parent)
    check_plain(path)
    with taken(lambda: _begin(path), _removed) as (partial, descriptor):
        try:
            yield partial
            with interrupts_wait():
                _finish(partial, descriptor, path)
        except OSError as error:
            raise cannot_write(path, _full(descriptor) or error) from error
        except RuntimeError as error:
            if full := _full(descriptor):  # libraries in C hide the reason
                raise cannot_write(path, full) from error
            raise


def partial_name(path: Path) -> Path:
    """Return a name beside `path` that nobody else uses."""
    ending = f".{secrets.token_hex(4)}{_PARTIAL}"
    return path.with_name(_stem(path) + ending)


def _stem(path: Path) -> str:
    """Return what names of partial files of a path begin with, short enough for a token and suffix behind it."""
    name = os.fsencode(f".{path.name}")
    return os.fsdecode(name[: _LONGEST_NAME - len(_PARTIAL) - 9])


def _begin(path: Path) -> tuple[Path, int]:
    """Return a new partial file of a path and its descriptor."""
    _remove_left_over(path)
    partial = partial_name(path)
    try:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise cannot_write(path, error) from error
    _lock(descriptor)
    return partial, descriptor


def _finish(partial: Path, descriptor: int, path: Path) -> None:
    """Put the partial file in place, once it is on the disk."""
    _lock(descriptor)  # closing the file anywhere in the process has let go of it
    os.fsync(descriptor)
    check_plain(path)
    partial.replace(path)


def _remove_left_over(path: Path) -> None:
    """Remove partial files of a path that no process holds: those that a killed one left."""
    stem = _stem(path)
    with suppress(OSError):
        for other in path.parent.iterdir():
            token = other.name.removeprefix(stem).removesuffix(_PARTIAL)
            if other.name == f"{stem}{token}{_PARTIAL}" and len(token) == 9 and not _is_held(other):
                other.unlink(missing_ok=True)


_mine: set[int] = set()
"""Descriptors of the partial files that this process writes: it would not see its own locks."""


def _is_held(partial: Path) -> bool:
    if fcntl is None:
        return True
    try:
        status = partial.lstat()
        if not stat.S_ISREG(status.st_mode) or any(os.path.samestat(os.fstat(mine), status) for mine in _mine):
            return True
        descriptor = os.open(partial, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock(descriptor: int) -> None:
    """Hold a file by a POSIX lock, which the HDF5 library, having its own kind, does not see."""
    _mine.add(descriptor)
    if fcntl is not None:
        with suppress(OSError):
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _removed(begun: tuple[Path, int]) -> None:
    """Close a partial file, and remove it if it is still there."""
    partial, descriptor = begun
    _mine.discard(descriptor)
    os.close(descriptor)
    with suppress(OSError):
        partial.unlink(missing_ok=True)


def _full(descriptor: int) -> OSError | None:
    """Return the error of a full disk, if there is no room any more: libraries give all kinds of reasons for it."""
    try:
        end = os.lseek(descriptor, 0, os.SEEK_END)
        try:
            written = os.pwrite(descriptor, bytes(_PROBE_BYTES), end)
        finally:
            os.ftruncate(descriptor, end)
        if written < _PROBE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        return error if error.errno in (*_NO_ROOM, errno.EFBIG) else None
    return None


def cannot_write(path: Path, error: Exception, what: str = "cannot be written") -> OutputError:
    """Return the error of an output that cannot be written, by the reason that the system gives."""
    reason = getattr(error, "strerror", None) or error
    full = getattr(error, "errno", None) in _NO_ROOM
    todo = "Make room there, and give the same command again." if full else "Choose another place with --out."
    return OutputError(what, where=path, found=reason, todo=todo)


def probe_folder(folder: Path) -> None:
    """Raise OutputError unless a file can be made in a folder, or in the nearest one above it that there is.

    The file that is made for it has no name where the system allows that, and otherwise one of its own.
    """
    try:
        above = folder
        while not above.exists() and above != above.parent:
            above = above.parent
        with tempfile.TemporaryFile(dir=above) as probe:
            probe.write(b"0")
    except (OSError, ValueError) as error:
        raise cannot_write(folder, error, _NO_FOLDER) from error


def make_folder(folder: Path) -> Path:
    """Make a folder with its parents and return it.

    Raises
    ------
    OutputError
        If it cannot be made, or is not writable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error, _NO_FOLDER) from error
    probe_folder(folder)
    return folder
