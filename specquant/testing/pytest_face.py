"""The kit as tests of pytest: every check is one test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from specquant.discovery import Plugin
from specquant.testing.checks import CHECKS
from specquant.testing.registry import Check, Failed
from specquant.testing.running import Outcome, Status, check_declared, run_check
from specquant.testing.subject import Sample, Subject

if TYPE_CHECKING:
    import pytest


@dataclass
class _Examination:
    """One plug-in, loaded by the first test that asks, and what became of its checks so far."""

    plugin: Plugin | str
    samples: Sequence[Sample | str | Path]
    declared: Mapping[str, str]
    subject: Subject | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def outcome(self, check: Check) -> Outcome:
        """Return how a check ended, once those that it needs have run."""
        if check.name not in self.outcomes:
            needed = [self.outcome(other) for other in CHECKS if other.name in check.needs]
            missing = [each.check.name for each in needed if each.blocks]
            self.subject = self.subject or Subject.of(self.plugin, self.samples)
            self.outcomes[check.name] = run_check(check, self.subject, self.declared, missing)
        return self.outcomes[check.name]


@dataclass(frozen=True)
class BoundCheck:
    """A check of one plug-in; called, it passes, warns, skips or fails as tests of pytest do."""

    check: Check
    examination: _Examination

    def __call__(self) -> None:
        """Run it.

        Raises
        ------
        Failed
            If the plug-in fails it, with the reason.
        """
        import warnings

        import pytest

        outcome = self.examination.outcome(self.check)
        if outcome.is_failure:
            raise Failed(f"{self.check.name}: {outcome.reason}")
        if outcome.status is Status.WARNED:
            warnings.warn(f"{self.check.name}: {outcome.reason}", stacklevel=2)
        if outcome.status is Status.DECLARED:
            pytest.xfail(outcome.reason)
        if outcome.status in (Status.INAPPLICABLE, Status.NOT_RUN):
            pytest.skip(outcome.reason)


def parametrize_with_checks(
    plugin: Plugin | str,
    *,
    samples: Sequence[Sample | str | Path] = (),
    declared: Mapping[str, str] | None = None,
    slow: bool = True,
) -> "pytest.MarkDecorator":
    """Return the decorator that makes a test function of one argument, `check`, a test for every check of the kit.

    Parameters
    ----------
    plugin
        Name of an installed technique, or what `specquant.register` returned.
    samples
        Files that its readers read, with what is known of them.
    declared
        Checks that fail for a good reason, with the reason: they have to fail.
    slow
        Whether to train a network and run the commands, too.

    Raises
    ------
    SettingError
        If a declaration names something else than a check, or has no reason.
    """
    import pytest

    examination = _Examination(plugin, samples, check_declared(declared or {}))
    bound = [BoundCheck(check, examination) for check in CHECKS if slow or not check.slow]
    return pytest.mark.parametrize("check", bound, ids=[each.check.name for each in bound])
