"""How good a method is: on measured spectra of known composition, and on freshly drawn ones."""

from specquant.evaluation.intervals import Coverage, coverages
from specquant.evaluation.labels import Labelled, read_labels
from specquant.evaluation.methods import evaluate_labelled, evaluate_synthetic
from specquant.evaluation.misfits import Misfits, misfits
from specquant.evaluation.scoring import Score, article_accuracy, score, write_scores
from specquant.evaluation.summaries import Summary, by_class, by_method, summarise

__all__ = [
    "Coverage",
    "Labelled",
    "Misfits",
    "Score",
    "Summary",
    "article_accuracy",
    "by_class",
    "by_method",
    "coverages",
    "evaluate_labelled",
    "evaluate_synthetic",
    "misfits",
    "read_labels",
    "score",
    "summarise",
    "write_scores",
]
