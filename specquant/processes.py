"""Work on independent items in processes, with results in order: what ``--jobs`` does.

Processes are forked, so that each begins with all that its parent has loaded. Where a system cannot fork safely,
everything happens in one process. A process that is killed is replaced; all of them end with their parent, however that
ends.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, Generic, TypeVar

from specquant.errors import SettingError
from specquant.interrupts import ENDING, raise_if_interrupted

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Items in work or waiting for every process: chosen, so that none idles while results are taken in order."""

_MOST_BREAKS = 4
"""Times in a row that processes may die before any result comes: chosen, a busy system may kill some."""

_work: Callable[[Any], Any] | None = None
"""What a forked process works by: it cannot be sent through a pipe."""


def can_fork() -> bool:
    """Return whether work can be done in several processes here: on macOS, libraries that were used do not survive."""
    return sys.platform != "darwin" and "fork" in multiprocessing.get_all_start_methods()


def ordered(work: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Yield what `work` returns for every item, in order; with more than one job in as many processes at once.

    An exception of `work` is raised in place of its result, and ends the iteration. Items of a process that is killed
    are given to another.

    Raises
    ------
    SettingError
        If processes die again and again.
    """
    if jobs < 2 or not can_fork():
        yield from map(work, items)
        return
    pool = _Pool(work, jobs)
    try:
        rest = iter(items)
        waiting = deque((item, pool.submit(item)) for item in islice(rest, _AHEAD * jobs))
        breaks = 0
        while waiting:
            try:
                result = waiting[0][1].result()
            except BrokenProcessPool as error:
                raise_if_interrupted()  # by what ended the processes as well
                breaks += 1
                if breaks == _MOST_BREAKS:
                    raise _dying(waiting[0][0], jobs) from error
                pool.renew()
                waiting = deque((item, future if _is_done(future) else pool.submit(item)) for item, future in waiting)
                continue
            breaks = 0
            waiting.popleft()
            waiting.extend((item, pool.submit(item)) for item in islice(rest, 1))
            yield result
    finally:
        pool.end()


class _Pool(Generic[T, R]):
    """Forked processes that work on items, and the pipe by which they see that their parent has died."""

    def __init__(self, work: Callable[[T], R], jobs: int) -> None:
        self._jobs, self._arguments = jobs, (work, *os.pipe())
        self._pool = self._forked()

    def submit(self, item: T) -> "Future[R]":
        """Give an item to one of them; if they have died, what is returned says so."""
        try:
            return self._pool.submit(_worked, item)
        except BrokenProcessPool as error:
            lost: Future[R] = Future()
            lost.set_exception(error)
            return lost

    def renew(self) -> None:
        """Replace them by others, which have nothing to do yet."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._forked()

    def end(self) -> None:
        """End them, without what they have not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for end in self._arguments[1:]:
            os.close(end)

    def _forked(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_begin, initargs=self._arguments)


def _begin(work: Callable[[Any], Any], alive: int, parents_end: int) -> None:
    """Leave interrupts to the parent, and compute with one thread: a forked process has none of its parent's.

    SIGTERM ends it: by that, a pool ends its processes. So does the end of the parent, which alone keeps its end of a
    pipe open: a process that outlived it would wait for ever.
    """
    global _work
    _work = work
    os.close(parents_end)
    threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)


def _end_with_parent(alive: int) -> None:
    """Wait until nobody has the other end of a pipe, and end this process."""
    os.read(alive, 1)
    os._exit(1)


def _worked(item: Any) -> Any:
    assert _work is not None
    return _work(item)


def _is_done(future: "Future[Any]") -> bool:
    """Return whether there is a result, or an exception of the work itself."""
    return future.done() and not isinstance(future.exception(), BrokenProcessPool)


def _dying(item: object, jobs: int) -> SettingError:
    return SettingError(
        "processes are killed before their work is done",
        where=f"--jobs {jobs}",
        found=f"{_MOST_BREAKS} times, at {item} or soon after",
        todo="The system kills processes where memory is short: give fewer jobs.",
    )
