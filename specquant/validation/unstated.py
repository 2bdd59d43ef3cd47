"""The checks on what a technique reads from spectra where nobody states it."""

from collections.abc import Iterator

from specquant.technique import Technique, UnstatedQuantities
from specquant.validation.problems import Problem, absent_weights, finite, strangers, within


def unstated_problems(technique: Technique) -> Iterator[Problem]:
    """Yield what is wrong with a technique's estimates and unstated quantities."""
    stated = [parameter.name for parameter in technique.stated]
    yield from strangers("estimates", technique.estimates, stated, "parameters that are stated")
    for name, estimate in technique.estimates.items():
        if not callable(estimate):
            yield Problem.of_type(f"estimates[{name!r}]", estimate, "a function")
    quantities = technique.unstated_quantities
    if quantities is None:
        return
    if not isinstance(quantities, UnstatedQuantities):
        yield Problem.of_type("unstated_quantities", quantities, "UnstatedQuantities or None")
        return
    yield from _quantities(technique, quantities, stated)


def _quantities(technique: Technique, quantities: UnstatedQuantities, stated: list[str]) -> Iterator[Problem]:
    field = "unstated_quantities"
    known = {parameter.name: parameter for parameter in technique.parameters}
    for name in ("of", "kind_of"):
        if not callable(getattr(quantities, name)):
            yield Problem.of_type(f"{field}.{name}", getattr(quantities, name), "a function of values")
    for name in ("names", "parameters", "kinds", "bases"):
        if not isinstance(getattr(quantities, name), tuple) or not getattr(quantities, name):
            yield Problem(f"{field}.{name}", "there is none", getattr(quantities, name), "a tuple of at least one")
    yield from strangers(f"{field}.parameters", quantities.parameters, stated, "parameters that are stated")
    yield from strangers(f"{field}.turned", [quantities.turned], quantities.parameters, "parameters of the quantities")
    yield from strangers(f"{field}.recipe", [quantities.recipe], technique.recipes, "recipes of the technique")
    yield from strangers(f"{field}.against", quantities.against, quantities.kinds, "kinds of the quantities")
    for index, base in enumerate(quantities.bases):
        yield from strangers(f"{field}.bases[{index}]", base, known, "parameters of the technique")
        for name, value in base.items():
            if not within(value, known[name].low, known[name].high):
                wanted = f"{known[name].low} to {known[name].high}"
                yield Problem(f"{field}.bases[{index}][{name!r}]", "is out of range", value, wanted)
    if not finite(quantities.floor) or quantities.floor < 0:
        yield Problem(f"{field}.floor", "is not a standard deviation", quantities.floor, "a finite number, 0 or more")
    yield from absent_weights(f"{field}.model", quantities.model)
