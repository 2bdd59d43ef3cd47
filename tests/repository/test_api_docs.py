"""Docstrings of the public API: every parameter with what it is, arrays with their shape, errors by name, iterators.

Of what is internal too: entries of one parameter each, arrays with their shape.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import specquant
from folders import ROOT
from specquant import plugin, testing
from specquant.errors import SettingError
from specquant.technique import Floats

ARRAY = re.compile(r"Floats|NDArray|ndarray|Tensor")
"""Annotations of arrays."""

SHAPE = re.compile(r"\([^()]*,[^()]*\)")
"""A shape, such as ``(sample, element)`` or ``(channel,)``."""

ANY_SHAPE = re.compile(r"\b(?:any|same) shape\b|\bno dimension\b|\bAs of `")
"""What an entry may say in place of a shape."""

SECTION = re.compile(r"^(Parameters|Attributes|Raises|Returns)\n-+\n", re.MULTILINE)


@dataclass(frozen=True)
class Doc:
    """A docstring: text before its sections, and what each section says of a name."""

    text: str
    sections: dict[str, dict[str, str]]

    @staticmethod
    def of(documented: object) -> "Doc":
        text, *parts = SECTION.split(inspect.getdoc(documented) or "")
        return Doc(text, {name: entries(body) for name, body in zip(parts[::2], parts[1::2], strict=True)})

    def entry(self, name: str) -> str:
        """Return what is said of a name: its entry, or the text that has it in code font; empty: nothing."""
        for section in ("Parameters", "Attributes"):
            if name in self.sections.get(section, {}):
                return self.sections[section][name]
        return self.text if f"`{name}`" in self.text else ""


def entries(body: str) -> dict[str, str]:
    """Return the entries of a section by name; an entry may be of several."""
    said: dict[str, str] = {}
    for head, text in re.findall(r"^(\S.*)\n((?:(?: +.*)?\n?)*)", body, re.MULTILINE):
        said |= {name.strip(): text.strip() for name in head.split(",")}
    return said


def gaps(name: str, annotation: object, doc: Doc) -> Iterator[str]:
    """Yield what is missing of one parameter or field."""
    entry = doc.entry(name)
    if not entry:
        yield f"{name} is not documented"
    elif ARRAY.search(str(annotation)) and not SHAPE.search(entry) and not ANY_SHAPE.search(entry):
        yield f"{name} has no shape"


def gaps_of_function(function: Callable[..., Any]) -> list[str]:
    """Return what is missing in the docstring of a function, method or property."""
    doc, signature = Doc.of(function), inspect.signature(function)
    named = [each for each in signature.parameters.values() if each.name not in ("self", "cls")]
    missing = [gap for each in named for gap in gaps(each.name, each.annotation, doc)]
    if ARRAY.search(str(signature.return_annotation)) and not SHAPE.search(str(doc)):
        missing.append("what is returned has no shape")
    raised = raises_of(function) - set(doc.sections.get("Raises", {}))
    missing += [f"{error} is not documented" for error in sorted(raised)]
    if inspect.isgeneratorfunction(inspect.unwrap(function)) and not re.match("Yield|Open|Read|Give", doc.text):
        missing.append("what is yielded is not documented")
    return missing


def raises_of(function: Callable[..., Any]) -> set[str]:
    """Return the names of errors that the function itself raises."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    raised = (
        node.exc.func for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    )
    return {name.id for name in raised if isinstance(name, ast.Name) and name.id.endswith("Error")}


def gaps_of_class(kind: type) -> list[str]:
    """Return what is missing in the docstring of a class: fields of a record, or parameters of its constructor."""
    doc = Doc.of(kind)
    if is_dataclass(kind):
        listed = [each for each in fields(kind) if each.name[0] != "_"]
        return [gap for each in listed for gap in gaps(each.name, each.type, doc)]
    maker = vars(kind).get("__init__")
    if maker is None or getattr(kind, "_is_protocol", False):
        return []
    named = list(inspect.signature(maker).parameters.values())[1:]
    return [gap for each in named for gap in gaps(each.name, each.annotation, doc)]


