"""What it costs to leave out an ingredient: means over seeds, and differences to the whole recipe seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from specquant.study.ablation.ingredients import FULL, Ablation
from specquant.study.figure import Figure
from specquant.tables import write_table


@dataclass(frozen=True)
class Cost:
    """Accuracy without one ingredient, ``full`` for none, on one kind of spectra.

    `accuracy` is the mean over the seeds, `spread` the standard deviation of one network, NaN for a single one. The
    difference is to the whole recipe at the same seed; below zero, leaving the ingredient out costs.
    """

    name: str
    title: str
    measure: str
    seeds: int
    accuracy: float
    spread: float
    difference: float
    difference_spread: float


def costs(variants: Sequence[Ablation], accuracies: Mapping[tuple[str, int], Mapping[str, float]]) -> list[Cost]:
    """Return the cost of every variant that has been trained, by every measure, in their orders.

    `accuracies` are by name of a variant and seed, and there by measure.
    """
    listed = []
    for variant in variants:
        seeds = [seed for name, seed in accuracies if name == variant.name and (FULL, seed) in accuracies]
        for measure in accuracies[variant.name, seeds[0]] if seeds else ():
            without, whole = (
                np.array([accuracies[name, seed][measure] for seed in seeds]) for name in (variant.name, FULL)
            )
            of_both = *astuple(Figure.of(without)), *astuple(Figure.of(without - whole))
            listed.append(Cost(variant.name, variant.title, measure, len(seeds), *of_both))
    return listed


def write_costs(listed: Sequence[Cost], path: Path) -> Path:
    """Write costs as CSV, one row per ingredient and measure; a spread of a single network is empty."""
    rows = (["" if value != value else value for value in astuple(cost)] for cost in listed)
    return write_table([entry.name for entry in fields(Cost)], rows, path)


def measures(listed: Sequence[Cost]) -> tuple[str, ...]:
    """Return what accuracy was measured on, in order."""
    return tuple(dict.fromkeys(cost.measure for cost in listed))


def ordered(listed: Sequence[Cost], measure: str) -> list[Cost]:
    """Return costs by one measure, the whole recipe first, then the greatest loss."""
    chosen = [cost for cost in listed if cost.measure == measure]
    return sorted(chosen, key=lambda cost: (cost.name != FULL, cost.difference))


def number(value: float, spread: float, sign: str = "") -> str:
    """Return a value with its spread, e.g. ``-0.021 ± 0.004``; without, where that is not known."""
    shown = f"{value:{sign}.3f}"
    return shown if spread != spread else f"{shown} ± {spread:.3f}"
