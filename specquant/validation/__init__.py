"""The checks on the record that a plug-in hands over; every message names the field at fault."""

from specquant.validation.record import validate_technique

__all__ = ["validate_technique"]
