"""What the process does that reads files for another: see `specquant.readers.worker`.

Before it reads anything it gives up what reading does not need: files are written in its own folder only, no process is
started, no connection opened, nothing unpickled. That holds for code in Python; code in C that a file takes over can do
what the user can.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any, BinaryIO

from specquant.errors import ReadError, SpecquantError
from specquant.readers import worker
from specquant.readers.limits import Limits, limits_for
from specquant.readers.parts import READING
from specquant.readers.wire import BrokenMessageError, read_message, write_message, write_spectra
from specquant.technique import RawSpectrum
from specquant.validation import InstalledReader, check_read

if sys.platform == "win32":
    resource = None
else:
    import resource

_REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")
"""Events of Python that reading a file never needs, by how their names begin."""

_UNPICKLED = ("_operator", "dask", "numba", "numpy", "rsciio")
"""Packages with names that may be unpickled: dask copies its own tasks in that way, and numba, which keeps what it
compiled in the process's own folder, its index; RosettaSciIO uses both."""

_HARMLESS = (("builtins", "object"), ("copyreg", "_reconstructor"))
"""Further names that numba's index needs: they make an object of a class that is allowed."""

_LARGEST_OUTPUT = 1 << 27
"""Bytes of a file that the process may write: 128 MiB, more than a file of an archive may have. Chosen."""

_PART = 0.5
"""Share of the time that is left of a file that one part of it may take: the others are to be read too. Chosen."""

_MOST_FILES = 256
"""Files that the process may have open; chosen, ample."""


def serve(roots: dict[str, str]) -> None:
    """Read files as they are asked for, until nobody asks any more.

    Parameters
    ----------
    roots
        Folder of every package that is not among the site packages; requests add to it.
    """
    requests, answers = _own_pipes()
    worker._serving = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Path.cwd()
    _confine(folder)
    try:
        write_message(answers, {"ready": True})
        while True:
            request = read_message(requests)
            roots |= request["packages"]
            _answer(request, answers)
    except (BrokenMessageError, OSError):  # nobody asks or listens any more
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # the process that asked may have been killed


def _own_pipes() -> tuple[BufferedReader, BufferedWriter]:
    """Return the pipes of requests and answers, out of the way of whatever reads or prints."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    return pipes


def _confine(folder: Path) -> None:
    """Give up what reading does not need."""
    if resource is not None:
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_FSIZE, _LARGEST_OUTPUT)
        _lower(resource.RLIMIT_NOFILE, _MOST_FILES)
    here = f"{folder}{os.sep}"

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"{event} is not for a process that reads files")
        if event == "pickle.find_class" and not _is_unpickled(*map(str, arguments)):
            raise PermissionError("nothing of a file is unpickled")
        if event == "open" and _writes(arguments) and not _inside(arguments[0], here):
            raise PermissionError("files are written in the process's own folder only")

    sys.addaudithook(refuse)


def _is_unpickled(module: str, name: str) -> bool:
    return module.partition(".")[0] in _UNPICKLED or (module, name) in _HARMLESS


def _writes(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2] if len(arguments) > 2 and isinstance(arguments[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))


def _inside(path: object, folder: str) -> bool:
    if isinstance(path, int) or path == os.devnull:
        return True
    return os.path.realpath(os.fsdecode(path)).startswith(folder)  # type: ignore[arg-type]


def _answer(request: Mapping[str, Any], answers: BinaryIO) -> None:
    """Read one file and write what came of it."""
    limits = replace(limits_for(int(request["size"])), seconds=float(request["seconds"]))
    try:
        with _limited(limits):
            READING.lost = request["lost"]
            READING.say = partial(_begin_part, answers, time.process_time(), limits.seconds)
            function = getattr(import_module(request["module"]), request["name"])
            returned = function(Path(request["path"]), **request["keywords"])
            spectra = _checked(returned, function, request) if request["plugin"] else list(returned)
            write_spectra(answers, spectra, limits)
    except SpecquantError as error:
        write_message(answers, _told(error, request))
    except MemoryError:
        write_message(answers, _told(_too_large(limits), request))
    except OSError as error:
        write_message(answers, _told(ReadError("cannot be read", found=error.strerror or "it is damaged"), request))
    except Exception as error:  # a damaged file may break a reader anywhere
        failed = ReadError(
            f"the {request['reader']} reader{_of_plugin(request)} failed",
            found=f"content that it does not know ({type(error).__name__})",
            todo="The file may be damaged; export it again, or as two-column text.",
        )
        write_message(answers, _told(failed, request))


def _of_plugin(request: Mapping[str, Any]) -> str:
    return f" of {request['plugin']['origin']}" if request["plugin"] else ""


def _checked(returned: object, function: Callable[..., Any], request: Mapping[str, Any]) -> list[RawSpectrum]:
    """Return what a plug-in's reader gave, if it is spectra."""
    reader = InstalledReader(request["reader"], (), bool, function, foreign=True, **request["plugin"])
    return check_read(returned, reader, request["shown"])


@contextmanager
def _limited(limits: Limits) -> Iterator[None]:
    """Limit the time and memory of what is done inside; what runs out of time is ended by the system."""
    if resource is None:  # Windows: the asking process ends this one when its time on the clock is over
        yield
        return
    before = _address_space()
    _lower(resource.RLIMIT_CPU, int(time.process_time() + limits.seconds) + 1)
    if before:
        _lower(resource.RLIMIT_AS, before + limits.memory)
    try:
        yield
    finally:
        for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (hard, hard))


def _begin_part(answers: BinaryIO, began: float, seconds: float, number: int) -> None:
    """Say which part of a file comes next; it may take a share of what is left of the seconds since it began."""
    write_message(answers, {"part": number, "spent": began})
    if resource is not None:
        used = time.process_time()
        _lower(resource.RLIMIT_CPU, int(used + _PART * (began + seconds - used)) + 1)


def _lower(kind: int, most: int) -> None:
    """Set a limit of this process, no higher than the system allows; it can be taken back."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _address_space() -> int:
    """Return the bytes of address space that this process has; 0 where the system does not say (only Linux does)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return 0
    return pages * resource.getpagesize()


def _too_large(limits: Limits) -> ReadError:
    return ReadError(
        "claims more data than it can hold",
        found=f"more than {limits.memory / 2**30:.1f} GiB of memory to read it",
        todo="Copy the file again, or export it as text.",
    )


def _told(error: SpecquantError, request: Mapping[str, Any]) -> dict[str, str | None]:
    """Return an error as a message; the file is called what the user calls it."""
    where = request["shown"] if error.where is None else str(error.where).replace(request["path"], request["shown"])
    parts = {"where": where, "found": error.found, "wanted": error.wanted, "todo": error.todo}
    return {
        "error": type(error).__name__,
        "what": error.what,
        **{key: None if part is None else str(part) for key, part in parts.items()},
    }
