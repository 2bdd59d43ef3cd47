"""The door between plug-ins and the core: what they hand over is checked, and every message names who is at fault."""

from specquant.validation.blame import CURE, blamed, refuse
from specquant.validation.functions import guarded
from specquant.validation.readers import (
    InstalledReader,
    check_read,
    open_installed_map,
    read_installed,
    recognises,
)
from specquant.validation.record import FUNCTIONS, validate_technique
from specquant.validation.sections import guarded_section

__all__ = [
    "CURE",
    "FUNCTIONS",
    "InstalledReader",
    "blamed",
    "check_read",
    "guarded",
    "guarded_section",
    "open_installed_map",
    "read_installed",
    "recognises",
    "refuse",
    "validate_technique",
]
