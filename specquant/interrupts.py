"""Signals that end the work: Ctrl-C, and all that a scheduler or a closed terminal sends before it kills.

The command line turns each of them into `KeyboardInterrupt` (`heeded_signals`). What is short and must not be left half
done holds them back (`interrupts_wait`).
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

ENDING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGXCPU", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)
"""Signals that end the work: the user's and the terminal's, and those that SLURM, LSF, PBS and Grid Engine send."""

_PATIENCE = 5.0
"""Seconds after a signal in which others change nothing: cleaning up and a checkpoint take less."""

_came: list[int] = []
_raised = [0.0]
_over = [False]


@contextmanager
def heeded_signals() -> Iterator[None]:
    """Let every signal of ENDING raise KeyboardInterrupt, and remember it: a library may swallow the exception.

    A signal that is ignored, as under nohup, stays ignored. Outside the main thread nothing changes.
    """
    _came.clear()
    _over[0] = False
    before, unraisable = {}, sys.unraisablehook
    if threading.current_thread() is threading.main_thread():
        usual = (signal.SIG_DFL, signal.default_int_handler)
        before = {number: signal.getsignal(number) for number in ENDING if signal.getsignal(number) in usual}
    for number in before:
        signal.signal(number, _remember)
    sys.unraisablehook = partial(_unraisable, unraisable)
    try:
        yield
    finally:
        _over[0] = True
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if a signal came to this work, but to nothing."""
    if _came and not _over[0]:
        raise KeyboardInterrupt


def work_is_over() -> None:
    """Let signals change nothing any more: what follows only says how the work ended."""
    _over[0] = True


def ended_by() -> str:
    """Return the name of the signal that ended the work; empty for Ctrl-C."""
    return signal.Signals(_came[0]).name if _came and _came[0] != signal.SIGINT else ""


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Hold signals of ENDING back inside the block; at its end the first has the effect that it would have had.

    Outside the main thread, which alone is interrupted, nothing changes; nor for a signal that is ignored, or that ends
    the process at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = {number: handler for number in ENDING if callable(handler := signal.getsignal(number))}
    waiting: list[tuple[int, FrameType | None]] = []
    for number in usual:
        signal.signal(number, lambda number, frame: waiting.append((number, frame)))
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        if waiting:
            usual[signal.Signals(waiting[0][0])](*waiting[0])


@contextmanager
def taken(take: Callable[[], T], give_back: Callable[[T], object]) -> Iterator[T]:
    """Give what `take` returns, and give it back at the end of the block, whenever a signal comes."""
    things: list[T] = []
    try:
        with interrupts_wait():
            things.append(take())
        yield things[0]
    finally:
        with interrupts_wait():
            for thing in things:
                give_back(thing)


def _remember(number: int, _frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, once for signals that follow each other: what is cleaned up is not interrupted again."""
    now = time.monotonic()
    again = bool(_came) and now - _raised[0] < _PATIENCE
    _came.append(number)
    if not again and not _over[0]:
        _raised[0] = now
        raise KeyboardInterrupt


def _unraisable(usual: "Callable[[sys.UnraisableHookArgs], object]", said: "sys.UnraisableHookArgs") -> None:
    """Say nothing of an interruption that came amid a callback of Python's, from where it cannot end the work."""
    if not (_came and issubclass(said.exc_type, KeyboardInterrupt)):
        usual(said)
