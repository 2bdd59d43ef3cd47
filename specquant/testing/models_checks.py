"""Checks of what ships trained: models load, know the elements, and hold the technique's statements."""

from collections.abc import Iterator

from specquant.explainers import PeakProbe, check_examples
from specquant.instrument import OffsetFinder
from specquant.learning import NetworkQuantifier
from specquant.testing.registry import Inapplicable, check, require
from specquant.testing.subject import Subject


@check("technique_is_valid")
def models_load(subject: Subject) -> None:
    """Every model that ships loads for this technique, and answers."""
    for name, model in _models(subject):
        answer = model.answer(subject.spectra(subject.pure[:1]))
        require(answer.fraction.shape == (1, len(subject.plugin.technique.elements)), f"{name} gives another shape")


@check("technique_is_valid")
def offset_model_loads(subject: Subject) -> None:
    """The network that finds the offset of an axis loads for this technique."""
    path = subject.plugin.technique.offset_model
    if path is None:
        raise Inapplicable("no such network ships")
    OffsetFinder.load(path, subject.plugin.technique)


@check("models_load", "examples_lie_on_the_axis", slow=True)
def examples_hold(subject: Subject) -> None:
    """What the technique states about where elements are read holds for a model that ships."""
    technique = subject.plugin.technique
    if not technique.examples:
        raise Inapplicable("the technique states nothing")
    broken: dict[str, set[str]] = {}
    for name, model in _models(subject):
        energies = sorted({energy for example in technique.examples for energy in example.energies})
        attribution = PeakProbe(energies=energies).explain(model)
        failing = [result for result in check_examples(technique, attribution) if not result.holds]
        broken[name] = {result.statement for result in failing}
    never = set.intersection(*broken.values())
    require(not never, f"held by none of {', '.join(broken)}: {'; '.join(sorted(never))}")


def _models(subject: Subject) -> Iterator[tuple[str, NetworkQuantifier]]:
    technique = subject.plugin.technique
    if not technique.models:
        raise Inapplicable("no model ships")
    for name, path in technique.models.items():
        yield name, NetworkQuantifier.load(path, technique)
