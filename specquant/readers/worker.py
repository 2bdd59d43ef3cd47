"""The process in which foreign readers run: started once, replaced when it dies, never trusted.

Files are taken apart by code that is not ours, some of it in C, which a damaged file can crash, hang or fill with
gigabytes. All of it happens in another process: an isolated interpreter with a folder, a path of modules and limits of
its own. Its death is an error about the file it read.
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from specquant.errors import ContractError, PluginError, ReadError, SpecquantError, SpectrumError
from specquant.readers import launching
from specquant.readers.limits import Limits, limits_for
from specquant.readers.wire import BrokenMessageError, read_message, read_spectra, write_message
from specquant.technique import RawSpectrum, Reader
from specquant.validation import InstalledReader

_START_SECONDS = 60.0
"""s until the process has to be ready: importing takes one, from a slow disk ten. Chosen."""

_RESTART_SECONDS = 0.25
"""s of a file's time that a part costs at least which ends the process: what starting another takes. Chosen."""

_PIPE = 1 << 20
"""Bytes that a pipe holds, where the system lets it: 1 MiB, the most that Linux gives. Chosen, for maps."""

_END_SECONDS = 2.0
"""s that a process which has nothing more to do gets to end by itself; chosen."""

_ERRORS: Mapping[str, type[SpecquantError]] = {
    error.__name__: error for error in (ReadError, SpectrumError, ContractError, PluginError)
}
"""Errors that readers raise, by name."""

Answer = TypeVar("Answer")

_serving = False
"""Whether this process is the one that reads for another."""


