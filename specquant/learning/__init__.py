"""Networks that learn composition from synthetic spectra: their shapes, their training, their files."""

from specquant.learning.network import NetworkQuantifier, train_network
from specquant.learning.training import Progress, TrainingPlan

__all__ = ["NetworkQuantifier", "Progress", "TrainingPlan", "train_network"]
