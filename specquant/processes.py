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
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from specquant.errors import SettingError
from specquant.interrupts import ENDING, raise_if_interrupted

T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_AHEAD = 4
"""Items in work or waiting for every process: chosen, so that none idles while results are taken in order."""

MOST_BREAKS = 4
"""Times in a row that workers may die before any result comes: chosen, a busy system may kill some."""

_work: Callable[[Any], Any] | None = None
"""What a forked process works by: it cannot be sent through a pipe."""


def can_fork() -> bool:
    """Return whether work can be done in several processes here: on macOS, libraries that were used do not survive."""
    return sys.platform != "darwin" and "fork" in multiprocessing.get_all_start_methods()


class Pending(Protocol[R_co]):
    """A result that is not there yet, as futures of Python and of dask are."""

    def result(self) -> R_co:
        """Wait for it and return it, or raise what the work raised."""
        ...

    def done(self) -> bool:
        """Say whether it is there, or will never be."""
        ...

    def exception(self) -> BaseException | None:
        """Return what the work raised."""
        ...


@dataclass(frozen=True)
class Workers(Generic[T, R]):
    """Who works on items, and what is done where they die.

    Parameters
    ----------
    submit
        Gives them an item.
    lost
        What a result raises where its worker has died; nothing: they do not die.
    renew
        Replaces them by others, which have nothing to do yet.
    dying
        Returns the error for workers that die again and again, at an item or soon after.
    """

    submit: Callable[[T], Pending[R]]
    lost: tuple[type[BaseException], ...] = ()
    renew: Callable[[], object] = lambda: None
    dying: Callable[[object], SettingError] = lambda item: SettingError("workers die", found=item)


def in_order(workers: Workers[T, R], items: Iterable[T], ahead: int) -> Iterator[R]:
    """Yield the results of items in their order, with some of these in work or waiting.

    What a worker had that died is given out again.

    Parameters
    ----------
    workers
        Who works on them.
    items
        What is worked on; they are taken as they are needed.
    ahead
        Number of items in work or waiting.

    Raises
    ------
    SettingError
        If workers die again and again, and no result comes between.
    """
    rest = iter(items)
    waiting = deque((item, workers.submit(item)) for item in islice(rest, ahead))
    breaks = 0
    while waiting:
        try:
            result = waiting[0][1].result()
        except workers.lost as error:
            raise_if_interrupted()  # by what ended the workers as well
            breaks += 1
            if breaks == MOST_BREAKS:
                raise workers.dying(waiting[0][0]) from error
            workers.renew()
            waiting = deque((item, one if _is_done(one, workers) else workers.submit(item)) for item, one in waiting)
            continue
        breaks = 0
        waiting.popleft()
        waiting.extend((item, workers.submit(item)) for item in islice(rest, 1))
        yield result


def _is_done(pending: Pending[Any], workers: Workers[Any, Any]) -> bool:
    """Return whether there is a result, or an exception of the work itself."""
    return pending.done() and not isinstance(pending.exception(), workers.lost)


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
        workers = Workers(pool.submit, (BrokenProcessPool,), pool.renew, partial(_dying, jobs))
        yield from in_order(workers, items, _AHEAD * jobs)
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


def _dying(jobs: int, item: object) -> SettingError:
    return SettingError(
        "processes are killed before their work is done",
        where=f"--jobs {jobs}",
        found=f"{MOST_BREAKS} times, at {item} or soon after",
        todo="The system kills processes where memory is short: give fewer jobs.",
    )
