"""Spectra to atomic fractions: the interface of every method."""

from specquant.quantifiers.base import (
    PRESENT_ABOVE,
    Estimate,
    Quantifier,
    QuantifierFactory,
    parameter_values,
    stated_of,
)
from specquant.quantifiers.sourced import Sourced

__all__ = [
    "PRESENT_ABOVE",
    "Estimate",
    "Quantifier",
    "QuantifierFactory",
    "Sourced",
    "parameter_values",
    "stated_of",
]
