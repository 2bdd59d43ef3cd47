"""Spectra to atomic fractions: library fits and networks behind one interface."""

from specquant.quantifiers.base import (
    PRESENT_ABOVE,
    Estimate,
    Quantifier,
    QuantifierFactory,
    parameter_values,
    stated_of,
)
from specquant.quantifiers.fixed import FixedSpectra
from specquant.quantifiers.hybrid import Hybrid
from specquant.quantifiers.network import NetworkQuantifier, train_network
from specquant.quantifiers.sourced import Sourced
from specquant.quantifiers.training import Progress, TrainingPlan
from specquant.quantifiers.unmixing import LeastSquares, PoissonLikelihood

__all__ = [
    "PRESENT_ABOVE",
    "Estimate",
    "FixedSpectra",
    "Hybrid",
    "LeastSquares",
    "NetworkQuantifier",
    "PoissonLikelihood",
    "Progress",
    "Quantifier",
    "QuantifierFactory",
    "Sourced",
    "TrainingPlan",
    "parameter_values",
    "stated_of",
    "train_network",
]
