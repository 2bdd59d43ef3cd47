"""The article's Table 1 with our numbers beside it: rows, mean and spread over seeds, and the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from pathlib import Path

import numpy as np

from specquant.study.figure import Figure
from specquant.study.trainings import Record
from specquant.tables import write_table

ARTICLE = {
    "cnn": (0.9928, 0.906),
    "dnn": (0.64, 0.30),
    "googlenet": (0.94, 0.82),
    "resnet": (0.93, 0.83),
}
"""Accuracies of the article's Table 1: validation, and on its own measured spectra (DOI 10.3938/PhiT.32.020)."""

BAYES_TITLE = "Bayes limit"
"""Title of the line that not every technique has."""


@dataclass(frozen=True)
class Row:
    """One line of the table: a method, and the recipe that it learnt from, "" if it learns nothing.

    Scores are accuracies by the title of a bench, `validation` that on the validation stream of its own recipe,
    `article` what the article states: validation, measured. The rest is of a network; 0 or NaN for what is none.
    """

    title: str
    recipe: str
    scores: Mapping[str, Figure]
    validation: Figure = field(default_factory=Figure)
    article: tuple[float, float] = (nan, nan)
    seeds: int = 0
    hidden_layers: int = 0
    parameters: int = 0
    multiply_adds: int = 0
    learning_rate: float = nan
    seconds: float = nan


def network_row(title: str, records: Sequence[Record], keys: Mapping[str, str], of_article: bool) -> Row:
    """Return the line of one network trained on one recipe, from one record per seed; `keys` are the benches' by title.

    A network `of_article` was trained as the article's were, so that the article's figures stand beside it.
    """
    first = records[0]
    return Row(
        title,
        first.training.recipe.name,
        {name: Figure.of([record.accuracy(key) for record in records]) for name, key in keys.items()},
        Figure.of([record.validation_accuracy for record in records]),
        ARTICLE[first.training.network] if of_article else (nan, nan),
        len(records),
        first.hidden_layers,
        first.parameters,
        first.multiply_adds,
        first.training.learning_rate,
        float(np.mean([record.seconds for record in records])),
    )


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write the table as CSV: accuracies as fractions of one, empty where not known."""
    benches = list(dict.fromkeys(name for row in rows for name in row.scores))
    head = [
        *("method", "trained_on", "validation", "validation_spread"),
        *(column for name in benches for column in (name, f"{name}_spread")),
        *("article_validation", "article_measured", "seeds", "hidden_layers", "parameters", "multiply_adds"),
        *("learning_rate", "training_seconds"),
    ]
    write_table(head, (_cells(row, benches) for row in rows), path)


def _cells(row: Row, benches: Sequence[str]) -> list[object]:
    figures = [row.validation, *(row.scores.get(name, Figure()) for name in benches)]
    cost = (row.seeds, row.hidden_layers, row.parameters, row.multiply_adds)
    numbers = [value for figure in figures for value in (figure.mean, figure.spread)]
    fractions = [f"{x:.6f}" if x == x else "" for x in (*numbers, *row.article)]
    trained = [f"{x:.6g}" if x == x else "" for x in (row.learning_rate, row.seconds)]
    return [row.title, row.recipe, *fractions, *(count or "" for count in cost), *trained]
