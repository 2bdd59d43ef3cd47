"""The checks on what a technique says for verdicts, reports and beginners: shifts, valences, statements, an example."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from specquant.recipes.distributions import Distribution
from specquant.technique import ExampleSpectrum, Reporting, Technique
from specquant.validation.problems import Problem, strangers, texts
from specquant.validation.recipes import recipe_problems


def example_problems(technique: Technique) -> Iterator[Problem]:
    """Yield what is wrong with the spectrum that ships to begin with."""
    example = technique.example
    if example is None:
        return
    if not isinstance(example, ExampleSpectrum):
        yield Problem.of_type("example", example, "an ExampleSpectrum or None")
        return
    if not (isinstance(example.path, Path) and example.path.is_file()):
        yield Problem("example.path", "no such file", example.path, "a pathlib.Path of the spectrum that ships")
    yield from texts("example", example, ["title"])


def trust_problems(technique: Technique) -> Iterator[Problem]:
    """Yield what is wrong with shifts, valences and statements.

    Values that a shift draws may lie beyond the ranges of parameters: what an instrument is not is what it is for.
    """
    stated = [parameter.name for parameter in technique.stated]
    names = [shift.name for shift in technique.shifts]
    for index, shift in enumerate(technique.shifts):
        field = f"shifts[{index}]"
        if names.count(shift.name) > 1:
            yield Problem(f"{field}.name", "is there twice", repr(shift.name), "a name of its own")
        yield from recipe_problems(technique, shift.recipe.name, shift.recipe)
        yield from strangers(f"{field}.misstated", shift.misstated, stated, "stated parameters of the technique")
        if shift.axis is not None and not isinstance(shift.axis, Distribution):
            yield Problem.of_type(f"{field}.axis", shift.axis, "a distribution or None")
    for symbol, valence in technique.valences.items():
        if not isinstance(valence, int) or isinstance(valence, bool):
            yield Problem(f"valences[{symbol!r}]", "is not a whole number", repr(valence), "the usual valence, like 2")
    yield from strangers("valences", technique.valences, technique.elements, "elements of the technique")
    reporting = technique.reporting
    if reporting is not None and not isinstance(reporting, Reporting):
        yield Problem.of_type("reporting", reporting, "a Reporting or None")
    elif reporting is not None:
        lists = ("standards", "instrument")
        yield from texts("reporting", reporting, [each.name for each in fields(Reporting) if each.name not in lists])
        for name in lists:
            listed = getattr(reporting, name)
            if not (isinstance(listed, tuple) and all(isinstance(part, str) for part in listed)):
                yield Problem(f"reporting.{name}", "has the wrong type", repr(listed), "a tuple of texts")
                return
        yield from strangers("reporting.instrument", reporting.instrument, stated, "stated parameters of the technique")
