"""Networks that learn composition from synthetic spectra: their shapes, their training, their files."""

from specquant.learning.network import NetworkQuantifier, train_network
from specquant.learning.plan import Progress, TrainingPlan
from specquant.learning.ranks import ALONE, Ranks, open_ranks
from specquant.learning.start import Start
from specquant.learning.trainingset import TrainingSet

__all__ = [
    "ALONE",
    "NetworkQuantifier",
    "Progress",
    "Ranks",
    "Start",
    "TrainingPlan",
    "TrainingSet",
    "open_ranks",
    "train_network",
]
