"""One process at a place: a lock for folders and files that several commands must not write at once.

The lock is the kernel's (`flock`), so it ends with the process that holds it, however that ends: processes that are
forked from it let go of it at once. The file that bears it is removed with it; one that a killed process left does not
count.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from specquant.errors import OutputError
from specquant.files import check_plain, make_folder
from specquant.interrupts import taken

try:
    import fcntl
except ImportError:  # a system without flock
    fcntl = None  # type: ignore[assignment]

_UNKNOWN = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""Errors of file systems that know no locks: work goes on without."""

_MOST_BYTES = 32
"""Read of a lock file: it holds the number of a process."""

_held: set[int] = set()
"""Descriptors of the lock files of this process."""


@contextmanager
def only_process(path: Path) -> Iterator[None]:
    """Be the only process that writes a file, or into a folder, inside the block.

    Parameters
    ----------
    path
        A file, which there need not be, or a folder that there is.

    Raises
    ------
    OutputError
        If another process has the place, or no lock can be made there.
    """
    if fcntl is None:
        yield
        return
    lock = path / ".specquant.lock" if path.is_dir() else path.with_name(f".{path.name[:240]}.lock")
    new = [folder for folder in (lock.parent, *lock.parent.parents) if not folder.exists()]
    make_folder(lock.parent)
    check_plain(lock)

    def release(descriptor: int) -> None:
        with suppress(OSError):
            lock.unlink(missing_ok=True)
        _held.discard(descriptor)
        os.close(descriptor)
        with suppress(OSError):  # folders that hold nothing in the end
            for folder in new:
                folder.rmdir()

    def take() -> int:
        descriptor = _locked(lock, path)
        _held.add(descriptor)
        return descriptor

    with taken(take, release):
        yield


def _let_go() -> None:
    """Close what a forked process has of its parent's locks, which would last as long as it does."""
    while _held:
        os.close(_held.pop())


if fcntl is not None:
    os.register_at_fork(after_in_child=_let_go)


def _locked(lock: Path, path: Path) -> int:
    """Return the descriptor of a lock file that this process alone has locked."""
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise OutputError("cannot be locked", where=path, found=error.strerror) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, _MOST_BYTES).decode("ascii", "replace").strip()
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise OutputError(
                    "another process of specquant is writing it",
                    where=path,
                    found=f"process {holder}" if holder.isdigit() else None,
                    todo="Wait for it to end, or choose another place with --out.",
                ) from error
            if error.errno in _UNKNOWN:
                return os.open(lock, os.O_RDWR)
            raise OutputError("cannot be locked", where=path, found=error.strerror) from error
        if _is_still(lock, descriptor):
            with suppress(OSError):  # a full disk: the lock holds without the number
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            return descriptor
        os.close(descriptor)


def _is_still(lock: Path, descriptor: int) -> bool:
    """Return whether the file that was locked is still the one under the name: its last holder may have removed it."""
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
