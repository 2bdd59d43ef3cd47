"""All that a plug-in imports from specquant, in one place: the seam.

A plug-in imports from here, as in ``from specquant.plugin import Technique, EnergyAxis, Peak``, and may rely on nothing
else. docs/reference/stability.md says what stays, and for how long. Names load on first use, so that loading a plug-in
takes neither torch nor xarray.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

api = 1
"""Version of the seam. It rises when a plug-in that kept to this module could break; new names do not raise it."""

if TYPE_CHECKING:
    from specquant.arrays import (
        Array,
        ArrayKind,
        Constants,
        at_least,
        columns_of,
        doubles,
        fft_of,
        indices,
        like,
        module_of,
        rows_at,
    )
    from specquant.atomictables import absorption_edges, attenuation
    from specquant.compositions import parse_amounts, parse_formula
    from specquant.elements import ATOMIC_NUMBER, atomic_fractions, atomic_weight, weight_fractions
    from specquant.errors import PluginError, ReadError, SettingError, SpecquantError, SpectrumError
    from specquant.explainers import Explainer, ExplainerFactory
    from specquant.hdf5 import LARGEST_RATIO, MAGIC, check_enclosed, opened
    from specquant.hookspecs import hookimpl
    from specquant.library import PureLibrary
    from specquant.library.rendered import components_from_peaks
    from specquant.notes import Note, NoteKind, shortened
    from specquant.quantifiers import Estimate, Quantifier, QuantifierFactory
    from specquant.readers import (
        CHANNEL,
        COUNTS,
        NORMALISED,
        RATE,
        FileCounts,
        Hdf5Counts,
        Member,
        check_raw,
        decoded,
        is_archive,
        lines_in,
        members_of,
        part,
        place,
        read_file,
        table_in,
        uncalibrated,
    )
    from specquant.recipes import (
        Addition,
        Constant,
        Distribution,
        HalfNormal,
        InstrumentKind,
        LogNormal,
        LogUniform,
        Mixture,
        Normal,
        Power,
        Recipe,
        Uniform,
    )
    from specquant.report import SampleResult
    from specquant.spectra import Spectra
    from specquant.technique import (
        MEASURED,
        CalibrationSettings,
        Component,
        Coordinate,
        DeclaredShift,
        DoubledLines,
        EnergyAxis,
        ExampleSpectrum,
        Fact,
        Facts,
        FitDecisions,
        FitPriors,
        FitSettings,
        Floats,
        InstrumentParameter,
        LineArea,
        LinearisingResponse,
        LineFactor,
        MapAxis,
        Mixing,
        NarrowAnswer,
        NarrowingMixing,
        NarrowQuestion,
        NarrowScan,
        ParameterEstimate,
        Peak,
        ProbeExample,
        RawMap,
        RawSpectrum,
        Reader,
        Reporting,
        Response,
        Role,
        Section,
        Technique,
        UnstatedQuantities,
    )

_MODULES = {
    "specquant.arrays": (
        *("Array", "ArrayKind", "Constants", "at_least", "columns_of", "doubles", "fft_of", "indices", "like"),
        *("module_of", "rows_at"),
    ),
    "specquant.atomictables": ("absorption_edges", "attenuation"),
    "specquant.compositions": ("parse_amounts", "parse_formula"),
    "specquant.elements": ("ATOMIC_NUMBER", "atomic_fractions", "atomic_weight", "weight_fractions"),
    "specquant.errors": ("PluginError", "ReadError", "SettingError", "SpecquantError", "SpectrumError"),
    "specquant.explainers": ("Explainer", "ExplainerFactory"),
    "specquant.hdf5": ("LARGEST_RATIO", "MAGIC", "check_enclosed", "opened"),
    "specquant.hookspecs": ("hookimpl",),
    "specquant.library": ("PureLibrary",),
    "specquant.library.rendered": ("components_from_peaks",),
    "specquant.notes": ("Note", "NoteKind", "shortened"),
    "specquant.quantifiers": ("Estimate", "Quantifier", "QuantifierFactory"),
    "specquant.readers": (
        *("CHANNEL", "COUNTS", "NORMALISED", "RATE", "Member", "check_raw", "decoded", "is_archive"),
        *(
            "lines_in",
            "members_of",
            "FileCounts",
            "Hdf5Counts",
            "part",
            "place",
            "read_file",
            "table_in",
            "uncalibrated",
        ),
    ),
    "specquant.recipes": (
        *("Addition", "Constant", "Distribution", "HalfNormal", "InstrumentKind", "LogNormal", "LogUniform"),
        *("Mixture", "Normal", "Power", "Recipe", "Uniform"),
    ),
    "specquant.report": ("SampleResult",),
    "specquant.spectra": ("Spectra",),
    "specquant.technique": (
        *("MEASURED", "CalibrationSettings", "Component", "Coordinate", "DeclaredShift", "DoubledLines", "EnergyAxis"),
        *("ExampleSpectrum", "Fact", "Facts", "FitDecisions", "FitPriors", "FitSettings", "Floats"),
        *("InstrumentParameter", "LineArea", "LineFactor", "LinearisingResponse", "MapAxis", "Mixing"),
        *("NarrowAnswer", "NarrowQuestion", "NarrowScan"),
        *("NarrowingMixing", "ParameterEstimate", "Peak", "ProbeExample", "RawMap", "RawSpectrum", "Reader"),
        *("Reporting", "Response", "Role", "Section", "Technique", "UnstatedQuantities"),
    ),
}
"""Module to the names that plug-ins take from it."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ATOMIC_NUMBER",
    "CHANNEL",
    "COUNTS",
    "LARGEST_RATIO",
    "MAGIC",
    "MEASURED",
    "NORMALISED",
    "RATE",
    "Addition",
    "Array",
    "ArrayKind",
    "CalibrationSettings",
    "Component",
    "Constant",
    "Constants",
    "Coordinate",
    "DeclaredShift",
    "Distribution",
    "DoubledLines",
    "EnergyAxis",
    "Estimate",
    "ExampleSpectrum",
    "Explainer",
    "ExplainerFactory",
    "Fact",
    "Facts",
    "FileCounts",
    "FitDecisions",
    "FitPriors",
    "FitSettings",
    "Floats",
    "HalfNormal",
    "Hdf5Counts",
    "InstrumentKind",
    "InstrumentParameter",
    "LineArea",
    "LineFactor",
    "LinearisingResponse",
    "LogNormal",
    "LogUniform",
    "MapAxis",
    "Member",
    "Mixing",
    "Mixture",
    "NarrowAnswer",
    "NarrowQuestion",
    "NarrowScan",
    "NarrowingMixing",
    "Normal",
    "Note",
    "NoteKind",
    "ParameterEstimate",
    "Peak",
    "PluginError",
    "Power",
    "ProbeExample",
    "PureLibrary",
    "Quantifier",
    "QuantifierFactory",
    "RawMap",
    "RawSpectrum",
    "ReadError",
    "Reader",
    "Recipe",
    "Reporting",
    "Response",
    "Role",
    "SampleResult",
    "Section",
    "SettingError",
    "SpecquantError",
    "Spectra",
    "SpectrumError",
    "Technique",
    "Uniform",
    "UnstatedQuantities",
    "absorption_edges",
    "api",
    "at_least",
    "atomic_fractions",
    "atomic_weight",
    "attenuation",
    "check_enclosed",
    "check_raw",
    "columns_of",
    "components_from_peaks",
    "decoded",
    "doubles",
    "fft_of",
    "hookimpl",
    "indices",
    "is_archive",
    "like",
    "lines_in",
    "members_of",
    "module_of",
    "opened",
    "parse_amounts",
    "parse_formula",
    "part",
    "place",
    "read_file",
    "rows_at",
    "shortened",
    "table_in",
    "uncalibrated",
    "weight_fractions",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(
        f"specquant.plugin (api {api}) has no {name!r}; a plug-in that needs it was written for another specquant"
    )


def __dir__() -> list[str]:
    return list(__all__)
