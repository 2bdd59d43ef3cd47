"""The pictures of a report: every function returns a matplotlib Figure and touches no global state."""

from specquant.report import plainly

__all__ = ["plainly"]
