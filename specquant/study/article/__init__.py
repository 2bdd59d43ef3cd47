"""The article's study: four networks, baselines, practical limits, and three sweeps."""

from specquant.study.article.plan import QUICK
from specquant.study.article.study import FILES, article_study

__all__ = ["FILES", "QUICK", "article_study"]
