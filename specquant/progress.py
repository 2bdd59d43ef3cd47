"""How long work reports what it is doing."""

from collections.abc import Callable

Report = Callable[[int, str], None]
"""Called with how much of a stage is done, and a remark."""

Watch = Callable[[str, int], Report]
"""Called at the beginning of a stage with its title and size; the stage reports to what it returns."""


def no_report(_done: int, _remark: str) -> None:
    """Pass over a report."""


def no_watch(_title: str, _total: int) -> Report:
    """Pass over what a stage reports."""
    return no_report
