"""The article's study: four networks, baselines, practical limits, and three sweeps."""

from specquant.study.article.plan import QUICK
from specquant.study.article.study import article_study

__all__ = ["QUICK", "article_study"]
