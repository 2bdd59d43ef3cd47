"""The process that computes: it takes requests one by one and answers each, and it can be interrupted."""

import os
import queue
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from specquant.arraykinds import hide_unused
from specquant.threads import use_one_thread

if TYPE_CHECKING:
    from specquant.app.bench import Bench


def work(pipe: Connection) -> None:
    """Answer requests until the other end of the pipe is closed."""
    hide_unused()
    use_one_thread()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the process that serves, and that ends this one
    _Loop(pipe).run()


class _Loop:
    """Requests in the order in which they come, in the main thread; a second thread hears of the next.

    One that is said part by part makes room, after each part, for those that came meanwhile.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: queue.Queue[tuple[int, str, dict[str, Any]]] = queue.Queue()
        self._lock = threading.Lock()
        self._current = 0
        self._cancelled: set[int] = set()

    def run(self) -> None:
        threading.Thread(target=self._hear, daemon=True).start()
        from specquant.app.bench import Bench

        bench = Bench()
        for step in bench.warming():
            while not self._waiting.empty():
                self._answer(bench, *self._waiting.get())
            step()
        while True:
            self._answer(bench, *self._waiting.get())

    def _hear(self) -> None:
        """Pass requests on, and interrupt the main thread where it works on one that is cancelled."""
        while True:
            try:
                what, number, kind, content = self._pipe.recv()
            except (EOFError, OSError):
                os._exit(0)  # nobody is left who would read an answer
            if what == "ask":
                self._waiting.put((number, kind, content))
                continue
            with self._lock:
                self._cancelled.add(number)
                if number == self._current:
                    _interrupt()

    def _answer(self, bench: "Bench", number: int, kind: str, content: dict[str, Any]) -> None:
        from specquant.errors import SpecquantError

        outer = self._current
        try:
            try:
                self._begin(number)
                result = bench.answer(kind, content, lambda part: self._told(bench, number, part))
            finally:
                self._end(outer)
            self._say(number, "done", result)
        except KeyboardInterrupt:
            self._say(number, "cancelled", None)
        except SpecquantError as error:
            self._say(number, "failed", bench.named(str(error), content))
        except Exception as error:  # a mistake of ours or of a plug-in's must not end the process
            self._say(number, "failed", f"unexpected error: {type(error).__name__}: {error}"[:400])

    def _told(self, bench: "Bench", number: int, part: Any) -> None:
        """Say a part of an answer, and answer what somebody waits for before going on."""
        self._say(number, "part", part)
        while not self._waiting.empty():
            self._answer(bench, *self._waiting.get())
        if number in self._cancelled:
            raise KeyboardInterrupt

    def _begin(self, number: int) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with self._lock:
            self._current = number
            if number in self._cancelled:
                raise KeyboardInterrupt

    def _end(self, outer: int) -> None:
        """Go back to the request that was interrupted for this one, or to none."""
        with self._lock:
            self._current = outer
            if not outer:
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _say(self, number: int, what: str, content: Any) -> None:
        with suppress(OSError):
            self._pipe.send((number, what, content))


def _interrupt() -> None:
    """Raise KeyboardInterrupt in the main thread."""
    import _thread

    _thread.interrupt_main()
