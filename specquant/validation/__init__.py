"""The checks on the record that a plug-in hands over; every message names the field at fault."""

from specquant.validation.problems import Problem
from specquant.validation.record import find_problems, validate_technique

__all__ = ["Problem", "find_problems", "validate_technique"]