def public() -> dict[str, object]:
    """Return classes and functions of the public API by name, each once, and the public members of classes."""
    listed: dict[object, str] = {}
    for module in (specquant, plugin, testing):
        for name in module.__all__:
            each = getattr(module, name)
            if (inspect.isclass(each) or inspect.isfunction(each)) and each.__module__.startswith("specquant"):
                listed.setdefault(each, f"{module.__name__}.{name}")
    members = {f"{name}.{part}": each for kind, name in listed.items() for part, each in members_of(kind)}
    return {name: each for each, name in listed.items()} | members


def members_of(kind: object) -> Iterator[tuple[str, object]]:
    """Yield the public methods and properties of a class, as far as specquant wrote them."""
    if not inspect.isclass(kind):
        return
    for name in (name for name in dir(kind) if name[0] != "_"):
        home = next(each for each in kind.__mro__ if name in vars(each))
        member = vars(home)[name]
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if home.__module__.startswith("specquant") and inspect.isfunction(function):
            yield name, function


PUBLIC = public()


def test_public_objects_are_many() -> None:
    assert len(PUBLIC) > 200


def test_every_public_object_is_documented() -> None:
    missing = {
        name: found
        for name, each in PUBLIC.items()
        if (found := gaps_of_class(each) if inspect.isclass(each) else gaps_of_function(each))  # type: ignore[arg-type]
    }
    assert missing == {}


def shared(text: str) -> list[str]:
    """Return the entries that describe several parameters at once, but for those that refer to another function."""
    heads = re.findall(r"^(\w+, [\w, ]+)\n +(?! |As of `)", text, re.MULTILINE)
    return [head for head in heads if not head.endswith("Error")]


MODULES = sorted(path for folder in ("specquant", "plugins") for path in (ROOT / folder).rglob("*.py"))


def annotated(node: ast.FunctionDef | ast.ClassDef) -> dict[str, str]:
    """Return the annotations of the parameters of a function, or of the fields or the constructor of a class."""
    if isinstance(node, ast.FunctionDef):
        listed = [*node.args.args, *node.args.kwonlyargs]
        return {each.arg: ast.unparse(each.annotation) for each in listed if each.annotation}
    fields_of = {
        each.target.id: ast.unparse(each.annotation)
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    makers = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    return fields_of | {name: kind for maker in makers for name, kind in annotated(maker).items()}


def gaps_of_entries(source: str) -> list[str]:
    """Return what is missing in entries of the docstrings of a module: those of several parameters, without a shape."""
    missing = []
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or text is None:
            continue
        missing += [f"{node.name}: {head} share an entry" for head in shared(text)]
        before, *sections = SECTION.split(text)
        said = {name: entry for body in sections[1::2] for name, entry in entries(body).items()}
        missing += [
            f"{node.name}: {name} has no shape"
            for name, kind in annotated(node).items()
            if name in said
            and re.search(rf"\b(?:{ARRAY.pattern}|Array|Ints)\b", kind)
            and not re.search(r"Callable|Mapping", kind)
            and not any(SHAPE.search(each) for each in (before, said[name]))
            and not ANY_SHAPE.search(said[name])
        ]
    return missing


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_entries_are_of_one_parameter_and_say_the_shape_of_arrays(path: Path) -> None:
    assert gaps_of_entries(path.read_text(encoding="utf-8")) == []


def scaled(values: Floats, factor: float) -> Floats:
    """Return values times a factor.

    Parameters
    ----------
    values
        Some numbers.

    Raises
    ------
    SettingError
        If the factor is 0.
    """
    if factor == 0:
        raise SettingError("is zero")
    if factor < 0:
        raise ValueError("is negative")
    return values * factor


class Scaler:
    """Scales."""

    def __init__(self, factor: float) -> None:
        self.factor = factor


@pytest.mark.parametrize("gap", ["values has no shape", "factor is not documented", "ValueError is not documented"])
def test_a_gap_is_seen(gap: str) -> None:
    assert gap in [*gaps_of_function(scaled), *gaps_of_class(Scaler)]
    assert "SettingError is not documented" not in gaps_of_function(scaled)


ENDS = '''
def ends(low: Floats, high: Floats, middle: Floats, factor: float) -> None:
    """Do nothing.

    Parameters
    ----------
    low, high
        Both ends, (sample,).
    middle
        Between both.
    factor
        A number.
    """
'''


def test_entries_of_several_parameters_and_arrays_without_a_shape_are_seen() -> None:
    assert gaps_of_entries(ENDS) == ["ends: low, high share an entry", "ends: middle has no shape"]
