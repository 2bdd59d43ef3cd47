"""The checks on the settings of a fit."""

from collections.abc import Iterator

from specquant.technique import FitSettings, Technique
from specquant.validation.problems import Problem, finite, positive, strangers, within

_AMOUNTS = (
    "other_groups",
    "sensitivity_error",
    "widening",
    "model_error",
    "proposal",
    "least",
    "significance",
    "poor",
    "shift",
)


def fit_problems(technique: Technique) -> Iterator[Problem]:
    """Yield what is wrong with the settings of a technique's fit."""
    fit = technique.fit
    if not isinstance(fit, FitSettings):
        if fit is not None:
            yield Problem("fit", "has the wrong type", type(fit).__name__, "FitSettings or None")
        return
    known = {parameter.name: parameter for parameter in technique.parameters}
    kinds = {f"alternatives[{kind!r}]": values for kind, values in fit.alternatives.items()}
    varied = {name: getattr(fit, name) for name in ("parameters", "calibrated")}
    for name, values in {**varied, "surface": fit.surface.values(), **kinds}.items():
        yield from strangers(f"fit.{name}", values, known, "parameters of the technique")
    yield from strangers("fit.unstated", fit.unstated, [p.name for p in technique.stated], "parameters that are stated")
    yield from strangers("fit.surface", fit.surface, technique.elements, "elements of the technique")
    for name in (*varied, "unstated", "groups"):
        for key, deviation in getattr(fit, name).items():
            if not positive(deviation):
                yield Problem(f"fit.{name}[{key!r}]", "is no standard deviation", deviation, "a finite number above 0")
    for name, values in kinds.items():
        for key, value in values.items():
            if not within(value, known[key].low, known[key].high):
                wanted = f"{known[key].low} to {known[key].high}"
                yield Problem(f"fit.{name}[{key!r}]", "is out of range", value, wanted)
    for name in _AMOUNTS:
        yield from _amount(f"fit.{name}", getattr(fit, name))
    for group, error in fit.shape_errors.items():
        yield from _amount(f"fit.shape_errors[{group!r}]", error)
    if not isinstance(fit.chemical, bool):
        yield Problem("fit.chemical", "has the wrong type", type(fit.chemical).__name__, "True or False")
    yield from _separate(technique, fit)


def _amount(field: str, value: float) -> Iterator[Problem]:
    if not finite(value) or value < 0:
        yield Problem(field, "is no amount", value, "a finite number, 0 or more")


def _separate(technique: Technique, fit: FitSettings) -> Iterator[Problem]:
    if not isinstance(fit.separate, tuple) or not all(isinstance(group, str) for group in fit.separate):
        yield Problem("fit.separate", "has the wrong type", repr(fit.separate), "a tuple of groups of components")
    elif technique.render is None:
        groups = {peak.group for peak in technique.peaks}
        yield from strangers("fit.separate", fit.separate, groups, "groups of the peaks")
