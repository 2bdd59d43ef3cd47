"""What a plug-in hands over: one frozen record of facts, and at most four functions.

A minimal technique is an axis, sensitivity factors and peaks. A technique with better physics also gives `render`
(components from physics), `response` (what the instrument and the sample's bulk do to bare lines), `mixing`
(composition to component intensities) and `orient` (put what a file holds onto the technique's energy scale).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.recipes.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float64]

MEASURED = "measured"
"""Label of a component that is a whole measured spectrum: nothing is known of its parts, so it mixes linearly."""


@dataclass(frozen=True)
class EnergyAxis:
    """A grid of equally wide channels.

    Parameters
    ----------
    start, stop
        First and last channel centre, eV.
    step
        Channel width, eV.
    label
        What is drawn under the axis, without the unit.
    descending
        Whether people of this field read the axis from high to low. Data always ascend.
    """

    start: float
    stop: float
    step: float
    label: str = "Energy"
    descending: bool = False

    def __post_init__(self) -> None:
        if not (self.step > 0 and self.stop > self.start and np.isfinite([self.start, self.stop, self.step]).all()):
            raise SettingError(
                "energy axis is not a grid",
                found=f"start {self.start}, stop {self.stop}, step {self.step} eV",
                wanted="start < stop and step > 0",
                todo="Give the axis as start, stop and step in eV.",
            )
        channels = (self.stop - self.start) / self.step
        if abs(channels - round(channels)) > 1e-6 * max(channels, 1.0):
            raise SettingError(
                "energy axis is not a whole number of channels",
                found=f"{self.start:g}..{self.stop:g} eV in steps of {self.step:g} eV",
                wanted="stop - start a multiple of step",
            )

    @property
    def size(self) -> int:
        """Number of channels."""
        return round((self.stop - self.start) / self.step) + 1

    @property
    def centres(self) -> Floats:
        """Channel centres in eV, ascending, shape (energy,)."""
        return self.start + self.step * np.arange(self.size, dtype=np.float64)

    def padded(self, margin: float) -> EnergyAxis:
        """Return the axis extended by `margin` eV (rounded up to channels) on both sides."""
        extra = int(np.ceil(margin / self.step)) * self.step
        return EnergyAxis(self.start - extra, self.stop + extra, self.step, self.label, self.descending)


@dataclass(frozen=True)
class Peak:
    """One line of one element.

    `intensity` is the area per atom relative to the element's strongest group of lines, which sums to one; `width` is
    the FWHM in eV, natural where the technique has a response, else as observed.
    """

    element: str
    label: str
    energy: float
    width: float
    intensity: float
    group: str = "main"


@dataclass(frozen=True)
class Component:
    """One unit of a pure spectrum that keeps its shape: all lines that move and scale together.

    `density` has shape (energy,), unit 1/eV, scaled so that an element's components belong to one unit of its
    strongest group of lines. `element` is ``""`` for what belongs to no element, such as a continuum: only a
    technique with its own mixing law can say how strong that is.
    """

    element: str
    label: str
    group: str
    density: Floats


@dataclass(frozen=True)
class InstrumentParameter:
    """One number that describes the instrument or the sample's bulk, with its default and valid range.

    `stated`: a file's header, an instrument file or the user states it for each spectrum; stated parameters travel with
    the spectra and are inputs of every quantifier. `required`: without it a spectrum cannot be quantified. `rendered`:
    another value needs other pure spectra, by `Technique.render`; such parameters are stated.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    stated: bool = False
    required: bool = False
    rendered: bool = False


@dataclass(frozen=True)
class ProbeExample:
    """A statement about where an element should be read, to be checked with the peak probe.

    Parameters
    ----------
    element
        Whose reading it is about.
    energies
        Where a single peak is put, eV.
    statement
        What is claimed, for people.
    readers
        Which element each of those peaks has to be read as; empty is `element` at all of them.
    least
        Atomic fraction that each of those elements has to reach at its energy; None: more than any other element.
    """

    element: str
    energies: tuple[float, ...]
    statement: str
    readers: tuple[str, ...] = ()
    least: float | None = None


@dataclass(frozen=True)
class RawSpectrum:
    """One spectrum as a file holds it, before it is put on the technique's axis.

    `energy` and `counts` have shape (channel,), energy in eV in the file's order. `attrs` keeps what the header says;
    a plug-in's `orient` reads its own keys there.
    """

    name: str
    energy: Floats
    counts: Floats
    attrs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """How one file format is recognised and read.

    `sniff` gets the first kilobytes of the file; `read` gets the path and returns every spectrum of the kind the
    technique quantifies, or raises ReadError.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[Path], Sequence[RawSpectrum]]


class Response(Protocol):
    """What instrument and bulk do to bare lines, vectorised over samples."""

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Map (sample, energy) bare lines to (sample, energy) spectra; `values` holds shape (sample,) per parameter."""
        ...


