"""Reading a file in another process, which may hang or crash: libhdf5 does, on some damaged files."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from specquant.errors import ReadError
from specquant_xps.readers.surveys import Scan

SECONDS = 60
"""s for one file; a NeXus file with a hundred scans takes one."""

_CHILD = "import sys; from specquant_xps.readers.apart import answer; answer(*sys.argv[1:])"


def scans_apart(read: Callable[[Path], list[Scan]], path: Path) -> list[Scan]:
    """Return ``read(path)``, worked out by another process.

    Parameters
    ----------
    read
        A function of a module, that the other process can import.
    path
        The file.

    Raises
    ------
    ReadError
        What `read` raises; or if the other process does not end in time, or crashes.
    """
    command = [sys.executable, "-c", _CHILD, read.__module__, read.__qualname__, str(path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        ended = subprocess.run(command, capture_output=True, timeout=SECONDS, env=env, check=False)
    except subprocess.TimeoutExpired as error:
        raise damaged(path, f"no end of reading after {SECONDS} s") from error
    if ended.returncode:
        last_line = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise damaged(path, " ".join([f"reading it ended with code {ended.returncode}", *last_line]))
    result: list[Scan] | dict[str, str | None] = pickle.loads(ended.stdout)
    if isinstance(result, dict):
        raise ReadError(str(result.pop("what")), **result)
    return result


def answer(module: str, name: str, path: str) -> None:
    """Print what a function makes of a path, for `scans_apart`: pickled scans, or the parts of a ReadError."""
    try:
        result: object = getattr(import_module(module), name)(Path(path))
    except ReadError as error:
        parts = {"where": error.where, "found": error.found, "wanted": error.wanted, "todo": error.todo}
        result = {"what": error.what, **{key: None if part is None else str(part) for key, part in parts.items()}}
    sys.stdout.buffer.write(pickle.dumps(result))


def damaged(path: Path, found: str) -> ReadError:
    """Return the error of a file that HDF5 cannot read, with what was found."""
    return ReadError("is a damaged HDF5 file", where=path, found=found, todo="Export it again.")
