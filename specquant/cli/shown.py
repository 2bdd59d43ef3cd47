"""Answers as they come: printed, counted by file, and their gravest verdict remembered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from specquant.cli.printing import say
from specquant.cli.status import doing
from specquant.cli.verdicts import exit_status
from specquant.interrupts import raise_if_interrupted

if TYPE_CHECKING:
    from specquant.session import FileResult
    from specquant.session.replicates import Replicates
    from specquant.session.unused import Unused


class Shown:
    """Prints answers as tables, and remembers the gravest verdict and what cannot be used."""

    def __init__(self, method: str, force: bool, mean: bool, files: Sequence[Path]) -> None:
        self.method, self.force, self._files = method, force, files
        self.failed: list[Unused] = []
        """What cannot be used, so far."""
        self.answers = 0
        """How many files were answered so far."""
        self._mean, self._seen = mean, list["Replicates"]()
        self.status = 0
        """Exit status of the verdicts so far."""
        self.withheld = 0
        """How many answers so far have figures that the verdict holds back."""

    def __call__(
        self,
        outcomes: "Iterable[FileResult | Unused]",
        keep: "Callable[[FileResult], None]" = lambda _: None,
    ) -> "Iterator[FileResult | Unused]":
        """Pass on what becomes of files; answers are kept and printed."""
        from specquant.session.replicates import Replicates
        from specquant.session.screen import lines_of
        from specquant.session.unused import Unused

        self._say_next(0)
        for number, outcome in enumerate(outcomes, start=1):
            raise_if_interrupted()
            if isinstance(outcome, Unused):
                self.failed.append(outcome)
            else:
                keep(outcome)
                for line in lines_of(outcome, self.method, self.force):
                    say(line)
                if self._mean:
                    self._seen.append(Replicates.of([outcome], self.method, self.force))
                judgements = outcome.judgements(self.method)
                self.status = max(self.status, exit_status(judgements))
                self.withheld += 0 if self.force else sum(not judgement.is_answer for judgement in judgements)
                self.answers += 1
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
