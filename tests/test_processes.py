"""Work in processes: results in order, errors raised, nothing shared back."""

import os

import pytest

from specquant.processes import can_fork, ordered

forks = pytest.mark.skipif(not can_fork(), reason="this system cannot fork")


def test_results_come_in_order() -> None:
    offset = 3
    assert list(ordered(lambda item: item + offset, range(50), 3)) == list(range(3, 53))


@forks
def test_work_is_done_elsewhere() -> None:
    assert os.getpid() not in set(ordered(lambda _: os.getpid(), range(8), 2))
    assert set(ordered(lambda _: os.getpid(), range(8), 1)) == {os.getpid()}


def test_an_error_ends_the_work() -> None:
    def fails(item: int) -> int:
        return 1 // (item - 5)

    results = ordered(fails, range(50), 2)
    assert [next(results) for _ in range(5)] == [-1, -1, -1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []
    results = ordered(abs, (taken.append(item) or item for item in range(1000)), 2)
    next(results)
    assert len(taken) < 20
    results.close()
