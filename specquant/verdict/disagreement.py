"""What the network says against an answer of a method of which nobody learned when it errs."""

from collections.abc import Iterator

from specquant.learning.doubt import GOOD_ACCURACY
from specquant.notes import in_percent
from specquant.verdict.records import Ground, Reason

_MOST_APART = 2.0 * (1.0 - GOOD_ACCURACY)
"""Share of all atoms by which two good answers to a spectrum differ at most."""


def against_network(apart: float) -> Iterator[Reason]:
    """Yield that an answer and that of the network cannot both be good.

    Parameters
    ----------
    apart
        Share of all atoms by which they differ.
    """
    if apart > _MOST_APART:
        least = f"one of them is wrong by {in_percent(apart / 2.0)} at least"
        yield Reason(
            Ground.DISAGREEMENT, f"the method and the network differ by {in_percent(apart)} of all atoms: {least}"
        )
