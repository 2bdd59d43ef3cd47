"""What a study across techniques found of each, and the figures that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np

from specquant.explainers import AgreedClass
from specquant.report.json_report import plain
from specquant.study.explanation.files import class_row
from specquant.study.figure import Figure
from specquant.study.techniques.plan import SCRATCH

PerSeed = tuple[float, ...]
"""One value per seed, in order."""


@dataclass(frozen=True)
class Method:
    """Accuracy of a method by its name on the first `spectra` fresh ones, and on measured ones; NaN where none are."""

    name: str
    spectra: int
    fresh: float
    measured: float = nan


@dataclass(frozen=True)
class Side:
    """What was found on one technique.

    Parameters
    ----------
    name
        Name of the technique.
    title
        Its title, for people.
    recipe
        Name of the recipe.
    accuracy
        By the title of what a network begins with, and the number of spectra it has seen: accuracy per seed.
    elements
        By symbol, the accuracy per seed of the networks from scratch that saw most spectra.
    measured
        Their accuracy per seed on measured spectra; empty where no folder was given.
    methods
        Least squares; where the technique has such a fit, that of the proposal of the first of these networks, and that
        network on the same few spectra.
    constant
        Accuracy of one answer to all: the mean composition of the recipe.
    oracle
        Accuracy of an answer that knows the elements and all else but their fractions.
    bound
        Accuracy of the Cramér-Rao bound.
    bayes
        Accuracy of the Bayes limit; NaN where it is not known.
    tuned
        Accuracy of the first seed with another setting, by what that is.
    classes
        By which rule each element is read, by most seeds.
    """

    name: str
    title: str
    recipe: str
    accuracy: Mapping[str, Mapping[int, PerSeed]]
    elements: Mapping[str, PerSeed]
    measured: PerSeed
    methods: tuple[Method, ...]
    constant: float
    oracle: float
    bound: float
    bayes: float
    tuned: Mapping[str, float]
    classes: tuple[AgreedClass, ...]

    @property
    def largest(self) -> PerSeed:
        """Accuracy per seed of the networks from scratch that saw most spectra."""
        sizes = self.accuracy[SCRATCH]
        return sizes[max(sizes)]

    @property
    def limit(self) -> float:
        """The Bayes limit where it is known, or else what the oracle reaches."""
        return self.bayes if isfinite(self.bayes) else self.oracle

    @property
    def rules(self) -> dict[str, int]:
        """The class of every element that has one."""
        return {item.example.element: item.example.rule for item in self.classes}

    def agreed(self, symbol: str) -> AgreedClass | None:
        """Return by which rule most seeds read an element; None where it has no class."""
        return next((item for item in self.classes if item.example.element == symbol), None)

    def gain(self, title: str, size: int, over: str = SCRATCH) -> Figure:
        """Return by how much networks of one beginning are better than those of another, seed by seed."""
        one, other = (np.array(self.accuracy[name][size]) for name in (title, over))
        return Figure.of(one - other)

    @property
    def content(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {**plain(vars(self) | {"classes": ()}), "classes": [plain(class_row(item)) for item in self.classes]}


@dataclass(frozen=True)
class Comparison:
    """All techniques of a study, with what was typed."""

    sides: tuple[Side, ...]
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    samples: int
    level: str
    command: str

    @property
    def elements(self) -> list[str]:
        """Every element that was scored in a technique."""
        return list(dict.fromkeys(symbol for side in self.sides for symbol in side.elements))
