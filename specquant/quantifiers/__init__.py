"""Spectra to atomic fractions: the interface of every method."""

from specquant.intervals import Z90
from specquant.quantifiers.base import Quantifier, QuantifierFactory, load_all
from specquant.quantifiers.datasets import AXIS, LAYERS, PRESENT_ABOVE
from specquant.quantifiers.delegating import Delegate
from specquant.quantifiers.estimates import Estimate
from specquant.quantifiers.factorerrors import WithFactorErrors
from specquant.quantifiers.instruments import PerInstrument
from specquant.quantifiers.modelled import MOST_MODELLED, Modelled, TakenApart, counting_errors
from specquant.quantifiers.opening import open_quantifier
from specquant.quantifiers.showing import PRINTED_ABOVE, is_shown, shown_of, values_of
from specquant.quantifiers.signs import (
    IN_ERRORS,
    MOST_STRANGE,
    MOST_UNSEEN,
    PARAMETER,
    REGIONS,
    UNWEIGHED,
    Sign,
    Signs,
    decided,
    group_of,
)

__all__ = [
    "AXIS",
    "IN_ERRORS",
    "LAYERS",
    "MOST_MODELLED",
    "MOST_STRANGE",
    "MOST_UNSEEN",
    "PARAMETER",
    "PRESENT_ABOVE",
    "PRINTED_ABOVE",
    "REGIONS",
    "UNWEIGHED",
    "Z90",
    "Delegate",
    "Estimate",
    "Modelled",
    "PerInstrument",
    "Quantifier",
    "QuantifierFactory",
    "Sign",
    "Signs",
    "TakenApart",
    "WithFactorErrors",
    "counting_errors",
    "decided",
    "group_of",
    "is_shown",
    "load_all",
    "open_quantifier",
    "shown_of",
    "values_of",
]