class Mixing(Protocol):
    """The law between atomic fractions and component intensities, vectorised over samples."""

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the (sample, component) intensity of each component per unit atomic fraction of its element.

        The intensity is the yield times the fraction, so that a yield is defined where the fraction is zero too. For a
        component of no element it is the intensity itself.

        Parameters
        ----------
        fraction
            Atomic fractions (sample, element) of all elements of the technique, float32 or float64, on any device.
        values
            Every instrument parameter, shape (sample,), of the same type and on the same device.
        """
        ...


@dataclass(frozen=True)
class FitSettings:
    """What a fit of the whole spectrum leaves free, and how far: the model's errors as standard deviations.

    Parameters
    ----------
    parameters
        Instrument parameter to standard deviation around what is stated, or its default.
    groups
        Group of components to relative standard deviation of their strength, per element.
    other_groups
        The same for groups that are not named.
    separate
        Groups of which every component has a factor of its own, not one with the others of its element.
    sensitivity_error
        Relative error of an element's sensitivity factor, common to all its lines, so that no fit can tell it: it goes
        into intervals.
    widening
        Factor on all standard errors, by which intervals were found too narrow on spectra of known composition.
    model_error
        Relative error of the modelled spectrum in any channel, beside counting noise.
    shape_errors
        Group of components to the relative error of their shape, which adds to the model's error where they lie.
    proposal
        How much the fit holds to the proposed composition: 1 takes the proposer's intervals as they are, less is
        closer, more is looser; 0: not at all. The worse the model explains a spectrum, the more the proposal counts.
    least
        Atomic fraction below which an element is not looked for.
    significance
        How many standard errors above zero an element has to lie to stay.
    poor
        Misfit from which on the answer comes with a warning; 1 is as good as the model can be.
    shift
        Standard deviation of the shift of the whole axis, eV; 0 where parameters of the response do that.
    chemical
        Whether the lines of each element move together, by as much as its chemical shifts are.
    unstated
        Stated instrument parameter to its standard deviation about its default, where nobody states it. It is not
        fitted, but what it leaves open goes into intervals.
    calibrated
        Instrument parameter to standard deviation, for ``specquant calibrate``: what a spectrum of known composition
        tells about an instrument.
    reluctant
        Element to the energy, eV, up to which a spectrum is read for its sake alone: what lies there is mostly of the
        electronics. It is fitted, and the channels are used, only where the element is on a given list.
    surface
        Element to the instrument parameter that is its thickness on the surface. The layer is fitted as long as the
        element is not taken to be in the bulk, and it is taken to be there only where the layer cannot explain it.
    tuned
        The instrument parameter that a calibration turns until known compositions come out; "" for none.
    alternatives
        Kinds of instrument between which a calibration decides, by name: values of parameters.
    """

    parameters: Mapping[str, float]
    groups: Mapping[str, float]
    other_groups: float = 0.1
    separate: tuple[str, ...] = ()
    sensitivity_error: float = 0.0
    widening: float = 1.0
    model_error: float = 0.02
    shape_errors: Mapping[str, float] = field(default_factory=dict)
    proposal: float = 0.0
    least: float = 0.001
    significance: float = 3.0
    poor: float = 3.0
    shift: float = 0.0
    chemical: bool = False
    unstated: Mapping[str, float] = field(default_factory=dict)
    calibrated: Mapping[str, float] = field(default_factory=dict)
    reluctant: Mapping[str, float] = field(default_factory=dict)
    surface: Mapping[str, str] = field(default_factory=dict)
    tuned: str = ""
    alternatives: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Technique:
    """All the core knows about a technique.

    Parameters
    ----------
    name, title
        The entry point's name, and the name people use.
    axis
        Default energy axis.
    elements
        Symbols in the order of atomic number.
    sensitivity
        Sensitivity factor per atom of the strongest group of lines, any common unit.
    peaks
        Peak table; used to label lines, and to render pure spectra when `render` is None.
    recipes
        Named training recipes.
    parameters
        Instrument parameters with defaults and valid ranges; `stated` are those that travel with each spectrum.
    chemical_shift
        Per element the lowest and highest chemical shift of its lines against the peak table, eV.
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
        What the method ``hybrid`` leaves free; None: the technique has no such method.
    mixing
        ``mixing(element_of_component, label_of_component) -> Mixing``; None is the linear law of the article,
        fraction x sensitivity.
    orient
        Puts a raw spectrum on the technique's energy scale, or raises SpectrumError with the reason.
    models
        Name to path of the weights that ship.
    offset_model
        Weights that ship of the network that finds the offset of an energy axis; None: axes are taken as they are.
    examples
        Statements that the report checks with the peak probe.
    compared
        Elements over which accuracy on labelled data is computed, fractions renormalised to them; empty is all.
    line_width
        FWHM in eV that one line shows at the middle of the axis, the peak probe's default width; None is 3 channels.
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
    models: Mapping[str, Path] = field(default_factory=dict)
    offset_model: Path | None = None
    examples: tuple[ProbeExample, ...] = ()
    compared: tuple[str, ...] = ()
    line_width: float | None = None
    fit: FitSettings | None = None

    @property
    def stated(self) -> tuple[InstrumentParameter, ...]:
        """Parameters that are stated for each spectrum, in order."""
        return tuple(parameter for parameter in self.parameters if parameter.stated)

    def defaults(self) -> dict[str, float]:
        """Return the default value of every instrument parameter."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def with_defaults(self, values: Mapping[str, float]) -> Technique:
        """Return the technique on another instrument: with these values as defaults of its parameters."""
        moved = [
            replace(parameter, default=values.get(parameter.name, parameter.default)) for parameter in self.parameters
        ]
        return replace(self, parameters=tuple(moved))

    def recipe(self, name: str) -> Recipe:
        """Return the recipe of that name, or raise SettingError with the names there are."""
        if name not in self.recipes:
            raise SettingError(
                "no such recipe", where=self.name, found=repr(name), wanted=f"one of {', '.join(self.recipes)}"
            )
        return self.recipes[name]
