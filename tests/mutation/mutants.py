"""Changes to numerics, one at a time: an operator, a comparison or a number becomes another."""

import ast
from collections.abc import Iterator
from copy import deepcopy

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.UAdd: ast.USub,
    ast.USub: ast.UAdd,
}
"""What each operator becomes."""


def mutants(source: str) -> list[tuple[str, str]]:
    """Return all mutants of a module, each as what was changed and the changed source, in the order of the lines."""
    tree = ast.parse(source)
    return [_changed(tree, index) for index, _ in enumerate(_places(tree))]


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield the nodes that can change, with the field that does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp) and type(node.op) in _OPERATORS:
            yield node, "op"
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _OPERATORS:
            yield node, "ops"
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield node, "value"


def _changed(tree: ast.Module, index: int) -> tuple[str, str]:
    """Return one mutant by its number among the places."""
    copied = deepcopy(tree)
    node, field = list(_places(copied))[index]
    before = ast.unparse(node)
    if field == "op":
        node.op = _OPERATORS[type(node.op)]()  # type: ignore[attr-defined]
    elif field == "ops":
        node.ops = [_OPERATORS[type(node.ops[0])](), *node.ops[1:]]  # type: ignore[attr-defined]
    else:
        node.value = node.value + 1 if isinstance(node.value, int) else node.value * 1.5 + 0.1  # type: ignore[attr-defined]
    return f"line {node.lineno}: {before} -> {ast.unparse(node)}", ast.unparse(copied)  # type: ignore[attr-defined]
