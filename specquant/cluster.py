"""Work on a dask cluster that is already there: one function, many items, results in order."""

import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from specquant.errors import SettingError
from specquant.processes import ordered

_AHEAD = 3
"""Items in work or waiting for every worker: chosen, so that none idles while results are taken in order."""

_PATIENCE = 10
"""Seconds in which a scheduler answers: chosen, one that works does at once."""

Submit = Callable[[Any], Any]
"""Gives an item to a worker, and returns a future."""

Applied = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""How a function is applied to items: in this thread, in several, or on a cluster; results in order."""


@contextmanager
def on_cluster(address: str) -> Iterator[Applied]:
    """Give what applies a function on the workers of a cluster.

    Every worker gets the function once, with all that it holds. What a worker had that dies is done by another.

    Parameters
    ----------
    address
        Address of its scheduler, such as ``tcp://host:8786``; workers have to see files under the same names.

    Raises
    ------
    SettingError
        If dask is not installed, no cluster answers, or its workers die again and again.
    """
    if sys.modules.get("dask", sys) is None:
        del sys.modules["dask"]  # the command line hides it from xarray, for time
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        todo = 'Install it: pip install "specquant[maps]"'
        raise SettingError("a cluster needs dask", where=f"--scheduler {address}", found=error, todo=todo) from error
    try:
        client: Any = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise SettingError("no cluster answers", where=f"--scheduler {address}", found=error) from error
    try:
        count = max(1, sum(client.nthreads().values()))

        def applied(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sending large graph")  # it holds networks, and is sent once
                sent = client.submit(_itself, function, pure=False)  # done again if a worker that had it dies
            return in_order(lambda item: client.submit(_called, sent, item, pure=False), items, count)

        yield applied
    except KilledWorker as error:
        todo = "Give workers more memory, or see in their logs what ends them; the same command goes on."
        raise SettingError(
            "workers die before their work is done", where=f"--scheduler {address}", found=error, todo=todo
        ) from error
    finally:
        client.close()


@contextmanager
def several(jobs: int = 1, scheduler: str | None = None) -> Iterator[Applied]:
    """Give what applies a function in `jobs` processes, or on the workers of a cluster, see `on_cluster`."""
    if scheduler is None:
        yield lambda function, items: ordered(function, items, jobs)
        return
    with on_cluster(scheduler) as applied:
        yield applied


def _itself(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return function


def _called(function: Callable[[Any], Any], item: Any) -> Any:
    return function(item)


def in_order(submit: Submit, items: Iterable[Any], count: int) -> Iterator[Any]:
    """Yield results in order, with no more items in work than `count` workers need."""
    rest = iter(items)
    waiting = deque(submit(item) for item in islice(rest, _AHEAD * count))
    while waiting:
        result = waiting.popleft().result()
        waiting.extend(submit(item) for item in islice(rest, 1))
        yield result
