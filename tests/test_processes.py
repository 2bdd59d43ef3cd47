"""Work in processes: results in order, errors raised, nothing shared back."""

import os
import signal
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from specquant.errors import SettingError
from specquant.locks import only_process
from specquant.processes import Pending, Workers, can_fork, in_order, ordered

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


@forks
def test_what_a_killed_process_was_at_is_done_by_another(tmp_path: Path) -> None:
    def dies_once(item: int) -> int:
        if item in (2, 30) and not (tmp_path / str(item)).exists():
            (tmp_path / str(item)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    assert list(ordered(dies_once, range(50), 2)) == [item * item for item in range(50)]
    assert len(list(tmp_path.iterdir())) == 2


@forks
def test_processes_that_die_again_and_again_are_an_error() -> None:
    def dies(item: int) -> int:
        if item == 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    results = ordered(dies, range(50), 2)
    assert [next(results) for _ in range(9)] == list(range(9))
    with pytest.raises(SettingError, match=r"--jobs 2: processes are killed before their work is done; .* at 9"):
        next(results)


@forks
def test_a_killed_parent_takes_its_processes_with_it_and_lets_go_of_its_place(tmp_path: Path) -> None:
    def waits(item: int) -> int:
        (tmp_path / f"{os.getpid()}.begun").touch()
        time.sleep(60)
        return item

    parent = os.fork()
    if parent == 0:
        try:
            with only_process(tmp_path / "out.csv"):
                list(ordered(waits, range(2), 2))
        finally:
            os._exit(0)
    until = time.monotonic() + 60
    while len(begun := list(tmp_path.glob("*.begun"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    with only_process(tmp_path / "out.csv"):
        pass
    until = time.monotonic() + 30
    while any(_runs(int(path.stem)) for path in begun):
        assert time.monotonic() < until, "they wait for ever"
        time.sleep(0.01)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class _LostError(Exception):
    """Raised in place of a result by workers that have died."""


class _Dead:
    """A result that will never be there."""

    def result(self) -> int:
        raise _LostError

    def done(self) -> bool:
        return True

    def exception(self) -> BaseException:
        return _LostError()


def test_workers_may_die_often_as_long_as_results_come_between() -> None:
    """A cluster of which every second item kills the workers, once: twenty times in all, with a result between."""
    renewed: list[int] = []
    fresh = set(range(1, 40, 2))

    def submit(item: int) -> Pending[int]:
        if item in fresh:
            fresh.discard(item)
            return _Dead()
        done: Future[int] = Future()
        done.set_result(item)
        return done

    workers = Workers(submit, (_LostError,), lambda: renewed.append(1), lambda item: SettingError("dying", found=item))
    assert list(in_order(workers, range(40), 1)) == list(range(40))
    assert len(renewed) == 20
    hopeless = Workers[int, int](lambda _: _Dead(), (_LostError,), dying=lambda item: SettingError("dying", found=item))
    with pytest.raises(SettingError, match="dying; found 3"):
        list(in_order(hopeless, [3], 1))
