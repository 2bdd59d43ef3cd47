"""The notebooks of the documentation run, and what they end their cells with shows itself."""

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from folders import ROOT

NOTEBOOKS = ROOT / "docs" / "notebooks"

_CELL = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```", re.DOTALL | re.MULTILINE)


def shown(code: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does, and return the value that it ends with."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.mark.parametrize("name", ["xps", "eds"])
def test_a_notebook_runs_and_shows_a_figure(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    cells = _CELL.findall((NOTEBOOKS / f"{name}.md").read_text(encoding="utf-8"))
    assert len(cells) >= 5
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        ends = [shown(cell, names) for cell in cells]
    pages = [end._repr_html_() for end in ends if hasattr(end, "_repr_html_")]
    assert any("data-specquant-figure" in page and "<img" in page for page in pages)
    assert len(printed.getvalue().splitlines()) > 3
