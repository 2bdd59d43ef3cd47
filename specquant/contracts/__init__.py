"""The named datasets that pass between the stages: their variables, the check at each door, and their files."""

from specquant.contracts.checking import NOT_QUANTIFIED, ROUNDING, TOLERANCE, check, check_map, check_unit
from specquant.contracts.netcdf import check_pieces, load, save
from specquant.contracts.provenance import FORMAT, check_origin, provenance_of, stamp, states, written_as
from specquant.contracts.variables import CONTRACTS

__all__ = [
    "CONTRACTS",
    "FORMAT",
    "NOT_QUANTIFIED",
    "ROUNDING",
    "TOLERANCE",
    "check",
    "check_map",
    "check_origin",
    "check_pieces",
    "check_unit",
    "load",
    "provenance_of",
    "save",
    "stamp",
    "states",
    "written_as",
]
