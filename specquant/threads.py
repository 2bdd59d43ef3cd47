"""How many threads linear algebra computes with: one, unless the user says otherwise (docs/decisions/0013-speed.md)."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Environment variables by which a user says how many threads compute; the last two are for linear algebra alone."""


class _Limit:
    """The limit that is in force, as long as anybody computes under it."""

    def __init__(self) -> None:
        self._lock, self._callers, self._undo = Lock(), 0, ExitStack()

    def enter(self, threads: int) -> None:
        """Set the limit, unless somebody computes under one already."""
        from threadpoolctl import threadpool_limits  # the command line does not need it

        with self._lock:
            if not self._callers:
                self._undo.enter_context(threadpool_limits(threads, user_api="blas"))
            self._callers += 1

    def leave(self) -> None:
        """Give the libraries their threads back, once nobody computes under the limit."""
        with self._lock:
            self._callers -= 1
            if not self._callers:
                self._undo.close()


_limit = _Limit()


def said_by_environment() -> bool:
    """Return whether the user says by an environment variable how many threads compute."""
    return any(name in os.environ for name in THREADS)


def use_one_thread() -> None:
    """Let torch and linear algebra compute with one thread in this process, unless the user says otherwise.

    Libraries read the environment when they load, so that this has to come first.
    """
    if not said_by_environment():
        os.environ.update(dict.fromkeys(THREADS, "1"))


@contextmanager
def few_threads(threads: int | None = None) -> Iterator[None]:
    """Let linear algebra compute with few threads, and give it back those that it had.

    The arrays of one spectrum are small: a second thread waits for the first. Within another call of this nothing
    changes: the outermost decides, for the whole process.

    Parameters
    ----------
    threads
        How many; None: one, or what an environment variable says.
    """
    if threads is None and said_by_environment():
        yield
        return
    _limit.enter(1 if threads is None else threads)
    try:
        yield
    finally:
        _limit.leave()
