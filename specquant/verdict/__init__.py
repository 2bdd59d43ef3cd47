"""Verdicts: whether an answer can be believed, and why not."""

from specquant.verdict.judging import Judge
from specquant.verdict.learning import learn_from_disturbed
from specquant.verdict.oxygen import with_oxides
from specquant.verdict.records import Ground, Judgement, Reason, Verdict, judgements_of, with_judgements
from specquant.verdict.scoring import accuracies, in_intervals
from specquant.verdict.shifts import FRESH, Alteration, alterations, altered, foreign

__all__ = [
    "FRESH",
    "Alteration",
    "Ground",
    "Judge",
    "Judgement",
    "Reason",
    "Verdict",
    "accuracies",
    "alterations",
    "altered",
    "foreign",
    "in_intervals",
    "judgements_of",
    "learn_from_disturbed",
    "with_judgements",
    "with_oxides",
]
