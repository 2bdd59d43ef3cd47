"""The checks on the settings of a fit."""

from collections.abc import Iterator
from dataclasses import fields

from specquant.technique import CalibrationSettings, FitDecisions, FitPriors, FitSettings, Technique
from specquant.technique.fit import SCALES
from specquant.validation.problems import Problem, finite, positive, strangers

_RECORDS = {"priors": FitPriors, "decisions": FitDecisions, "calibration": CalibrationSettings}
"""Field of the settings to the type of its record; fields of a record that are a float are numbers of 0 or more."""


def fit_problems(technique: Technique) -> Iterator[Problem]:
    """Yield what is wrong with the settings of a technique's fit."""
    fit = technique.fit
    if not isinstance(fit, FitSettings):
        if fit is not None:
            yield Problem.of_type("fit", fit, "FitSettings or None")
        return
    for name, kind in _RECORDS.items():
        if not isinstance(getattr(fit, name), kind):
            yield Problem.of_type(f"fit.{name}", getattr(fit, name), kind.__name__)
    yield from _names(technique, fit)
    yield from _numbers(technique, fit)
    if not isinstance(fit.priors.chemical_shifts, bool):
        yield Problem.of_type("fit.priors.chemical_shifts", fit.priors.chemical_shifts, "True or False")
    yield from _separate(technique, fit)


def _names(technique: Technique, fit: FitSettings) -> Iterator[Problem]:
    """Yield parameters and elements that the technique does not have."""
    parameters = [parameter.name for parameter in technique.parameters]
    stated = [parameter.name for parameter in technique.stated]
    listed = {
        "priors.parameters": fit.priors.parameters,
        "priors.usual": fit.priors.usual,
        "calibration.parameters": fit.calibration.parameters,
        "calibration.tuned": [fit.calibration.tuned] if fit.calibration.tuned else [],
        "decisions.layers": fit.decisions.layers.values(),
        **{f"calibration.kinds[{kind!r}]": values for kind, values in fit.calibration.kinds.items()},
    }
    for name, names in listed.items():
        yield from strangers(f"fit.{name}", names, parameters, "parameters of the technique")
    named = [fit.priors.axis_parameter] if fit.priors.axis_parameter else []
    yield from strangers("fit.priors.axis_parameter", named, [*fit.priors.parameters], "parameters that are free")
    yield from strangers("fit.priors.unstated", fit.priors.unstated, stated, "parameters that are stated")
    doubled = fit.priors.doubled.names if fit.priors.doubled is not None else ()
    yield from strangers("fit.priors.doubled", doubled, parameters, "parameters of the technique")
    yield from strangers("fit.priors.scales", fit.priors.scales, parameters, "parameters of the technique")
    yield from strangers("fit.priors.scales", fit.priors.scales.values(), SCALES, f"the scales {', '.join(SCALES)}")
    for name in ("layers", "only_if_listed"):
        elements = getattr(fit.decisions, name)
        yield from strangers(f"fit.decisions.{name}", elements, technique.elements, "elements of the technique")


def _numbers(technique: Technique, fit: FitSettings) -> Iterator[Problem]:
    """Yield numbers that are not standard deviations, not amounts, or out of a parameter's range."""
    deviations = {
        "priors.parameters": fit.priors.parameters,
        "priors.unstated": fit.priors.unstated,
        "priors.groups": fit.priors.groups,
        "calibration.parameters": fit.calibration.parameters,
    }
    for name, values in deviations.items():
        for key, deviation in values.items():
            if not positive(deviation):
                yield Problem(
                    f"fit.{name}[{key!r}]", "is not a standard deviation", deviation, "a finite number above 0"
                )
    known = {parameter.name: parameter for parameter in technique.parameters}
    for key, kind in fit.priors.scales.items():
        low, high = SCALES.get(kind, (-float("inf"), float("inf")))
        if key in known and not low <= known[key].low <= known[key].high <= high:
            stated = f"{kind!r} of {known[key].low} to {known[key].high}"
            yield Problem(f"fit.priors.scales[{key!r}]", "does not suit its range", stated, f"{low} to {high}")
    kinds = {f"calibration.kinds[{kind!r}]": values for kind, values in fit.calibration.kinds.items()}
    for name, values in {"priors.usual": fit.priors.usual, **kinds}.items():
        for key, value in values.items():
            if not (finite(value) and known[key].holds(value)):
                limits = f"{known[key].low} to {known[key].high}"
                yield Problem(f"fit.{name}[{key!r}]", "is out of range", value, limits)
    for name, record in _RECORDS.items():
        for entry in fields(record):
            if entry.type is float:
                yield from _amount(f"fit.{name}.{entry.name}", getattr(getattr(fit, name), entry.name))
    wrong = fit.decisions.false_alarms
    if finite(wrong) and not 0 < wrong <= 1:
        yield Problem("fit.decisions.false_alarms", "is not a probability above 0", wrong, "above 0, at most 1")
    for group, error in fit.priors.shape_errors.items():
        yield from _amount(f"fit.priors.shape_errors[{group!r}]", error)


def _amount(field: str, value: float) -> Iterator[Problem]:
    if not finite(value) or value < 0:
        yield Problem(field, "is not an amount", value, "a finite number, 0 or more")


def _separate(technique: Technique, fit: FitSettings) -> Iterator[Problem]:
    separate = fit.priors.separate
    if not isinstance(separate, tuple) or not all(isinstance(group, str) for group in separate):
        yield Problem("fit.priors.separate", "has the wrong type", repr(separate), "a tuple of groups of components")
    elif technique.render is None:
        groups = {peak.group for peak in technique.peaks}
        yield from strangers("fit.priors.separate", separate, groups, "groups of the peaks")
