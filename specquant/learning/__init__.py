"""Networks that learn composition from synthetic spectra: their shapes, their training, their files."""

from typing import TYPE_CHECKING

from specquant.lateimports import late
from specquant.learning.network import NetworkQuantifier
from specquant.learning.plan import Progress, TrainingPlan

if TYPE_CHECKING:
    from specquant.learning.networktraining import train_network
    from specquant.learning.ranks import ALONE, Ranks, open_ranks
    from specquant.learning.running import TrainingRun
    from specquant.learning.start import Start
    from specquant.learning.trainingset import TrainingSet

__all__ = [
    "ALONE",
    "NetworkQuantifier",
    "Progress",
    "Ranks",
    "Start",
    "TrainingPlan",
    "TrainingRun",
    "TrainingSet",
    "open_ranks",
    "train_network",
]

__getattr__ = late(
    __name__,
    {
        "specquant.learning.networktraining": ("train_network",),
        "specquant.learning.ranks": ("ALONE", "Ranks", "open_ranks"),
        "specquant.learning.running": ("TrainingRun",),
        "specquant.learning.start": ("Start",),
        "specquant.learning.trainingset": ("TrainingSet",),
    },
)