class _Worker:
    """One process that reads files, and how to talk to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.timed_out = False
        self.part: str | None = None
        self.spent = 0.0
        self._folder = Path(tempfile.mkdtemp(prefix="specquant-"))
        with (self._folder / "stderr").open("wb") as told:
            self._process = subprocess.Popen(
                launching.command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                cwd=self._folder,
                env=launching.environment(self._folder),
                start_new_session=True,
            )
        _widen(self._process.stdout)
        self._ready = False

    def wait_ready(self) -> None:
        """Wait until the process can work; raises BrokenMessageError if it dies before."""
        answers = cast(BufferedReader, self._process.stdout)
        if not self._ready:
            self._wait(lambda: read_message(answers), _START_SECONDS)
            self._ready = True

    def ask(self, request: Mapping[str, Any], limits: Limits) -> list[RawSpectrum]:
        """Return the spectra that the process answers with.

        Meanwhile, `part` is where in the file it is, and `spent` the seconds that it had computed before this file.

        Raises
        ------
        SpecquantError
            If it answers with one.
        BrokenMessageError
            If it dies, or answers anything else.
        """
        requests, answers = cast(BinaryIO, self._process.stdin), cast(BufferedReader, self._process.stdout)
        self.part = None
        write_message(requests, request)

        def answer() -> list[RawSpectrum]:
            while "part" in (content := read_message(answers)):
                self.part, self.spent = str(content["part"]), float(content["spent"])
            if "error" in content:
                raise _error(content)
            return read_spectra(answers, content, limits)

        return self._wait(answer, limits.waiting)

    def _wait(self, receive: Callable[[], Answer], seconds: float) -> Answer:
        """Return what is received, or kill the process once it takes too long."""

        def kill() -> None:
            self.timed_out = True
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            return receive()
        finally:
            timer.cancel()

    @property
    def ready(self) -> bool:
        """Whether the process began to work at all."""
        return self._ready

    def end(self, at_once: bool = False) -> int:
        """End the process, remove its folder, and return its exit code."""
        if os.getpid() != self.owner:
            return 0
        if at_once:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        return code

    def last_words(self) -> str:
        """Return the last line that a process which could not start left."""
        lines = (self._folder / "stderr").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"


class _Holder:
    """The one process that serves this one, if there is one yet."""

    def __init__(self) -> None:
        self.worker: _Worker | None = None
        self.lock = threading.Lock()

    def current(self) -> _Worker:
        if self.worker is None or self.worker.owner != os.getpid():
            if self.worker is None:
                atexit.register(self.end)
            self.worker = _Worker()
        return self.worker

    def end(self, at_once: bool = False) -> int:
        worker, self.worker = self.worker, None
        return 0 if worker is None else worker.end(at_once)


_HOLDER = _Holder()


def start() -> None:
    """Start the process if it does not run, without waiting until it is ready."""
    if not _serving:
        with _HOLDER.lock:
            _HOLDER.current()


def end() -> None:
    """End the process if it runs; the next file starts another."""
    with _HOLDER.lock:
        _HOLDER.end()


def read_apart(reader: Reader, path: Path) -> list[RawSpectrum]:
    """Return what a foreign reader reads from a file, worked out by another process.

    Where a part of the file ends the process (see `specquant.readers.parts`), the others are read again without it, as
    long as the file's time lasts.

    Parameters
    ----------
    reader
        Its `read` is found by module and name.
    path
        The file.

    Raises
    ------
    SpecquantError
        What the reader raises; ReadError if the process dies, takes too long, or answers nonsense.
    """
    if _serving:
        return list(reader.read(path))
    request = _request(reader, path)
    limits, lost = limits_for(request["size"]), dict[str, str]()
    with _HOLDER.lock:
        while True:
            outcome = _attempt(request | {"lost": lost, "seconds": limits.seconds}, limits, reader, path)
            if not isinstance(outcome, _Death):
                return outcome
            limits = limits.after(outcome.seconds)
            if outcome.part is None or outcome.part in lost or limits.seconds <= 0:
                raise outcome.error
            lost[outcome.part] = str(outcome.error.found)


def _request(reader: Reader, path: Path) -> dict[str, Any]:
    """Return what the process has to know of a file and its reader."""
    module, name, keywords = reader.address()
    return {
        "reader": reader.name,
        "module": module,
        "name": name,
        "keywords": keywords,
        "path": os.path.abspath(path),  # noqa: PTH100 - links stay as they are, neighbours are found beside them
        "shown": str(path),
        "packages": {package: launching.root(package) for package in {module.partition(".")[0]} - {"specquant"}},
        "size": path.stat().st_size,
        "plugin": {"origin": reader.origin, "units": dict(reader.units)} if isinstance(reader, InstalledReader) else {},
    }


@dataclass(frozen=True)
class _Death:
    """The end of the process at a file: what is said of it, at which part, and after how many seconds of computing."""

    error: ReadError
    part: str | None
    seconds: float


def _attempt(request: Mapping[str, Any], limits: Limits, reader: Reader, path: Path) -> list[RawSpectrum] | _Death:
    """Ask the process, and return how it died if it does."""
    worker, before = _HOLDER.current(), _children_seconds()
    try:
        worker.wait_ready()
        return worker.ask(request, limits)
    except (BrokenMessageError, OSError) as error:
        words = "" if worker.ready else worker.last_words()
        code = _HOLDER.end()
        if not worker.ready:
            raise ReadError("cannot be read: no process for it could start", where=path, found=words) from error
        seconds = limits.seconds if worker.timed_out else _children_seconds() - before - worker.spent
        death = _death(reader, path, code, worker.timed_out, limits)
        return _Death(death, worker.part, max(seconds, _RESTART_SECONDS))
    except BaseException as error:
        if not isinstance(error, SpecquantError):
            _HOLDER.end(at_once=True)  # an answer that nobody waits for any more would be the next file's
        raise


def _widen(pipe: object) -> None:
    """Let a pipe hold more, where the system knows how, and the user's share of pipes is not used up."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(cast(BinaryIO, pipe), fcntl.F_SETPIPE_SZ, _PIPE)


def _children_seconds() -> float:
    """Return the seconds of computing of all processes that this one started and that ended."""
    times = os.times()
    return times.children_user + times.children_system


def _death(reader: Reader, path: Path, code: int, timed_out: bool, limits: Limits) -> ReadError:
    """Return what has to be said of a file at which the process died."""
    name = signal.Signals(-code).name if code < 0 and -code in signal.valid_signals() else ""
    if timed_out or name == "SIGXCPU":
        return ReadError(
            "takes too long to read",
            where=path,
            found=f"no end of the {reader.name} reader after {limits.waiting if timed_out else limits.seconds:.0f} s",
            todo="The file may be damaged; export it again, or as text.",
        )
    end = f"the {reader.name} reader crashed ({name})" if name else f"the {reader.name} reader broke off"
    return ReadError("is damaged", where=path, found=end, todo="Copy the file again, or export it as text.")


def _error(content: Mapping[str, Any]) -> SpecquantError:
    """Return an error of specquant's own as the process reports it."""
    kind = _ERRORS.get(str(content["error"]), ReadError)
    parts = {key: None if content.get(key) is None else str(content[key]) for key in ("where", "found", "wanted")}
    todo = content.get("todo")
    return kind(str(content.get("what")), **parts, todo=None if todo is None else str(todo))
