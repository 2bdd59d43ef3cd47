"""The door for the functions of a technique: what each returns is checked before anything is done with it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from specquant.contracts import TOLERANCE
from specquant.notes import Note
from specquant.technique import (
    Component,
    EnergyAxis,
    Floats,
    LineArea,
    Mixing,
    NarrowAnswer,
    NarrowQuestion,
    ParameterEstimate,
    RawSpectrum,
    Reader,
    Response,
    Technique,
)
from specquant.validation.blame import blamed, refuse
from specquant.validation.facts import check_facts, check_mapping, check_tuple
from specquant.validation.laws import checked_mixing, checked_response
from specquant.validation.problems import number

Returned = Any
"""What a function of a plug-in returned, before it is checked."""


@dataclass(frozen=True)
class _Guarded:
    """A function of a technique behind the door; equal to another if function, plug-in and elements are."""

    function: Callable[..., Returned]
    origin: str
    elements: tuple[str, ...]
    parameters: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("__module__", "__qualname__", "__doc__"):  # by which a library on disk is found again
            if hasattr(self.function, name):
                self.__dict__[name] = getattr(self.function, name)


class _Render(_Guarded):
    def __call__(self, axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
        with blamed(self.origin, "render", "render(axis, values) -> components"):
            components = self.function(axis, dict(values))
        checked = _components(components, axis, self.elements, self.origin, "render")
        seen = {component.element for component in checked}
        missing = [symbol for symbol in self.elements if symbol not in seen]
        if missing:
            wanted = "one or more of every element"
            refuse(self.origin, "render left elements out", f"no component of {', '.join(missing)}", wanted)
        return checked


class _Measure(_Guarded):
    def __call__(self, folder: Path, axis: EnergyAxis, readers: Sequence[Reader]) -> list[Component]:
        with blamed(self.origin, "measure", "measure(folder, axis, readers) -> components"):
            components = self.function(folder, axis, readers)
        return _components(components, axis, self.elements, self.origin, "measure")


class _Orient(_Guarded):
    def __call__(self, raw: RawSpectrum) -> RawSpectrum:
        wanted = "orient(raw) -> RawSpectrum, or SpectrumError with the reason"
        with blamed(self.origin, "orient", wanted):
            oriented = self.function(raw)
        if not isinstance(oriented, RawSpectrum):
            refuse(self.origin, "orient gave the wrong type", type(oriented).__name__, "a RawSpectrum")
        energy, counts = np.asarray(oriented.energy), np.asarray(oriented.counts)
        if energy.dtype.kind not in "iuf" or counts.dtype.kind not in "iuf":
            refuse(self.origin, "orient gave no numbers", f"{energy.dtype} and {counts.dtype}", "numbers")
        if energy.ndim != 1 or energy.shape != counts.shape:
            shown = f"{energy.shape} and {counts.shape}"
            refuse(self.origin, "orient gave energies and counts of other shapes", shown, "(channel,) each")
        if not (np.isfinite(energy).all() and np.isfinite(counts).all()):
            refuse(self.origin, "orient gave values that are not finite", "NaN or infinity", "finite numbers")
        if not (np.diff(energy) > 0).all():
            refuse(self.origin, "orient gave energies that do not ascend", f"{energy[:3]} ...", "ascending energies")
        check_mapping(oriented.stated, self.origin, "orient")
        for name, value in oriented.stated.items():
            if name not in self.parameters or not number(value):
                wanted = f"numbers of {', '.join(self.parameters) or 'no parameter'}"
                refuse(self.origin, "orient stated what cannot be", f"{name} {value!r}", wanted)
        check_facts(oriented, self.origin, "orient")
        if not isinstance(oriented.name, str):
            refuse(self.origin, "orient gave a name that cannot be text", type(oriented.name).__name__, "text")
        return oriented.on(energy, counts)


class _NarrowScans(_Guarded):
    def __call__(self, question: NarrowQuestion) -> NarrowAnswer:
        with blamed(self.origin, "narrow_scans", "narrow_scans(question) -> NarrowAnswer"):
            answer = self.function(question)
        if not isinstance(answer, NarrowAnswer):
            refuse(self.origin, "narrow_scans gave the wrong type", type(answer).__name__, "a NarrowAnswer")
        size = len(self.elements)
        numbers = (
            ("fractions", np.asarray(answer.fraction), 1.0 + TOLERANCE),
            ("deviations", np.asarray(answer.deviation), np.inf),
        )
        for title, values, _ in numbers:
            if values.dtype.kind not in "iuf" or values.shape != (size,):
                shown = f"{values.shape} of {values.dtype}"
                refuse(self.origin, f"narrow_scans gave {title} of another shape", shown, f"({size},) of numbers")
        for title, values, most in numbers:
            wrong = values[(values < 0) | (values > most) | np.isinf(values)]
            if wrong.size:
                wanted = f"0 {'to 1' if most < np.inf else 'or more'}, NaN of elements without a narrow scan"
                refuse(self.origin, f"narrow_scans gave {title} that cannot be", f"{wrong[0]:g}", wanted)
        for title, listed, kind in (("lines", answer.lines, LineArea), ("notes", answer.notes, Note)):
            check_tuple(listed, kind, self.origin, f"narrow_scans gave {title}")
        return answer


class _Response(_Guarded):
    name = "response"

    def __call__(self, axis: EnergyAxis) -> Response:
        with blamed(self.origin, self.name, f"{self.name}(axis), which returns a function of (primary, values)"):
            response = self.function(axis)
        return checked_response(response, self.origin, self.name, self.parameters)


class _Distortion(_Response):
    name = "distortion"


class _Mixing(_Guarded):
    def __call__(self, elements: Sequence[str], labels: Sequence[str]) -> Mixing:
        with blamed(self.origin, "mixing", "mixing(element_of_component, label_of_component)"):
            law = self.function(elements, labels)
        return checked_mixing(law, self.origin, len(elements), self.parameters)


@dataclass(frozen=True)
class _Estimate:
    """A function that reads an instrument parameter from a spectrum, behind the door."""

    function: Callable[..., Returned]
    origin: str
    parameter: str

    def __call__(self, raw: RawSpectrum) -> ParameterEstimate:
        named = f"the estimate of {self.parameter}"
        with blamed(self.origin, named, "estimate(raw) -> ParameterEstimate"):
            estimate = self.function(raw)
        if not isinstance(estimate, ParameterEstimate):
            refuse(self.origin, f"{named} gave the wrong type", type(estimate).__name__, "a ParameterEstimate")
        for value in (estimate.value, estimate.deviation):
            if not isinstance(value, Real) or math.isinf(value):
                refuse(self.origin, f"{named} gave no numbers", repr(value), "value and deviation, NaN where not known")
        if estimate.deviation < 0:
            refuse(self.origin, f"{named} gave a negative deviation", f"{estimate.deviation:g}", "0 or more, or NaN")
        if not isinstance(estimate.reason, str):
            refuse(
                self.origin, f"{named} gave no reason", repr(estimate.reason), "text: by what it is known, or why not"
            )
        return estimate


_GUARDS: Mapping[str, type[_Guarded]] = {
    "render": _Render,
    "response": _Response,
    "distortion": _Distortion,
    "measure": _Measure,
    "mixing": _Mixing,
    "orient": _Orient,
    "narrow_scans": _NarrowScans,
}
"""Field of the record to the door of its function."""


def guarded(technique: Technique, origin: str) -> Technique:
    """Return the technique with every function behind a door that checks what it returns.

    Parameters
    ----------
    technique
        Checked by `validate_technique`.
    origin
        Distribution and version of the plug-in, for messages.
    """
    names = tuple(parameter.name for parameter in technique.parameters)
    doors = {}
    for field, guard in _GUARDS.items():
        function = getattr(technique, field)
        if function is not None and not isinstance(function, _Guarded):
            doors[field] = guard(function, origin, technique.elements, names)
    estimates = {
        name: function if isinstance(function, _Estimate) else _Estimate(function, origin, name)
        for name, function in technique.estimates.items()
    }
    return replace(technique, estimates=estimates, **doors)  # type: ignore[arg-type]


def _components(
    components: Returned, axis: EnergyAxis, elements: tuple[str, ...], origin: str, function: str
) -> list[Component]:
    """Return components that are what they should be."""
    if not isinstance(components, Sequence) or isinstance(components, str):
        refuse(origin, f"{function} gave the wrong type", type(components).__name__, "a list of Component")
    names: set[tuple[str, str]] = set()
    for component in components:
        if not isinstance(component, Component):
            refuse(origin, f"{function} gave the wrong type", type(component).__name__, "a Component")
        for part in ("element", "label", "group"):
            if not isinstance(getattr(component, part), str):
                shown = f"{component.element} {component.label!r}: {part} {getattr(component, part)!r}"
                refuse(origin, f"{function} gave a component that is not named by text", shown, "text")
        if component.element and component.element not in elements:
            what = f"{function} gave a component of an element that the technique does not have"
            refuse(origin, what, repr(component.element), "one of its elements, or '' for none")
        name = f"{component.element} {component.label!r}"
        if (component.element, component.label) in names:
            refuse(origin, f"{function} gave two components of one name", name, "another label for each")
        names.add((component.element, component.label))
        _density(component.density, axis, origin, function, name)
    return list(components)


def _density(density: Floats, axis: EnergyAxis, origin: str, function: str, name: str) -> None:
    if not isinstance(density, np.ndarray) or density.dtype.kind not in "iuf":
        shown = f"{name} {getattr(density, 'dtype', type(density).__name__)}"
        refuse(origin, f"{function} gave a density without numbers", shown, "a numpy array")
    if density.shape != (axis.size,):
        wanted = f"({axis.size},), a value per channel of the axis that it was given"
        refuse(origin, f"{function} gave a density of another shape", f"{name} {density.shape}", wanted)
    if not np.isfinite(density).all():
        channel = int(np.flatnonzero(~np.isfinite(density))[0])
        shown = f"{name} {density[channel]} at {axis.centres[channel]:g} {axis.unit}"
        refuse(origin, f"{function} gave a density that is not finite", shown, "finite numbers")
    if (density < 0).any():
        channel = int(density.argmin())
        shown = f"{name} {density[channel]:g} at {axis.centres[channel]:g} {axis.unit}"
        refuse(origin, f"{function} gave a negative density", shown, "0 or more")
