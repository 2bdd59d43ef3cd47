"""Where models read each element: Feature Importance Spectra, a technique's statements, the four classes."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from specquant.errors import SettingError
from specquant.explainers import (
    SHAPES,
    AgreedClass,
    ElementClass,
    ExampleResult,
    PeakProbe,
    Reading,
    agreed_classes,
    check_examples,
    element_classes,
    read_together,
    readings,
)
from specquant.learning import NetworkQuantifier
from specquant.progress import Report, no_report
from specquant.quantifiers import Quantifier
from specquant.session import Session
from specquant.technique import Technique

ARTICLE = "article"
"""Models that ship of this recipe are explained unless others are named."""

CLASSED_BY = SHAPES[0]
"""Shape of the probe by which statements and classes are decided: the Gaussian."""


@dataclass(frozen=True)
class ModelExplanation:
    """What the probes say of one model, per shape of the probe.

    Classes are by the first shape; they and the readings are without elements that a model explained with it does
    not know.
    """

    title: str
    attributions: dict[str, xr.Dataset]
    examples: dict[str, tuple[ExampleResult, ...]]
    readings: dict[str, tuple[Reading, ...]]
    classes: tuple[ElementClass, ...]


@dataclass(frozen=True)
class Explanation:
    """What the probes say of several models of one technique."""

    technique: Technique
    models: tuple[ModelExplanation, ...]

    @cached_property
    def classes(self) -> tuple[AgreedClass, ...]:
        """The class of every element by most models."""
        return agreed_classes([model.classes for model in self.models])

    @cached_property
    def means(self) -> dict[str, xr.Dataset]:
        """Per shape the ATTRIBUTION that is the mean over the models."""
        return {shape: _mean([model.attributions[shape] for model in self.models]) for shape in SHAPES}

    def on_diagonal(self, shape: str) -> tuple[float, ...]:
        """Return per model the share of elements with the highest response at their strongest line."""
        return tuple(
            float(np.mean([reading.on_diagonal for reading in model.readings[shape]])) for model in self.models
        )

    def at_strongest(self, shape: str) -> tuple[float, ...]:
        """Return per model the share of elements that are read most at the strongest of their lines."""
        return tuple(
            float(np.mean([item.is_read and item.at_strongest for item in model.readings[shape]]))
            for model in self.models
        )

    def offsets(self, shape: str, widths: float) -> tuple[tuple[float, float], ...]:
        """Return per model how many elements respond most near their strongest line, and how far off it they do.

        The first is the share of elements with the highest response within `widths` widths of the probe, the second the
        median of maximum - line over these, eV; NaN where there is none.
        """
        width = float(self.means[shape].attrs["probe_width"])
        by_model = []
        for model in self.models:
            apart = np.array([item.maximum.energy - item.strongest.energy for item in model.readings[shape]])
            near = apart[np.abs(apart) <= widths * width]
            by_model.append((near.size / max(apart.size, 1), float(np.median(near)) if near.size else float("nan")))
        return tuple(by_model)

    def dataset(self) -> xr.Dataset:
        """Return the mean over the models by the first shape, and responses(shape, model, probe_energy, element)."""
        every = np.array(
            [[model.attributions[shape]["response"].values for model in self.models] for shape in SHAPES], np.float32
        )
        attrs = {"units": "atomic fraction", "long_name": "Feature Importance Spectrum of every model and probe"}
        dims = ("shape", "model", "probe_energy", "element")
        return (
            self.means[CLASSED_BY]
            .assign(responses=(dims, every, attrs))
            .assign_coords(shape=list(SHAPES), model=[model.title for model in self.models])
        )


def explain_models(
    models: Sequence[Quantifier],
    titles: Sequence[str] = (),
    report: Report = no_report,
) -> Explanation:
    """Return where models of one technique, such as networks of several seeds, read each element.

    Without titles they are called what `model_title` says. There is a report after every map, one per model and
    shape of the probe.

    Raises
    ------
    SettingError
        If there is no model, or they are of several techniques.
    """
    if len({model.technique.name for model in models}) != 1:
        names = sorted({model.technique.name for model in models})
        raise SettingError("cannot be explained together", where="models", found=names, wanted="models of a technique")
    explained = []
    known = set(models[0].technique.elements).intersection(*(model.known for model in models))
    for number, (model, title) in enumerate(zip(models, titles or map(model_title, models), strict=True)):
        attributions: dict[str, xr.Dataset] = {}
        for done, shape in enumerate(SHAPES, start=number * len(SHAPES) + 1):
            attributions[shape] = PeakProbe(shape).explain(model)
            report(done, title)
        explained.append(_explained(model, title, attributions, known))
    return Explanation(models[0].technique, tuple(explained))


def model_title(model: Quantifier) -> str:
    """Return a model in words: network, recipe, spectra, seed and what it does not know, or a method's name."""
    if not isinstance(model, NetworkQuantifier):
        return model.name
    limits = model.card.limits(model.technique)
    return f"{model.card.title}, {limits}" if limits else model.card.title


def usual_models(session: Session) -> list[Quantifier]:
    """Return what is explained where nothing is named.

    These are the models of the recipe ``article`` that ship with the technique of a session, or else all that ship, or
    else its best method.
    """
    shipped = [session.with_model(name).network for name in session.technique.models]
    chosen = [model for model in shipped if model.card.recipe == ARTICLE] or shipped
    return [*chosen] or [session.explained]


def _explained(model: Quantifier, title: str, attributions: dict[str, xr.Dataset], known: Set[str]) -> ModelExplanation:
    technique, classed = model.technique, attributions[CLASSED_BY]
    classes = element_classes(technique, classed, read_together(model, classed))
    return ModelExplanation(
        title=title,
        attributions=attributions,
        examples={shape: check_examples(technique, probed) for shape, probed in attributions.items()},
        readings={shape: readings(technique, probed, known) for shape, probed in attributions.items()},
        classes=tuple(item for item in classes if item.element in known),
    )


def _mean(attributions: Sequence[xr.Dataset]) -> xr.Dataset:
    first = attributions[0]
    mean = {name: np.mean([one[name].values for one in attributions], axis=0) for name in ("response", "baseline")}
    return first.assign({name: first[name].copy(data=values) for name, values in mean.items()})
