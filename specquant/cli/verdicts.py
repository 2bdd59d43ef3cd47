"""What verdicts on answers mean for the exit status of a command."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specquant.verdict import Judgement

_STATUS = {"doubtful": 3, "not quantified": 4}
"""Exit status by verdict: chosen, beyond 1 (an error) and 2 (wrong usage)."""


def exit_status(judgements: "Iterable[Judgement]") -> int:
    """Return the exit status of the gravest verdict; 0 where all are good."""
    return max((_STATUS.get(one.verdict.value, 0) for one in judgements), default=0)
