"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from specquant.cli.printing import say
from specquant.cli.status import clear_status, rewrites
from specquant.interrupts import raise_if_interrupted
from specquant.progress import Report, Watch

_QUIET_SECONDS = 20.0

_SLOW = 10.0
"""Things in a second below which the speed is shown with a decimal: chosen."""

Unit = Callable[[str, int], str]
"""What a stage with a title and a size counts."""


@contextmanager
def open_progress(unit: Unit = lambda _title, _total: "spectra") -> Iterator[Watch]:
    """Give what shows stages on standard error, with what they count."""
    clear_status()
    if not rewrites(sys.stderr):
        yield partial(_lines, unit)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:

        def watch(title: str, total: int) -> Report:
            task = bars.add_task(title, total=total, rate="", remark="")
            started = time.monotonic()

            def report(done: int, remark: str) -> None:
                raise_if_interrupted()
                rate = _rate(done, started, unit(title, total))
                bars.update(task, completed=done, rate=rate, remark=remark)

            return report

        yield watch


def _rate(done: int, started: float, counted: str) -> str:
    """Return in words how fast something goes that was `started` at a time of the monotonic clock."""
    rate = done / max(time.monotonic() - started, 1e-9)
    return f"{rate:.0f} {counted}/s" if rate >= _SLOW else f"{rate:.1f} {counted}/s"


def _lines(unit: Unit, title: str, total: int) -> Report:
    say(f"{title} ...", err=True)
    started = last = time.monotonic()

    def report(done: int, remark: str) -> None:
        nonlocal last
        raise_if_interrupted()
        now = time.monotonic()
        if now - last >= _QUIET_SECONDS or done >= total > 1:
            last = now
            counted = unit(title, total)
            say(f"{title}: {done} of {total} {counted}, {_rate(done, started, counted)} {remark}".rstrip(), err=True)

    return report
