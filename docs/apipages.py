"""Writes the pages of the Python reference, one a module, from the names that each module makes public.

``conf.py`` calls `write_pages` before Sphinx reads the pages; they are not kept in the repository.
"""

import ast
import inspect
import sys
import textwrap
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType

PAGES = Path(__file__).parent / "reference" / "api"
"""Folder of the pages; its ``index.md`` is written by hand and lists them."""

MODULES = (
    "specquant",
    "specquant.plugin",
    "specquant.testing",
    "specquant.session",
    "specquant.technique",
    "specquant.recipes",
    "specquant.readers",
    "specquant.discovery",
    "specquant.library",
    "specquant.synthesizer",
    "specquant.quantifiers",
    "specquant.learning",
    "specquant.learning.networks",
    "specquant.fits",
    "specquant.instrument",
    "specquant.verdict",
    "specquant.explainers",
    "specquant.evaluation",
    "specquant.report",
    "specquant.pipeline",
    "specquant.validation",
)
"""Modules with a page, in this order: what stays first, then the parts. A name is described on its first page only."""


def write_pages() -> None:
    """Write one page for each of `MODULES`, where it is not on disk as it would be written."""
    described: dict[int, str] = {}
    for name in MODULES:
        path, text = PAGES / f"{name}.rst", _page(name, import_module(name), described)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _page(name: str, module: ModuleType, described: dict[int, str]) -> str:
    title = f"{name}\n{'=' * len(name)}\n\n.. automodule:: {name}\n   :no-members:\n\n.. currentmodule:: {name}\n"
    public = [each for each in module.__all__ if each[:2] != "__" and not inspect.ismodule(getattr(module, each))]
    return "\n".join([title, *(_entry(f"{name}.{each}", getattr(module, each), described) for each in public)])


def _entry(dotted: str, thing: object, described: dict[int, str]) -> str:
    """Return the directive for a public thing; a reference, where an earlier page describes it."""
    short = dotted.rpartition(".")[2]
    if not isinstance(thing, int | float | str):
        before = described.setdefault(id(thing), dotted)
        if before != dotted:
            return f"``{short}``\n   is :py:obj:`{before}`.\n"
    if inspect.isfunction(inspect.unwrap(thing)):  # type: ignore[arg-type]  # whatever has no wrapper comes back
        return f".. autofunction:: {dotted}\n"
    if inspect.isclass(thing):
        parents = "" if thing.__bases__ == (object,) else "   :show-inheritance:\n"
        return f".. autoclass:: {dotted}\n   :members:\n{parents}"
    return f".. py:data:: {dotted}\n\n{textwrap.indent(_said(short, thing), '   ')}\n"


def _said(name: str, value: object) -> str:
    """Return the docstring that stands under a constant, in whichever module defines it; else its value or its type."""
    for module in [each for key, each in sys.modules.items() if key.startswith("specquant")]:
        if vars(module).get(name, Path) is not value:
            continue
        for line, after in pairwise(ast.parse(inspect.getsource(module)).body):
            targets = [line.target] if isinstance(line, ast.AnnAssign) else getattr(line, "targets", [])
            named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
            if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                return str(inspect.cleandoc(str(after.value.value)))
    shown = repr(value)
    return f"``{shown}``" if "<" not in shown else f"A ``{type(value).__name__}``."
