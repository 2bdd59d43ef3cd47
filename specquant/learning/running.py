"""How a training is run: where, from which checkpoint, by which processes, and who hears of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from specquant.learning.plan import Progress
from specquant.learning.ranks import ALONE, Ranks


@dataclass(frozen=True)
class TrainingRun:
    """How a training is run; what comes out does not depend on it, but for rounding.

    Parameters
    ----------
    device
        Where torch computes; the training set is on it.
    checkpoint
        File that is written every some steps, and that training goes on from; None: none.
    progress
        Gets what is known after every step.
    command
        The command as typed, for the card.
    ranks
        The processes that train together; all end with the same network.
    """

    device: str = "cpu"
    checkpoint: Path | None = None
    progress: Callable[[Progress], None] = lambda _: None
    command: str = ""
    ranks: Ranks = ALONE


USUAL_RUN = TrainingRun()
"""In one process on the processor, without a checkpoint."""
