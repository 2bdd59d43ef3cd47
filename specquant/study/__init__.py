"""Studies: whole tables of trainings, scores and limits, as one command each."""

from specquant.study.article import article_study
from specquant.study.plan import QUICK

__all__ = ["QUICK", "article_study"]
