"""What answers and verdicts are worth on spectra unlike those of the recipes."""

from specquant.study.trust.files import FILES, write_trust
from specquant.study.trust.study import BUDGETS, Plan, parse_budget, run_trust
from specquant.study.trust.tallies import Tally, TrustResults, totals

__all__ = ["BUDGETS", "FILES", "Plan", "Tally", "TrustResults", "parse_budget", "run_trust", "totals", "write_trust"]
