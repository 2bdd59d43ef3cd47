"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from specquant.interrupts import raise_if_interrupted

_QUIET_SECONDS = 20.0

Report = Callable[[int, str], None]
"""Called with how much is done in all, and a remark."""


@contextmanager
def open_progress() -> Iterator[Callable[[str, int, str], Report]]:
    """Give a function ``stage(title, total, unit) -> Report`` that shows stages on standard error."""
    if not sys.stderr.isatty():
        yield _lines
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

        def stage(title: str, total: int, unit: str) -> Report:
            task = bars.add_task(title, total=total, rate="", remark="")
            started = time.monotonic()

            def report(done: int, remark: str) -> None:
                raise_if_interrupted()
                rate = f"{done / max(time.monotonic() - started, 1e-9):.0f} {unit}/s"
                bars.update(task, completed=done, rate=rate, remark=remark)

            return report

        yield stage


def _lines(title: str, total: int, unit: str) -> Report:
    click.echo(f"{title} ...", err=True)
    started = last = time.monotonic()

    def report(done: int, remark: str) -> None:
        nonlocal last
        raise_if_interrupted()
        now = time.monotonic()
        if now - last >= _QUIET_SECONDS or done >= total > 1:
            last = now
            rate = done / max(now - started, 1e-9)
            click.echo(f"{title}: {done} of {total} {unit}, {rate:.0f} {unit}/s {remark}".rstrip(), err=True)

    return report
