import contextlib
import signal
import sys
from collections.abc import Iterator

import pytest

from specquant.interrupts import (
    ENDING,
    ended_by,
    heeded_signals,
    interrupts_wait,
    raise_if_interrupted,
    taken,
    work_is_over,
)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Leave no signal behind for the tests of commands that run in the same process."""
    yield
    with heeded_signals():
        pass


@pytest.mark.parametrize("number", ENDING)
def test_every_signal_that_ends_work_is_an_interruption(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with heeded_signals(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert ended_by() == ("" if number == signal.SIGINT else number.name)
    assert signal.getsignal(number) == before


def test_schedulers_signals_are_among_them() -> None:
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2} <= set(ENDING)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heeded_signals():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_swallowed_signal_is_remembered() -> None:
    with heeded_signals():
        raise_if_interrupted()
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            raise_if_interrupted()
    with heeded_signals():
        raise_if_interrupted()


def test_a_signal_amid_a_callback_is_remembered_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    class Resource:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    before = sys.unraisablehook
    with heeded_signals():
        Resource()
        with pytest.raises(KeyboardInterrupt):
            raise_if_interrupted()
    assert sys.unraisablehook is before
    assert capsys.readouterr() == ("", "")


def test_signals_change_nothing_once_work_is_over() -> None:
    with heeded_signals():
        work_is_over()
        signal.raise_signal(signal.SIGTERM)
    with heeded_signals(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("moment", ["taking", "inside", "giving back"])
def test_what_was_taken_is_given_back_whenever_a_signal_comes(moment: str) -> None:
    things = []

    def take() -> int:
        things.append(7)
        if moment == "taking":
            signal.raise_signal(signal.SIGTERM)
        return 7

    def give_back(thing: int) -> None:
        if moment == "giving back":
            signal.raise_signal(signal.SIGTERM)
        things.remove(thing)

    def work() -> None:
        with taken(take, give_back):
            assert moment != "taking"
            if moment == "inside":
                signal.raise_signal(signal.SIGTERM)

    with heeded_signals(), pytest.raises(KeyboardInterrupt):
        work()
    assert things == []


@pytest.mark.parametrize("times", [1, 3])
def test_signals_wait_for_the_end_of_what_is_short(times: int) -> None:
    done = []
    with heeded_signals():

        def work() -> None:
            with interrupts_wait(), interrupts_wait():
                for _ in range(times):
                    signal.raise_signal(signal.SIGTERM)
                done.append(1)
            done.append(2)

        with pytest.raises(KeyboardInterrupt):
            work()
    assert done == [1]


def test_a_second_signal_does_not_interrupt_the_end() -> None:
    done = []
    with heeded_signals():

        def work() -> None:
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGTERM)
                signal.raise_signal(signal.SIGINT)
                done.append(1)

        with pytest.raises(KeyboardInterrupt):
            work()
    assert done == [1]
    assert ended_by() == "SIGTERM"
