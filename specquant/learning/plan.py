"""How long and how fast a network learns, and how far it has come."""

import math
from dataclasses import dataclass

from specquant.synthesizer import BLOCK

_WARM_UP = 0.03
"""Share of the steps over which the learning rate rises. Chosen: the first steps are the wildest."""


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast a network learns.

    Parameters
    ----------
    spectra
        How many spectra it sees, rounded down to whole blocks.
    learning_rate
        The highest; it rises over the first 3 % of steps and falls to zero as a cosine.
    weight_decay
        Share of each weight that is taken off per update, in units of the learning rate.
    """

    spectra: int
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    seed: int = 1

    @property
    def steps(self) -> int:
        """Number of steps, at least one."""
        return max(self.spectra // BLOCK, 1)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step."""
        warm = min(1.0, (step + 1) / max(_WARM_UP * self.steps, 1.0))
        return self.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * step / self.steps))


@dataclass(frozen=True)
class Progress:
    """What is known after a step: how many steps are done of how many, and the smoothed loss."""

    step: int
    steps: int
    loss: float
