"""All that a plug-in imports from specquant, in one place: the seam.

``from specquant.plugin import Technique, EnergyAxis, Peak, ...`` is the only import a plug-in needs, and the only one it
may rely on. What stays, and for how long, says docs/stability.md. Names load on first use, so that loading a plug-in
takes neither torch nor xarray; types that only annotations need are free.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

api = 1
"""Version of the seam. It rises when a plug-in that kept to this module could break; new names do not raise it."""

if TYPE_CHECKING:
    from specquant.compositions import parse_amounts, parse_formula
    from specquant.discovery import register
    from specquant.elements import ATOMIC_NUMBER, atomic_fractions, atomic_weight, weight_fractions
    from specquant.errors import PluginError, ReadError, SettingError, SpectrumError
    from specquant.explainers import Explainer
    from specquant.hdf5 import check_enclosed
    from specquant.hookspecs import hookimpl
    from specquant.library import PureLibrary
    from specquant.library.rendered import components_from_peaks
    from specquant.notes import Note, NoteKind
    from specquant.quantifiers import Estimate, Quantifier, QuantifierFactory
    from specquant.readers import check_raw, lines_in, place, read_file
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
    from specquant.report.sections import Section
    from specquant.spectra import Spectra
    from specquant.technique import (
        MEASURED,
        CalibrationSettings,
        Component,
        EnergyAxis,
        Facts,
        FitDecisions,
        FitPriors,
        FitSettings,
        Floats,
        InstrumentParameter,
        Mixing,
        NarrowingMixing,
        Peak,
        ProbeExample,
        RawSpectrum,
        Reader,
        Response,
        Role,
        Technique,
    )

_MODULES = {
    "specquant.compositions": ("parse_amounts", "parse_formula"),
    "specquant.discovery": ("register",),
    "specquant.elements": ("ATOMIC_NUMBER", "atomic_fractions", "atomic_weight", "weight_fractions"),
    "specquant.errors": ("PluginError", "ReadError", "SettingError", "SpectrumError"),
    "specquant.explainers": ("Explainer",),
    "specquant.hdf5": ("check_enclosed",),
    "specquant.hookspecs": ("hookimpl",),
    "specquant.library": ("PureLibrary",),
    "specquant.library.rendered": ("components_from_peaks",),
    "specquant.notes": ("Note", "NoteKind"),
    "specquant.quantifiers": ("Estimate", "Quantifier", "QuantifierFactory"),
    "specquant.readers": ("check_raw", "lines_in", "place", "read_file"),
    "specquant.recipes": (
        *("Addition", "Constant", "Distribution", "HalfNormal", "InstrumentKind", "LogNormal", "LogUniform"),
        *("Mixture", "Normal", "Power", "Recipe", "Uniform"),
    ),
    "specquant.report.sections": ("Section",),
    "specquant.spectra": ("Spectra",),
    "specquant.technique": (
        *("MEASURED", "CalibrationSettings", "Component", "EnergyAxis", "Facts", "FitDecisions", "FitPriors"),
        *("FitSettings", "Floats", "InstrumentParameter", "Mixing", "NarrowingMixing", "Peak", "ProbeExample"),
        *("RawSpectrum", "Reader", "Response", "Role", "Technique"),
    ),
}
"""Module to the names that plug-ins take from it; its order is that of docs/stability.md."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ATOMIC_NUMBER",
    "MEASURED",
    "Addition",
    "CalibrationSettings",
    "Component",
    "Constant",
    "Distribution",
    "EnergyAxis",
    "Estimate",
    "Explainer",
    "Facts",
    "FitDecisions",
    "FitPriors",
    "FitSettings",
    "Floats",
    "HalfNormal",
    "InstrumentKind",
    "InstrumentParameter",
    "LogNormal",
    "LogUniform",
    "Mixing",
    "Mixture",
    "NarrowingMixing",
    "Normal",
    "Note",
    "NoteKind",
    "Peak",
    "PluginError",
    "Power",
    "ProbeExample",
    "PureLibrary",
    "Quantifier",
    "QuantifierFactory",
    "RawSpectrum",
    "ReadError",
    "Reader",
    "Recipe",
    "Response",
    "Role",
    "Section",
    "SettingError",
    "Spectra",
    "SpectrumError",
    "Technique",
    "Uniform",
    "api",
    "atomic_fractions",
    "atomic_weight",
    "check_enclosed",
    "check_raw",
    "components_from_peaks",
    "hookimpl",
    "lines_in",
    "parse_amounts",
    "parse_formula",
    "place",
    "read_file",
    "register",
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
