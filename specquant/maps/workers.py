"""Who works on blocks: this thread, several, or the workers of a dask cluster. Results come in order in any case."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

from specquant.cluster import Applied, on_cluster
from specquant.maps.record import Block
from specquant.processes import Workers, in_order
from specquant.progress import Report

R = TypeVar("R")

_AHEAD = 3
"""Blocks in work or waiting for every thread: chosen, so that none idles while results are taken in order."""


@contextmanager
def workers(jobs: int = 1, scheduler: str | None = None) -> Iterator[Applied]:
    """Give what applies a function to blocks.

    Parameters
    ----------
    jobs
        Threads; numpy and torch let them work at once.
    scheduler
        Address of a dask cluster, see `on_cluster`; None: none.

    Raises
    ------
    SettingError
        As `on_cluster`.
    """
    if scheduler is not None:
        with on_cluster(scheduler) as applied:
            yield applied
    elif jobs > 1:
        with _threads(jobs) as applied:
            yield applied
    else:
        yield map


@contextmanager
def _threads(jobs: int) -> Iterator[Applied]:
    from concurrent.futures import ThreadPoolExecutor

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    pool = ThreadPoolExecutor(jobs)
    try:

        def applied(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
            return in_order(Workers(lambda item: pool.submit(function, item)), items, _AHEAD * jobs)

        yield applied
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(before)


def over_blocks(
    mapped: Applied, work: Callable[[Block], R], blocks: Sequence[Block], report: Report, done: int = 0
) -> Iterator[tuple[Block, R]]:
    """Yield every block with what `work` says of it, reporting the pixels so far, with those that are `done` before."""
    for block, answer in zip(blocks, mapped(work, blocks), strict=True):
        yield block, answer
        done += block.shape[0] * block.shape[1]
        report(done, "")
