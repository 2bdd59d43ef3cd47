"""The pictures of a report: every function returns a matplotlib Figure and touches no global state."""

from specquant.report import matplotlibimport

__all__ = ["matplotlibimport"]
