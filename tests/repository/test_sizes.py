"""Modules and functions are as small as CONTRIBUTING.md says."""

import ast
from pathlib import Path

import pytest

from folders import ROOT

MODULES = sorted(path for folder in ("specquant", "plugins") for path in (ROOT / folder).rglob("*.py"))

MODULE, FUNCTION = 300, 40
"""Lines that a module has at most, and a function after its docstring."""

COMMANDS = ("specquant/cli/quantify.py", "specquant/cli/train.py")
"""Modules with a command of so many options that it is longer than a function should be."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function after its docstring, or after its first line where it has none."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    assert function.end_lineno is not None
    return function.end_lineno - ((first.end_lineno or 0) if documented else function.lineno)


def long_functions(source: str) -> list[str]:
    tree = ast.walk(ast.parse(source))
    functions = (node for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [function.name for function in functions if lines_of(function) > FUNCTION]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_are_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MODULE, "a module of two jobs is split along their seam"
    assert long_functions(source) == (["command"] if name(path) in COMMANDS else [])


def test_a_long_function_is_seen() -> None:
    body = "    a = 1\n" * 41
    assert long_functions(f'def short():\n    """Say\n\n    much.\n    """\n{body[10:]}def long():\n{body}') == ["long"]
