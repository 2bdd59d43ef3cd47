"""``specquant check``: whether a plug-in conforms."""

import os
import time
from pathlib import Path

import click

from specquant.cli.printing import say

_WIDTH = 46
"""Columns of the name of a check."""


@click.command("check")
@click.argument("name")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--quick", is_flag=True, help="Leave out checks that train a network or run commands.")
@click.option(
    "--declare",
    "declared",
    multiple=True,
    metavar="CHECK=REASON",
    help="A check that the plug-in fails for a good reason; it has to fail. May be repeated.",
)
@click.option("--list", "listing", is_flag=True, help="List the checks with what each is about; run none.")
def command(name: str, files: tuple[Path, ...], quick: bool, declared: tuple[str, ...], listing: bool) -> None:
    """Check the plug-in of the technique NAME, as its users will meet it; FILES are samples that its readers read.

    Prints a line for every check, with the reason where it fails, and ends with exit code 1 if one does. What depends
    on a check that failed does not run. The same checks are tests of pytest by specquant.testing.
    """
    clock, work = time.monotonic(), _processor_time()
    from specquant.testing.checks import CHECKS
    from specquant.testing.running import Status, run_checks
    from specquant.testing.subject import Subject

    checks = [check for check in CHECKS if not (quick and check.slow)]
    if listing:
        for check in checks:
            say(f"{check.name:<{_WIDTH}}{check.title}")
        return
    exceptions = {}
    for text in declared:
        key, equals, reason = text.partition("=")
        if not equals:
            raise click.UsageError(f"--declare {text}: write CHECK=REASON")
        exceptions[key] = reason
    counts = dict.fromkeys(Status, 0)
    for outcome in run_checks(Subject.of(name, files), exceptions, checks):
        counts[outcome.status] += 1
        say(f"{outcome.status.value:<9} {outcome.check.name:<{_WIDTH}} {outcome.reason}".rstrip())
    say(
        "",
        f"{_processor_time() - work:.1f} s of processor time, {time.monotonic() - clock:.1f} s by the clock{_load()}",
    )
    say(", ".join(f"{count} {status.value}" for status, count in counts.items() if count))
    if counts[Status.FAILED]:
        raise click.exceptions.Exit(1)


def _processor_time() -> float:
    """Return the seconds that processors have worked for this process and for those that it waited for."""
    return sum(os.times()[:4])


def _load() -> str:
    """Return how busy the machine was in the last minute, in words; nothing where the system does not say."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f" (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)"
