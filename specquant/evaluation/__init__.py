"""How good a method is: on measured spectra of known composition, and on freshly drawn ones."""

from specquant.evaluation.labels import Labelled, read_labels
from specquant.evaluation.methods import evaluate_labelled, evaluate_synthetic
from specquant.evaluation.scoring import (
    Score,
    Summary,
    article_accuracy,
    by_class,
    by_method,
    formula,
    score,
    summarise,
    write_scores,
)

__all__ = [
    "Labelled",
    "Score",
    "Summary",
    "article_accuracy",
    "by_class",
    "by_method",
    "evaluate_labelled",
    "evaluate_synthetic",
    "formula",
    "read_labels",
    "score",
    "summarise",
    "write_scores",
]
