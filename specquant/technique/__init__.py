"""A technique as the core knows it: the record that a plug-in hands over, and the records in it."""

from specquant.technique.axis import EnergyAxis, Floats
from specquant.technique.example import ExampleSpectrum
from specquant.technique.facts import Fact, facts_of
from specquant.technique.fit import CalibrationSettings, DoubledLines, FitDecisions, FitPriors, FitSettings
from specquant.technique.laws import LinearisingResponse, Mixing, NarrowingMixing, Response
from specquant.technique.lines import MAIN, MEASURED, Component, Peak, ProbeExample, strongest_peaks
from specquant.technique.narrow import LineArea, LineFactor, NarrowAnswer, NarrowQuestion, NarrowScan
from specquant.technique.parameters import InstrumentParameter, ParameterEstimate, Role
from specquant.technique.raw import Coordinate, Facts, RawSpectrum
from specquant.technique.rawmaps import Counts, MapAxis, RawMap
from specquant.technique.reader import Reader
from specquant.technique.record import Technique
from specquant.technique.reporting import Reporting
from specquant.technique.sections import Section
from specquant.technique.shifts import DeclaredShift
from specquant.technique.unstated import UnstatedQuantities

__all__ = [
    "MAIN",
    "MEASURED",
    "CalibrationSettings",
    "Component",
    "Coordinate",
    "Counts",
    "DeclaredShift",
    "DoubledLines",
    "EnergyAxis",
    "ExampleSpectrum",
    "Fact",
    "Facts",
    "FitDecisions",
    "FitPriors",
    "FitSettings",
    "Floats",
    "InstrumentParameter",
    "LineArea",
    "LineFactor",
    "LinearisingResponse",
    "MapAxis",
    "Mixing",
    "NarrowAnswer",
    "NarrowQuestion",
    "NarrowScan",
    "NarrowingMixing",
    "ParameterEstimate",
    "Peak",
    "ProbeExample",
    "RawMap",
    "RawSpectrum",
    "Reader",
    "Reporting",
    "Response",
    "Role",
    "Section",
    "Technique",
    "UnstatedQuantities",
    "facts_of",
    "strongest_peaks",
]
