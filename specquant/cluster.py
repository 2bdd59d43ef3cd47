"""Work on a dask cluster that is already there: one function, many items, results in order."""

import pickle
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from specquant.errors import SettingError
from specquant.processes import Pending, Workers, in_order, ordered

_AHEAD = 3
"""Items in work or waiting for every worker: chosen, so that none idles while results are taken in order."""

_PATIENCE = 10
"""Seconds in which a scheduler answers: chosen, one that works does at once."""

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
        If dask is not installed, no cluster answers, its workers die again and again, or it ends before the work does.
    """
    if sys.modules.get("dask", sys) is None:
        del sys.modules["dask"]  # the command line hides it from xarray, for time
    try:
        from distributed import Client, KilledWorker
        from distributed.comm import CommClosedError
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
            sent = _Sent(client, function)
            workers = Workers(sent.submit, (KilledWorker,), sent.renew, partial(_dying, address))
            return in_order(workers, items, _AHEAD * count)

        yield applied
    except (CancelledError, CommClosedError) as error:
        raise SettingError(
            "the cluster ended before the work was done",
            where=f"--scheduler {address}",
            todo="Start it again; the same command goes on.",
        ) from error
    finally:
        client.close()


class _Sent:
    """A function that a cluster has once, with all that it holds.

    What workers hand to each other are its bytes: the function itself changes while one works with it.
    """

    def __init__(self, client: Any, function: Callable[[Any], Any]) -> None:
        from distributed.protocol.pickle import dumps

        self._client, self._content = client, dumps(function)
        self.renew()

    def renew(self) -> None:
        """Send it again: a cluster counts how often the worker of a task died, and gives it up after some."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # it holds networks, and is sent once
            self._sent = self._client.submit(_itself, self._content, pure=False)

    def submit(self, item: Any) -> Pending[Any]:
        """Let a worker apply it to an item."""
        pending: Pending[Any] = self._client.submit(_called, self._sent, item, pure=False)
        return pending


def _dying(address: str, item: object) -> SettingError:
    return SettingError(
        "workers die before their work is done",
        where=f"--scheduler {address}",
        found=f"at {item} or soon after",
        todo="Give workers more memory, or see in their logs what ends them; the same command goes on.",
    )


@contextmanager
def several(jobs: int = 1, scheduler: str | None = None) -> Iterator[Applied]:
    """Give what applies a function in `jobs` processes, or on the workers of a cluster, see `on_cluster`."""
    if scheduler is None:
        yield lambda function, items: ordered(function, items, jobs)
        return
    with on_cluster(scheduler) as applied:
        yield applied


def _itself(content: bytes) -> bytes:
    return content


def _called(content: bytes, item: Any) -> Any:
    return _function(content)(item)


@lru_cache(maxsize=1)
def _function(content: bytes) -> Callable[[Any], Any]:
    """Return the function that a cluster works by, made once in a worker."""
    function: Callable[[Any], Any] = pickle.loads(content)
    return function
