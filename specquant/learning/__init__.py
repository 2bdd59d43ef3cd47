"""Networks that learn composition from synthetic spectra: their shapes, their training, their files."""

from specquant.learning.network import NetworkQuantifier, train_network
from specquant.learning.plan import Progress, TrainingPlan
from specquant.learning.start import Start
from specquant.learning.trainingset import TrainingSet

__all__ = ["NetworkQuantifier", "Progress", "Start", "TrainingPlan", "TrainingSet", "train_network"]
