"""Every check of the kit, in the order in which they run."""

from importlib import import_module

from specquant.testing.registry import REGISTRY, Check, Failed, Inapplicable

_ROOMS = (
    "record",
    "library",
    "laws",
    "recipes",
    "agreement",
    "methods",
    "further",
    "readers",
    "models",
    "import",
    "commands",
)
"""Modules of checks, in the order in which they run: what is cheap and fundamental first."""

for _room in _ROOMS:
    import_module(f"specquant.testing.{_room}_checks")

CHECKS: tuple[Check, ...] = tuple(REGISTRY)
"""All checks; one that needs others stands after them."""

__all__ = ["CHECKS", "Check", "Failed", "Inapplicable"]
