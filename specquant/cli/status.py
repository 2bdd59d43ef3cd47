"""One line on standard error that says what is going on; it goes as soon as there is something to print.

It is shown on a terminal that can rewrite a line, with the seconds that it takes; elsewhere each is a line of its own,
where that is asked for.
"""

import os
import shutil
import sys
import threading
import time
from contextlib import suppress
from typing import TextIO

from specquant.terminal import shown

_ERASE = "\r\x1b[2K"
"""Goes to the start of a line of a terminal and erases it."""

_PULSE = 1.0
"""Seconds between two signs of life: as long as a person waits without wondering."""

_NARROWEST = 20
"""Columns that a terminal has at least, whatever it says."""


def rewrites(stream: TextIO) -> bool:
    """Say whether a stream is a terminal on which a line can be rewritten; with TERM=dumb none is."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Status:
    """What is going on, on a stream.

    Parameters
    ----------
    stream
        A terminal, or what has lines.
    lines
        Whether to write a line each where the stream is not a terminal.
    """

    def __init__(self, stream: TextIO, lines: bool = False) -> None:
        self._stream, self._lock = stream, threading.Lock()
        self._live = rewrites(stream)
        self._lines = lines and not self._live
        self._text, self._since, self._pulse = "", 0.0, threading.Event()

    def doing(self, text: str) -> None:
        """Say what is going on now."""
        if self._lines and text != self._text:
            self._text = text
            self._write(f"{text} ...\n")
        if not self._live:
            return
        with self._lock:
            self._text, self._since = text, time.monotonic()
            self._show()
        if not self._pulse.is_set():
            self._pulse.set()
            threading.Thread(target=self._keep_alive, daemon=True).start()

    def clear(self) -> None:
        """Take the line away."""
        with self._lock:
            if self._live and self._text:
                self._write(_ERASE)
            self._text = ""

    def _keep_alive(self) -> None:
        """Count the seconds of what is going on, until there is nothing for as long as a pulse."""
        while True:
            time.sleep(_PULSE)
            with self._lock:
                if not self._text:
                    self._pulse.clear()
                    return
                self._show()

    def _show(self) -> None:
        seconds = int(time.monotonic() - self._since)
        text = shown(f"{self._text} ..." + (f" {seconds} s" if seconds else ""), self._stream.encoding or "utf-8")
        width = max(shutil.get_terminal_size().columns, _NARROWEST) - 1
        self._write(_ERASE + (text if len(text) <= width else f"{text[: width - 1]}~"))

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


_of_command: list[Status] = []
"""That of the command that runs, if one does."""


def begin_status(lines: bool = False) -> None:
    """Begin to say on standard error what is going on; `lines`: also where that is not a terminal."""
    _of_command[:] = [] if sys.stderr is None else [Status(sys.stderr, lines)]


def doing(text: str) -> None:
    """Say what is going on now."""
    for status in _of_command:
        status.doing(text)


def clear_status() -> None:
    """Take away the line that says what is going on: something else is written, or the command ends."""
    for status in _of_command:
        status.clear()
