"""Running checks: what each found out, and what does not run since it depends on one that failed."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from specquant.errors import SettingError
from specquant.testing.checks import CHECKS
from specquant.testing.registry import Check, Inapplicable
from specquant.testing.subject import Subject


class Status(Enum):
    """How a check ended."""

    PASSED = "ok"
    FAILED = "FAILED"
    WARNED = "warning"
    DECLARED = "declared"
    INAPPLICABLE = "-"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Outcome:
    """How one check ended.

    Parameters
    ----------
    check
        The check.
    status
        How it ended.
    reason
        Why; empty where it passed.
    seconds
        How long it took, s.
    """

    check: Check
    status: Status
    reason: str = ""
    seconds: float = 0.0

    @property
    def is_failure(self) -> bool:
        """Whether the plug-in does not conform."""
        return self.status is Status.FAILED

    @property
    def blocks(self) -> bool:
        """Whether checks that need this one do not run."""
        return self.status in (Status.FAILED, Status.DECLARED, Status.NOT_RUN)


def run_checks(
    subject: Subject,
    declared: Mapping[str, str] | None = None,
    checks: Sequence[Check] = CHECKS,
) -> Iterator[Outcome]:
    """Yield how each check of a plug-in ended; they run one by one.

    Parameters
    ----------
    subject
        The plug-in.
    declared
        Checks that the plug-in fails for a good reason, with the reason. They have to: one that passes is a failure.
    checks
        Those to run.

    Raises
    ------
    SettingError
        If a declaration names something else than a check, or has no reason.
    """
    exceptions = check_declared(declared or {})
    bad: set[str] = set()
    for check in checks:
        outcome = run_check(check, subject, exceptions, [name for name in check.needs if name in bad])
        if outcome.blocks:
            bad.add(check.name)
        yield outcome


def run_check(check: Check, subject: Subject, declared: Mapping[str, str], missing: Sequence[str]) -> Outcome:
    """Run one check, unless checks that it needs are `missing`, and return how it ended."""
    if missing:
        return Outcome(check, Status.NOT_RUN, f"needs {', '.join(missing)}")
    started = time.monotonic()
    status, reason = _ended(check, subject)
    if check.name in declared:
        if status is Status.FAILED or status is Status.WARNED:
            status, reason = Status.DECLARED, f"{declared[check.name]} ({reason})"
        else:
            status, reason = Status.FAILED, "declared to fail, but does not: take the declaration back"
    return Outcome(check, status, reason, time.monotonic() - started)


def check_declared(declared: Mapping[str, str]) -> Mapping[str, str]:
    """Return declared exceptions, if each is a check and has a reason; raises SettingError."""
    names = [check.name for check in CHECKS]
    for name, reason in declared.items():
        if name not in names:
            raise SettingError("no such check", where="declared", found=repr(name), wanted="a name that the kit prints")
        if not reason.strip():
            raise SettingError("no reason is given", where="declared", found=repr(name), wanted="why it may fail")
    return declared


def _ended(check: Check, subject: Subject) -> tuple[Status, str]:
    try:
        check.run(subject)
    except Inapplicable as nothing:
        return Status.INAPPLICABLE, str(nothing)
    except Exception as error:  # a plug-in may raise anything, and that is what is looked for
        kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        return Status.WARNED if check.advice else Status.FAILED, " ".join(f"{kind}{error}".split())
    return Status.PASSED, ""
