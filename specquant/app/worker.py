"""The process that computes, seen from the one that serves: started, asked, interrupted, and started again."""

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from specquant.app.working import work

Answer = tuple[int, str, Any]
"""Number of a request; ``part``, ``done``, ``failed`` or ``cancelled``; and what belongs to it."""

ENDED = "ended"
"""What is said in place of an answer once the process has ended by itself."""


class Worker:
    """A process that computes, and what it answers.

    Parameters
    ----------
    answered
        Called with every answer, in a thread of its own; with ``(0, ENDED, None)`` once the process is no more.
    """

    def __init__(self, answered: Callable[[Answer], None]) -> None:
        self._answered = answered
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def start(self) -> None:
        """Start the process, which begins to load what it computes with; do not wait for it."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True, name="specquant-app-worker")
        self._process.start()
        theirs.close()
        threading.Thread(target=self._listen, args=(self._pipe,), daemon=True).start()

    def ask(self, number: int, kind: str, content: dict[str, Any]) -> None:
        """Send a request; it is answered once those before it are."""
        self._send(("ask", number, kind, content))

    def cancel(self, number: int) -> None:
        """End a request that is being worked on, or pass it over."""
        self._send(("cancel", number, "", {}))

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.join(timeout=2.0)

    def _send(self, message: tuple[str, int, str, dict[str, Any]]) -> None:
        try:
            if self._pipe is not None:
                self._pipe.send(message)
        except OSError:
            pass  # it has ended: the listener says so

    def _listen(self, pipe: Connection) -> None:
        while True:
            try:
                answer = pipe.recv()
            except (EOFError, OSError):
                if self._process is not None:
                    self._answered((0, ENDED, None))
                return
            self._answered(answer)
