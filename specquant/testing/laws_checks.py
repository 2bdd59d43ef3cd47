"""Checks of response and mixing law: each row by itself, by its own values, over the whole range of the parameters."""

from collections.abc import Mapping

import torch
from torch import Tensor

from specquant.technique import InstrumentParameter, Mixing, Response, Technique
from specquant.testing.registry import Inapplicable, check, require
from specquant.testing.subject import Subject

_ROWS = 3
"""Rows of a batch that are compared with each by itself; two would do."""

_SINGLE = (1e-4, 1e-7)
"""Relative and absolute difference that single precision, and another order of sums, may make."""


@check("every_element_can_be_seen")
def response_treats_rows_alone(subject: Subject) -> None:
    """The response of a spectrum does not depend on what else is in the batch."""
    response, lines = _response(subject)
    values = _values(subject.plugin.technique, len(lines))
    together, alone = response(lines, values), response(lines[1:2], _row(values, 1))
    require(_close(together[1], alone[0]), "a row depends on its neighbours")


@check("every_element_can_be_seen")
def response_is_sound_over_the_whole_range(subject: Subject) -> None:
    """With every parameter at either end of its range the response stays finite and not negative."""
    response, lines = _response(subject)
    technique = subject.plugin.technique
    for parameter in technique.parameters:
        for end in (parameter.low, parameter.high):
            spectra = response(lines, _values(technique.with_defaults({parameter.name: end}), len(lines)))
            where = f"at {parameter.name} {parameter.amount(end)}"
            require(torch.isfinite(spectra).all(), f"the response is not finite {where}")
            require(float(spectra.min()) >= -1e-6 * float(spectra.max()), f"the response is negative {where}")


@check("response_treats_rows_alone", "response_is_sound_over_the_whole_range")
def response_takes_the_values_of_each_row(subject: Subject) -> None:
    """Rows with different values of the parameters in one batch come out as each does by itself."""
    response, lines = _response(subject)
    values = _different(subject.plugin.technique, len(lines))
    together = response(lines, values)
    for row in range(len(lines)):
        alone = response(lines[row : row + 1], _row(values, row))
        require(_close(together[row], alone[0]), f"row {row} does not get its own values of {', '.join(values)}")


@check("library_renders")
def mixing_gives_yields(subject: Subject) -> None:
    """Yields are finite and not negative at both ends of every parameter, where a fraction is zero, too."""
    law, fraction = _law(subject)
    technique = subject.plugin.technique
    settings = [_values(technique, len(fraction))]
    settings += [
        _values(technique.with_defaults({parameter.name: end}), len(fraction))
        for parameter in technique.parameters
        for end in (parameter.low, parameter.high)
    ]
    for values in settings:
        yields = law.yields(fraction, _double(values))
        at = ", ".join(f"{name} {float(column[0]):g}" for name, column in values.items())
        require(torch.isfinite(yields).all(), f"yields are not finite at {at}")
        require((yields >= 0).all(), f"yields are negative at {at}")


@check("mixing_gives_yields")
def mixing_takes_the_values_of_each_row(subject: Subject) -> None:
    """Spectra with different parameters and compositions in one batch come out as each does by itself."""
    law, fraction = _law(subject)
    values = _double(_different(subject.plugin.technique, len(fraction)))
    together = law.yields(fraction, values)
    for row in range(min(len(fraction), 2 * _ROWS)):
        alone = law.yields(fraction[row : row + 1], _row(values, row))
        require(torch.allclose(alone[0], together[row], rtol=1e-6, atol=1e-12), f"row {row} depends on its neighbours")


@check("mixing_gives_yields")
def mixing_is_the_same_in_both_precisions(subject: Subject) -> None:
    """Single and double precision give the same yields."""
    law, fraction = _law(subject)
    values = _values(subject.plugin.technique, len(fraction))
    double, single = law.yields(fraction, _double(values)), law.yields(fraction.float(), values)
    require(torch.allclose(single.double(), double, rtol=1e-3, atol=1e-6), "precision changes the yields")


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
    lines, even = torch.from_numpy(bare.astype("float32")), _even(technique)
    functions = [maker(technique.axis) for maker in (technique.response, technique.distortion) if maker is not None]
    components = subject.library.components
    laws = [technique.mixing(components.elements, components.labels)] if technique.mixing is not None else []
    results = []
    for value in (parameter.low, parameter.high):
        values = _values(technique.with_defaults({parameter.name: value}), len(lines))
        spectra = [function(lines, values) for function in functions]
        results.append(spectra + [law.yields(even, _double(_row(values, 0))) for law in laws])
    return any(not torch.equal(low, high) for low, high in zip(*results, strict=True))


def _response(subject: Subject) -> tuple[Response, Tensor]:
    """Return the response, and a few bare lines to put through it."""
    technique = subject.plugin.technique
    if technique.response is None:
        raise Inapplicable("the technique has no response")
    lines = subject.library.on(technique.axis, bare=True)
    return technique.response(technique.axis), torch.from_numpy(lines[:_ROWS].astype("float32"))


def _law(subject: Subject) -> tuple[Mixing, Tensor]:
    """Return the mixing law, and compositions: every pure element, and pairs."""
    technique = subject.plugin.technique
    if technique.mixing is None:
        raise Inapplicable("the technique mixes linearly")
    components = subject.library.components
    pure = torch.eye(len(technique.elements), dtype=torch.float64)
    return technique.mixing(components.elements, components.labels), torch.cat([pure, (pure + pure.roll(1, 0)) / 2])


def _even(technique: Technique) -> Tensor:
    return torch.full((1, len(technique.elements)), 1.0 / len(technique.elements), dtype=torch.float64)


def _values(technique: Technique, rows: int) -> dict[str, Tensor]:
    return {name: torch.full((rows,), float(value)) for name, value in technique.defaults().items()}


def _different(technique: Technique, rows: int) -> dict[str, Tensor]:
    """Return other values of every parameter for every row."""
    return {p.name: torch.linspace(float(p.low), float(p.high), rows) for p in technique.parameters}


def _row(values: Mapping[str, Tensor], row: int) -> dict[str, Tensor]:
    return {name: column[row : row + 1] for name, column in values.items()}


def _double(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: column.double() for name, column in values.items()}


def _close(one: Tensor, other: Tensor) -> bool:
    relative, absolute = _SINGLE
    return bool(torch.allclose(one, other, rtol=relative, atol=absolute * max(1.0, float(other.abs().max()))))
