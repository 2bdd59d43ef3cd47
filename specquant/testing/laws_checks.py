"""Checks of response and mixing law: each row by itself, by its own values, over the whole range of the parameters."""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from specquant.arrays import in_numpy, in_torch
from specquant.technique import Floats, InstrumentParameter, Mixing, Response, Technique
from specquant.testing.registry import Inapplicable, check, require
from specquant.testing.subject import Subject

Singles: TypeAlias = NDArray[np.float32]
AnyFloats = TypeVar("AnyFloats", Singles, Floats)

_ROWS = 3
"""Rows of a batch that are compared with each by itself; two would do."""

_SINGLE = (1e-4, 1e-7)
"""Relative and absolute difference that single precision, and another order of sums, may make."""

_KINDS = (1e-3, 1e-5)
"""The same between two libraries, with Fourier transforms and exponentials of their own."""

_AGAIN = "the same call gives something else again: does it draw random numbers, or remember calls?"


@check("every_element_can_be_seen")
def response_treats_rows_alone(subject: Subject) -> None:
    """The response of a spectrum does not depend on what else is in the batch."""
    response, lines = response_of(subject)
    values = values_of(subject.plugin.technique, len(lines))
    together, alone = response(lines, values), response(lines[1:2], _row(values, 1))
    require(np.array_equal(together, response(lines, values)), _AGAIN)
    require(_close(together[1], alone[0]), "a row depends on its neighbours")


@check("every_element_can_be_seen")
def response_is_sound_over_the_whole_range(subject: Subject) -> None:
    """With every parameter at either end of its range the response stays finite and not negative."""
    response, lines = response_of(subject)
    technique = subject.plugin.technique
    for parameter in technique.parameters:
        for end in (parameter.low, parameter.high):
            spectra = response(lines, values_of(technique.with_defaults({parameter.name: end}), len(lines)))
            where = f"at {parameter.name} {parameter.amount(end)}"
            require(np.isfinite(spectra).all(), f"the response is not finite {where}")
            require(float(spectra.min()) >= -1e-6 * float(spectra.max()), f"the response is negative {where}")


@check("response_treats_rows_alone", "response_is_sound_over_the_whole_range")
def response_takes_the_values_of_each_row(subject: Subject) -> None:
    """Rows with different values of the parameters in one batch come out as each does by itself."""
    response, lines = response_of(subject)
    values = _different(subject.plugin.technique, len(lines))
    together = response(lines, values)
    for row in range(len(lines)):
        alone = response(lines[row : row + 1], _row(values, row))
        require(_close(together[row], alone[0]), f"row {row} does not get its own values of {', '.join(values)}")


@check("response_takes_the_values_of_each_row")
def response_is_the_same_in_numpy_and_torch(subject: Subject) -> None:
    """Fits ask the response with arrays of numpy, the synthesizer with tensors of torch: both get the same spectra."""
    response, lines = response_of(subject)
    values = values_of(subject.plugin.technique, len(lines))
    in_tensors = response(in_torch(lines), {name: in_torch(value) for name, value in values.items()})
    alike = _close(response(lines, values), in_numpy(in_tensors), _KINDS)
    require(alike, "spectra depend on the kind of array")


@check("library_renders")
def mixing_gives_yields(subject: Subject) -> None:
    """Yields are finite and not negative at both ends of every parameter, where a fraction is zero, too."""
    law, fraction = law_of(subject)
    technique = subject.plugin.technique
    settings = [values_of(technique, len(fraction))]
    settings += [
        values_of(technique.with_defaults({parameter.name: end}), len(fraction))
        for parameter in technique.parameters
        for end in (parameter.low, parameter.high)
    ]
    for values in settings:
        yields = law.yields(fraction, doubled(values))
        at = ", ".join(f"{name} {float(column[0]):g}" for name, column in values.items())
        require(np.isfinite(yields).all(), f"yields are not finite at {at}")
        require((yields >= 0).all(), f"yields are negative at {at}")


@check("mixing_gives_yields")
def mixing_takes_the_values_of_each_row(subject: Subject) -> None:
    """Spectra with different parameters and compositions in one batch come out as each does by itself."""
    law, fraction = law_of(subject)
    values = doubled(_different(subject.plugin.technique, len(fraction)))
    together = law.yields(fraction, values)
    require(np.array_equal(together, law.yields(fraction, values)), _AGAIN)
    for row in range(min(len(fraction), 2 * _ROWS)):
        alone = law.yields(fraction[row : row + 1], _row(values, row))
        require(np.allclose(alone[0], together[row], rtol=1e-6, atol=1e-12), f"row {row} depends on its neighbours")


