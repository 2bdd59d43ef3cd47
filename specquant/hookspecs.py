"""The seam between the core and a technique plug-in: five hooks, on one page.

A distribution declares ``[project.entry-points.specquant]`` with ``name = "module"``; the name is the word after
``--technique``. The module implements these hooks with ``specquant.hookspecs.hookimpl``.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pluggy

from specquant.technique import Reader, Section, Technique

if TYPE_CHECKING:
    from specquant.explainers import ExplainerFactory
    from specquant.quantifiers import QuantifierFactory

PROJECT = "specquant"
"""Name under which pluggy keeps the hooks."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def specquant_technique() -> Technique:
    """Return the technique: its facts and functions. Required."""
    raise NotImplementedError


@hookspec(firstresult=True)
def specquant_readers() -> Sequence[Reader]:
    """Return readers of the technique's own file formats. CSV, text and netCDF are read by the core."""
    raise NotImplementedError


@hookspec(firstresult=True)
def specquant_quantifiers(technique: Technique) -> Mapping[str, "QuantifierFactory"]:
    """Return further quantifiers by name; each is made as ``factory(technique, library)``."""
    raise NotImplementedError


@hookspec(firstresult=True)
def specquant_explainers(technique: Technique) -> Mapping[str, "ExplainerFactory"]:
    """Return further explainers by name; each is made as ``factory()``."""
    raise NotImplementedError


@hookspec(firstresult=True)
def specquant_sections(technique: Technique) -> Sequence[Section]:
    """Return further parts of the HTML report."""
    raise NotImplementedError
