"""What a plug-in hands over: one frozen record of facts, and some functions.

A minimal technique is an axis, sensitivity factors and peaks. A technique with better physics also gives `render`
(components from physics), `response` (what the instrument and the sample's bulk do to bare lines), `distortion` (what
differs between measurements that contain the response), `mixing` (composition to component intensities), `measure`
(components from a laboratory's own spectra) and `orient` (puts what a file holds onto the technique's energy scale).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from specquant.errors import SettingError, did_you_mean
from specquant.markup import card, table
from specquant.recipes.recipe import Recipe
from specquant.technique.axis import EnergyAxis, Floats
from specquant.technique.example import ExampleSpectrum
from specquant.technique.fit import FitSettings
from specquant.technique.laws import Mixing, Response
from specquant.technique.lines import Component, Peak, ProbeExample
from specquant.technique.narrow import NarrowAnswer, NarrowQuestion
from specquant.technique.parameters import InstrumentParameter, ParameterEstimate
from specquant.technique.raw import RawSpectrum
from specquant.technique.reader import Reader
from specquant.technique.reporting import Reporting
from specquant.technique.shifts import DeclaredShift
from specquant.technique.unstated import UnstatedQuantities

_CHANNELS = 3.0
"""Channels that a line is wide where a technique does not say it: chosen, as for surveys of XPS in steps of 1 eV."""


@dataclass(frozen=True)
class Technique:
    """All the core knows about a technique.

    Parameters
    ----------
    name
        The entry point's name: the word after ``--technique``.
    title
        The name that people use, in one line.
    axis
        Default energy axis.
    elements
        Symbols in the order of atomic number.
    sensitivity
        Sensitivity factor per atom of the strongest group of lines, any common unit.
    peaks
        Peak table; used to label lines, and to render pure spectra when `render` is None.
    recipes
        Named training recipes, the simplest first.
    default_recipe
        Name of the recipe that is used where none is named; "" is the first.
    parameters
        Instrument parameters with defaults and valid ranges; `stated` are those that travel with each spectrum.
    chemical_shift
        Per element the lowest and highest chemical shift of its lines against the peak table, eV. No fit moves lines
        further; those of elements without a range stay, but for a shift of the whole axis.
    margin
        How far beyond the axis pure spectra are rendered, so that shifts bring in nothing invented, eV.
    render
        ``render(axis, values) -> components``: bare lines, before `response`.
    response
        ``response(axis) -> Response``.
    distortion
        ``distortion(axis) -> Response``: what differs from one measurement to the next in spectra that already contain
        the response, for libraries of measured shapes.
    measure
        ``measure(folder, axis, readers) -> components``, response included: how a library is built from a laboratory's
        own spectra; None: one spectrum per pure element, scaled by the area of its main lines.
    fit
        What the method ``hybrid`` leaves free; None: the technique comes without that method.
    mixing
        ``mixing(element_of_component, label_of_component) -> Mixing``; None is the linear law of the article,
        fraction x sensitivity.
    orient
        Puts a raw spectrum on the technique's energy scale, or raises SpectrumError with the reason.
    estimates
        Parameter to ``estimate(raw) -> ParameterEstimate``: what a spectrum on its own axis, oriented, says of it. A
        file that does not state it takes the estimate; one that contradicts the estimate gets a warning.
    models
        Name to path of the weights that ship.
    offset_model
        Weights that ship of the network that finds the offset of an energy axis; None: axes are taken as they are.
    unstated_quantities
        What a network finds in a spectrum of an instrument that nobody stated; None: nothing is looked for.
    examples
        Statements that the report checks with the peak probe.
    compared
        Elements over which accuracy on labelled data is computed, fractions renormalised to them; empty is all.
    line_width
        FWHM that one line shows at the middle of the axis, in its unit: the peak probe's default width, and the scale
        of offsets of an axis; None is 3 channels.
    valences
        Usual valence of elements in oxides, by which oxygen is counted for ``--oxides``; negative for elements that
        take the place of oxygen. Empty: the technique gives no oxides.
    reporting
        What its standards ask a report to state, as far as the technique alone knows it.
    shifts
        Spectra unlike those of the recipes, on which ``specquant study trust`` sees what answers are worth.
    narrow_scans
        ``narrow_scans(question) -> NarrowAnswer``: composition from the narrow scans that a file holds beside a
        spectrum; None: they are not used.
    example
        A spectrum that ships, for ``specquant example``; None: there is none.
    """

    name: str
    title: str
    axis: EnergyAxis
    elements: tuple[str, ...]
    sensitivity: Mapping[str, float]
    peaks: tuple[Peak, ...]
    recipes: Mapping[str, Recipe]
    parameters: tuple[InstrumentParameter, ...] = ()
    chemical_shift: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    margin: float = 0.0
    render: Callable[[EnergyAxis, Mapping[str, float]], Sequence[Component]] | None = None
    response: Callable[[EnergyAxis], Response] | None = None
    distortion: Callable[[EnergyAxis], Response] | None = None
    measure: Callable[[Path, EnergyAxis, Sequence[Reader]], Sequence[Component]] | None = None
    mixing: Callable[[Sequence[str], Sequence[str]], Mixing] | None = None
    orient: Callable[[RawSpectrum], RawSpectrum] | None = None
    estimates: Mapping[str, Callable[[RawSpectrum], ParameterEstimate]] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)
    offset_model: Path | None = None
    unstated_quantities: UnstatedQuantities | None = None
    examples: tuple[ProbeExample, ...] = ()
    compared: tuple[str, ...] = ()
    line_width: float | None = None
    fit: FitSettings | None = None
    default_recipe: str = ""
    shifts: tuple[DeclaredShift, ...] = ()
    valences: Mapping[str, int] = field(default_factory=dict)
    reporting: Reporting | None = None
    narrow_scans: Callable[[NarrowQuestion], NarrowAnswer] | None = None
    example: ExampleSpectrum | None = None

    def _repr_html_(self) -> str:
        axis = self.axis
        order = ", drawn from high to low" if axis.descending else ""
        rows = [
            ("Name", self.name),
            (axis.label, f"{axis.span} in {axis.text(axis.step)} steps{order}"),
            ("Elements", f"{len(self.elements)}: {' '.join(self.elements)}"),
            ("Recipes", "; ".join(f"{name} ({recipe.title})" for name, recipe in self.recipes.items())),
            ("Models that ship", ", ".join(self.models) or "none"),
        ]
        head = ("Instrument parameter", "Usually", "Valid range", "What it is")
        parameters = [
            (one.name, one.amount(one.default), f"{one.low:g} to {one.high:g}", one.meaning) for one in self.parameters
        ]
        return card(self.title, rows, table(head, parameters, ("", "number", "number", "")) if parameters else "")

    @property
    def width(self) -> float:
        """FWHM of a line at the middle of the axis, in its unit: `line_width`, or three channels."""
        return self.line_width or _CHANNELS * self.axis.step

    @property
    def stated(self) -> tuple[InstrumentParameter, ...]:
        """Parameters that are stated for each spectrum, in order."""
        return tuple(parameter for parameter in self.parameters if parameter.stated)

    @property
    def shift_ranges(self) -> Floats:
        """Lowest and highest chemical shift of every element, eV, (element, 2); nothing for those without a range."""
        return np.array([self.chemical_shift.get(symbol, (0.0, 0.0)) for symbol in self.elements])

    def stated_columns(self, names: Iterable[str]) -> list[int]:
        """Return where stated parameters of these names are among `stated`, as in the columns of spectra.

        Parameters
        ----------
        names
            Names of stated parameters.
        """
        known = [parameter.name for parameter in self.stated]
        return [known.index(name) for name in names]

    def defaults(self) -> dict[str, float]:
        """Return the default value of every instrument parameter."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def with_defaults(self, values: Mapping[str, float]) -> Technique:
        """Return the technique on another instrument: with these values as defaults of its parameters.

        Parameters
        ----------
        values
            Defaults by name, in the units of the parameters.
        """
        moved = [
            replace(parameter, default=values.get(parameter.name, parameter.default)) for parameter in self.parameters
        ]
        return replace(self, parameters=tuple(moved), fit=self._usual_but(values))

    def _usual_but(self, values: Mapping[str, float]) -> FitSettings | None:
        """Return the settings of the fit with nothing usual for parameters that have values of their own."""
        if self.fit is None:
            return None
        usual = {name: value for name, value in self.fit.priors.usual.items() if name not in values}
        return replace(self.fit, priors=replace(self.fit.priors, usual=usual))

    def with_free(self, parameters: Mapping[str, float]) -> Technique:
        """Return the technique with further parameters that a fit leaves free, by their standard deviations.

        Parameters
        ----------
        parameters
            Standard deviations by name, in the units of the parameters.
        """
        if self.fit is None or not parameters:
            return self
        priors = replace(self.fit.priors, parameters={**self.fit.priors.parameters, **parameters})
        return replace(self, fit=replace(self.fit, priors=priors))

    def with_known(self, values: Mapping[str, float], deviations: Mapping[str, float]) -> Technique:
        """Return the technique with what its fit takes to be usual of free parameters, and how far they may deviate.

        Parameters
        ----------
        values
            Usual values by name, in the units of the parameters.
        deviations
            Standard deviations by name, in the same units.
        """
        if self.fit is None:
            return self
        priors = self.fit.priors
        known = {name: min(deviation, deviations.get(name, deviation)) for name, deviation in priors.parameters.items()}
        priors = replace(priors, parameters=known, usual={**priors.usual, **values})
        return replace(self, fit=replace(self.fit, priors=priors))

    def with_linear_mixing(self) -> Technique:
        """Return the technique under the linear law, to measure what its own is worth; it then has no fit."""
        return replace(self, mixing=None, fit=None)

    def recipe(self, name: str = "") -> Recipe:
        """Return the recipe of that name, or the default one, or raise SettingError with the names there are.

        Parameters
        ----------
        name
            Name of a recipe; empty: the default.

        Raises
        ------
        SettingError
            If no recipe has that name.
        """
        name = name or self.default_recipe or next(iter(self.recipes), "")
        if name not in self.recipes:
            raise SettingError(
                "no such recipe",
                where=self.name,
                found=repr(name),
                wanted=f"one of {', '.join(self.recipes)}",
                todo=did_you_mean(name, self.recipes),
            )
        return self.recipes[name]
