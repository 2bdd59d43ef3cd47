"""Answers as they come: printed, counted by file, and their gravest verdict remembered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from specquant.cli.printing import say
from specquant.cli.status import doing
from specquant.cli.verdicts import exit_status
from specquant.interrupts import raise_if_interrupted

if TYPE_CHECKING:
    from specquant.errors import SpecquantError
    from specquant.session import FileResult
    from specquant.session.replicates import Replicates


class Shown:
    """Prints answers as tables, and remembers the gravest verdict and the errors of what cannot be used."""

    def __init__(
        self, method: str, force: bool, failed: "list[SpecquantError]", mean: bool, files: Sequence[Path]
    ) -> None:
        self.method, self.force, self.failed, self._files = method, force, failed, files
        self._mean, self._seen = mean, list["Replicates"]()
        self.status = 0
        """Exit status of the verdicts so far."""

    def __call__(
        self,
        outcomes: "Iterable[FileResult | SpecquantError]",
        keep: "Callable[[FileResult], None]" = lambda _: None,
    ) -> "Iterator[FileResult]":
        """Pass on what could be used, keeping each and printing it."""
        from specquant.errors import SpecquantError
        from specquant.session.replicates import Replicates
        from specquant.session.screen import lines_of

        self._say_next(0)
        for number, outcome in enumerate(outcomes, start=1):
            raise_if_interrupted()
            if isinstance(outcome, SpecquantError):
                self.failed.append(outcome)
                self._say_next(number)
                continue
            keep(outcome)
            for line in lines_of(outcome, self.method, self.force):
                say(line)
            if self._mean:
                self._seen.append(Replicates.of([outcome], self.method, self.force))
            self.status = max(self.status, exit_status(outcome.judgements(self.method)))
            yield outcome
            self._say_next(number)

    def _say_next(self, number: int) -> None:
        """Say which file is being quantified."""
        if number < len(self._files):
            doing(f"quantifying {number + 1} of {len(self._files)}: {self._files[number]}")

    def print_mean(self, elements: "Sequence[str]") -> None:
        """Print the mean of all that was passed on, if it was asked for."""
        from specquant.session.replicates import Replicates
        from specquant.session.screen import mean_lines

        if self._seen:
            say(*mean_lines(Replicates.join(self._seen).checked(), elements))
