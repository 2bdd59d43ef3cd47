"""specquant: which elements are in a spectrum, how much of each, and why.

The public names below load on first use, so that ``import specquant`` takes neither torch nor xarray.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specquant.discovery import list_techniques, load_technique, register
    from specquant.errors import SpecquantError
    from specquant.explainers import Explainer
    from specquant.library import PureLibrary
    from specquant.quantifiers import Quantifier
    from specquant.session import Result, Session, quantify
    from specquant.session import open_session as open
    from specquant.synthesizer import Synthesizer
    from specquant.technique import Technique

_MODULES = {
    "specquant.discovery": ("list_techniques", "load_technique", "register"),
    "specquant.errors": ("SpecquantError",),
    "specquant.explainers": ("Explainer",),
    "specquant.library": ("PureLibrary",),
    "specquant.quantifiers": ("Quantifier",),
    "specquant.session": ("Result", "Session", "open", "quantify"),
    "specquant.synthesizer": ("Synthesizer",),
    "specquant.technique": ("Technique",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
_OTHER_NAMES = {"open": "open_session"}
"""Public names that stand under another in their module: ``open`` would hide the built-in function there."""

__all__ = [
    "Explainer",
    "PureLibrary",
    "Quantifier",
    "Result",
    "Session",
    "SpecquantError",
    "Synthesizer",
    "Technique",
    "__version__",
    "list_techniques",
    "load_technique",
    "open",
    "quantify",
    "register",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("specquant")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), _OTHER_NAMES.get(name, name))
    raise AttributeError(f"module 'specquant' has no attribute {name!r}")
