"""The same network on several techniques: what it learns in each, and what one helps in another."""

from specquant.study.techniques.plan import BUDGETS
from specquant.study.techniques.study import FILES, techniques_study

__all__ = ["BUDGETS", "FILES", "techniques_study"]