@check("mixing_gives_yields")
def mixing_is_the_same_in_both_precisions(subject: Subject) -> None:
    """Single and double precision give the same yields."""
    law, fraction = law_of(subject)
    values = values_of(subject.plugin.technique, len(fraction))
    double, single = law.yields(fraction, doubled(values)), law.yields(fraction.astype(np.float32), values)
    require(np.allclose(single, double, rtol=1e-3, atol=1e-6), "precision changes the yields")


@check("mixing_takes_the_values_of_each_row")
def mixing_is_the_same_in_numpy_and_torch(subject: Subject) -> None:
    """Fits ask the law with arrays of numpy, the synthesizer with tensors of torch: both get the same yields."""
    law, fraction = law_of(subject)
    values = doubled(_different(subject.plugin.technique, len(fraction)))
    in_tensors = law.yields(in_torch(fraction), {name: in_torch(value) for name, value in values.items()})
    same = np.allclose(law.yields(fraction, values), in_numpy(in_tensors), rtol=1e-6, atol=1e-12)
    require(same, "yields depend on the kind of array")


@check("mixing_gives_yields", "response_is_sound_over_the_whole_range", advice=True)
def every_parameter_matters(subject: Subject) -> None:
    """A parameter that changes neither lines, response nor yields is of no use."""
    technique = subject.plugin.technique
    if not technique.parameters:
        raise Inapplicable("the technique has no parameters")
    idle = [p.name for p in technique.parameters if not p.rendered and not _acts(subject, p)]
    require(not idle, f"nothing depends on {', '.join(idle)}")


def _acts(subject: Subject, parameter: InstrumentParameter) -> bool:
    """Return whether another value of a parameter changes the response, the distortion or the yields."""
    technique = subject.plugin.technique
    bare = subject.library.on(technique.axis, bare=subject.library.has_bare_lines)[:_ROWS]
    lines, even = bare.astype(np.float32), _even(technique)
    functions = [maker(technique.axis) for maker in (technique.response, technique.distortion) if maker is not None]
    components = subject.library.components
    laws = [technique.mixing(components.elements, components.labels)] if technique.mixing is not None else []
    results = []
    for value in (parameter.low, parameter.high):
        values = values_of(technique.with_defaults({parameter.name: value}), len(lines))
        spectra = [function(lines, values) for function in functions]
        results.append(spectra + [law.yields(even, doubled(_row(values, 0))) for law in laws])
    return any(not np.array_equal(low, high) for low, high in zip(*results, strict=True))


def response_of(subject: Subject) -> tuple[Response, Singles]:
    """Return the response, and a few bare lines to put through it."""
    technique = subject.plugin.technique
    if technique.response is None:
        raise Inapplicable("the technique has no response")
    lines = subject.library.on(technique.axis, bare=True)
    return technique.response(technique.axis), lines[:_ROWS].astype(np.float32)


def law_of(subject: Subject) -> tuple[Mixing, Floats]:
    """Return the mixing law, and compositions: every pure element, and pairs."""
    technique = subject.plugin.technique
    if technique.mixing is None:
        raise Inapplicable("the technique mixes linearly")
    components = subject.library.components
    pure = np.eye(len(technique.elements))
    pairs = (pure + np.roll(pure, 1, axis=0)) / 2
    return technique.mixing(components.elements, components.labels), np.concatenate([pure, pairs])


def _even(technique: Technique) -> Floats:
    return np.full((1, len(technique.elements)), 1.0 / len(technique.elements))


def values_of(technique: Technique, rows: int) -> dict[str, Singles]:
    """Return every parameter at its default, (row,) each."""
    return {name: np.full(rows, value, dtype=np.float32) for name, value in technique.defaults().items()}


def _different(technique: Technique, rows: int) -> dict[str, Singles]:
    """Return other values of every parameter for every row."""
    return {p.name: np.linspace(p.low, p.high, rows, dtype=np.float32) for p in technique.parameters}


def _row(values: Mapping[str, AnyFloats], row: int) -> dict[str, AnyFloats]:
    return {name: column[row : row + 1] for name, column in values.items()}


def doubled(values: Mapping[str, Singles]) -> dict[str, Floats]:
    """Return values in double precision, as fits have them."""
    return {name: column.astype(np.float64) for name, column in values.items()}


def _close(one: Singles, other: Singles, tolerance: tuple[float, float] = _SINGLE) -> bool:
    relative, absolute = tolerance
    return bool(np.allclose(one, other, rtol=relative, atol=absolute * max(1.0, float(np.abs(other).max()))))
