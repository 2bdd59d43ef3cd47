"""Who works on blocks: this thread, several, or the workers of a dask cluster. Results come in order in any case."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch

from specquant.errors import SettingError

_AHEAD = 3
"""Blocks in work or waiting for every worker: chosen, so that none idles while results are taken in order."""

Submit = Callable[[Any], Any]
"""Gives an item to a worker, and returns a future."""


@contextmanager
def workers(
    jobs: int = 1, scheduler: str | None = None
) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], Any]]:
    """Give what applies a function to blocks.

    Parameters
    ----------
    jobs
        Threads; numpy and torch let them work at once.
    scheduler
        Address of a dask cluster, such as ``tcp://host:8786``; it has to see the files under the same names.

    Raises
    ------
    SettingError
        If dask is not installed, or no cluster answers.
    """
    if scheduler is not None:
        with _cluster(scheduler) as applied:
            yield applied
    elif jobs > 1:
        with _threads(jobs) as applied:
            yield applied
    else:
        yield map


@contextmanager
def _threads(jobs: int) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], Any]]:
    from concurrent.futures import ThreadPoolExecutor

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    pool = ThreadPoolExecutor(jobs)
    try:
        yield lambda function, items: _ordered(lambda item: pool.submit(function, item), items, jobs)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(before)


@contextmanager
def _cluster(scheduler: str) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], Any]]:
    try:
        from distributed import Client
    except ImportError as error:
        todo = 'Install it: pip install "specquant[maps]"'
        raise SettingError("a cluster needs dask", where=f"--scheduler {scheduler}", found=error, todo=todo) from error
    try:
        client: Any = Client(scheduler)
    except (OSError, ValueError) as error:
        raise SettingError("no cluster answers", where=f"--scheduler {scheduler}", found=error) from error
    try:
        count = max(1, sum(client.nthreads().values()))

        def applied(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
            sent = client.scatter(function, broadcast=True)  # every worker gets it once
            return _ordered(lambda item: client.submit(_called, sent, item, pure=False), items, count)

        yield applied
    finally:
        client.close()


def _called(function: Callable[[Any], Any], item: Any) -> Any:
    return function(item)


def _ordered(submit: Submit, items: Iterable[Any], count: int) -> Iterator[Any]:
    """Yield results in order, with no more items in work than are needed."""
    rest = iter(items)
    waiting = deque(submit(item) for item in islice(rest, _AHEAD * count))
    while waiting:
        result = waiting.popleft().result()
        waiting.extend(submit(item) for item in islice(rest, 1))
        yield result
