"""Spectra to atomic fractions: the interface of every method."""

from specquant.quantifiers.base import PRESENT_ABOVE, Estimate, Quantifier, QuantifierFactory, load_all
from specquant.quantifiers.instruments import PerInstrument
from specquant.quantifiers.opening import open_quantifier

__all__ = [
    "PRESENT_ABOVE",
    "Estimate",
    "PerInstrument",
    "Quantifier",
    "QuantifierFactory",
    "load_all",
    "open_quantifier",
]
