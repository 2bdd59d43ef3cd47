"""Spectra to atomic fractions: the interface of every method."""

from specquant.quantifiers.base import PRESENT_ABOVE, Estimate, Quantifier, QuantifierFactory, load_all
from specquant.quantifiers.instruments import PerInstrument
from specquant.quantifiers.signs import REGIONS, Sign

__all__ = [
    "PRESENT_ABOVE",
    "REGIONS",
    "Estimate",
    "PerInstrument",
    "Quantifier",
    "QuantifierFactory",
    "Sign",
    "load_all",
]
