"""Work on independent items in processes, with results in order: what ``--jobs`` does.

Processes are forked, so that each begins with all that its parent has loaded. Where a system cannot fork safely,
everything happens in one process.
"""

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, TypeVar

from specquant.interrupts import ENDING, raise_if_interrupted

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Items in work or waiting for every process: chosen, so that none idles while results are taken in order."""

_work: Callable[[Any], Any] | None = None
"""What a forked process works by: it cannot be sent through a pipe."""


def can_fork() -> bool:
    """Return whether work can be done in several processes here: on macOS, libraries that were used do not survive."""
    return sys.platform != "darwin" and "fork" in multiprocessing.get_all_start_methods()


def ordered(work: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Yield what `work` returns for every item, in order; with more than one job in as many processes at once.

    An exception of `work` is raised in place of its result, and ends the iteration.
    """
    if jobs < 2 or not can_fork():
        yield from map(work, items)
        return
    global _work
    _work = work
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork"), initializer=_begin)
    try:
        rest = iter(items)
        waiting: deque[Future[R]] = deque(pool.submit(_worked, item) for item in islice(rest, _AHEAD * jobs))
        while waiting:
            try:
                result = waiting.popleft().result()
            except BrokenProcessPool:
                raise_if_interrupted()  # by what ended the processes as well
                raise
            waiting.extend(pool.submit(_worked, item) for item in islice(rest, 1))
            yield result
    finally:
        _work = None
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Leave interrupts to the parent, and compute with one thread: a forked process has none of its parent's.

    SIGTERM ends it: by that, a pool ends its processes.
    """
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)


def _worked(item: Any) -> Any:
    assert _work is not None
    return _work(item)
