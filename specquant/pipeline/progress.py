"""How long work tells what it is doing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Report = Callable[[int, str], None]
"""Called with how much of a stage is done, and a remark."""

Watch = Callable[[str, int], Report]
"""Called at the beginning of a stage with its title and size; what it returns is told how far the stage is."""


def no_watch(title: str, total: int) -> Report:
    """Tell nobody."""
    del title, total
    return lambda _done, _remark: None


@dataclass(frozen=True)
class Stopwatch:
    """Tells of stages, and keeps how long each took, s."""

    watch: Watch
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Report]:
        """Time a stage of that size."""
        started = time.monotonic()
        yield self.watch(title, total)
        self.seconds[title] = round(time.monotonic() - started, 2)
