"""A technique as the core knows it: the record that a plug-in hands over, and the records in it."""

from specquant.technique.axis import EnergyAxis, Floats
from specquant.technique.fit import CalibrationSettings, FitDecisions, FitPriors, FitSettings
from specquant.technique.laws import Mixing, NarrowingMixing, Response
from specquant.technique.lines import MEASURED, Component, Peak, ProbeExample
from specquant.technique.parameters import InstrumentParameter, Role
from specquant.technique.raw import Facts, RawSpectrum, Reader
from specquant.technique.record import Technique
from specquant.technique.sections import Section

__all__ = [
    "MEASURED",
    "CalibrationSettings",
    "Component",
    "EnergyAxis",
    "Facts",
    "FitDecisions",
    "FitPriors",
    "FitSettings",
    "Floats",
    "InstrumentParameter",
    "Mixing",
    "NarrowingMixing",
    "Peak",
    "ProbeExample",
    "RawSpectrum",
    "Reader",
    "Response",
    "Role",
    "Section",
    "Technique",
]
