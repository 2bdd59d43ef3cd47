"""The tables of the documentation that follow from the code: ``python docs/tables.py`` writes them into the pages.

A page says where a table stands and of what it is::

    <!-- table: fields Recipe -->
    <!-- end -->

Files of a distribution that a page shows stand between ``<!-- code: techniques/xrf/xrfspec/law.py -->`` and the same
end.
What is between the two lines is replaced; `names` lists the tables there are. In some tables the last column is
written by hand: it is kept, by the first cell of its row.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from cards import card_rows, shipped
from records import RECORDS, WORDS, Table, fields_table, members_table, prose, written

from specquant import plugin
from specquant.cli import cli
from specquant.contracts import CONTRACTS
from specquant.discovery import load_plugin, load_technique
from specquant.pipeline import PRESETS
from specquant.readers import CORE_READERS
from specquant.study.ablation.study import BUDGETS
from specquant.technique import Fact
from specquant.testing import CHECKS

DOCS = Path(__file__).parent
MARKED = re.compile(r"^<!-- table: (.+?) -->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL)
"""A table in a page: its name, and what stands there now."""

CODE = re.compile(r"^<!-- code: (.+?) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)
"""A file of Python that a page shows, by its path in the documentation; it is called as in its project."""

TECHNIQUES = ("xps", "eds")
"""Techniques with tables of parameters and recipes: those that ship."""

_VALUES = {"text": "TEXT", "path": "PATH", "integer": "N", "integer range": "N", "float": "X", "float range": "X"}
"""What stands for the value of an option without a word of its own, by its type."""


def names() -> list[str]:
    """Return the names of all tables; recipes with the linear law are others but for that, and have none."""
    recipes = [
        f"{technique} {name}"
        for technique in TECHNIQUES
        for name, recipe in load_technique(technique).recipes.items()
        if not recipe.linear_mixing
    ]
    listed: dict[str, Iterable[str]] = {
        "fields": RECORDS,
        "words": WORDS,
        "contract": CONTRACTS,
        "options": [name for name, command in commands().items() if _has_options(command)],
        "parameters": TECHNIQUES,
        "facts": ("core", *TECHNIQUES),
        "recipe": recipes,
        "card": shipped(TECHNIQUES),
    }
    return [
        *(f"{kind} {name}" for kind, chosen in listed.items() for name in chosen),
        "distributions",
        "presets",
        "budgets",
        "seam",
        "checks",
    ]


def _has_options(command: click.Command) -> bool:
    return any(isinstance(parameter, click.Option) for parameter in command.params)


def table(name: str) -> Table:
    """Return the table of a name as the code is now; what the code does not say is empty."""
    kind, *words = name.split(" ", 1)
    makers: Mapping[str, Callable[..., Table]] = {
        "fields": fields_table,
        "words": members_table,
        "contract": _contract,
        "options": _options,
        "parameters": _parameters,
        "facts": _taken,
        "recipe": _quantities,
        "card": _card,
        "distributions": _distributions,
        "presets": _presets,
        "budgets": _budgets,
        "seam": _seam,
        "checks": _checks,
    }
    return makers[kind](*words)


def commands(group: click.Command = cli, before: str = "") -> dict[str, click.Command]:
    """Return every command by the words that call it, those of groups too."""
    if not isinstance(group, click.Group):
        return {}
    listed: dict[str, click.Command] = {}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        listed |= {f"{before}{name}": command} | commands(command, f"{before}{name} ")
    return listed


def rewritten(text: str) -> str:
    """Return a page with its tables as the code is now."""
    tabled = MARKED.sub(lambda match: f"<!-- table: {match[1]} -->\n{_drawn(match[1], match[2])}<!-- end -->", text)
    return CODE.sub(lambda match: f"<!-- code: {match[1]} -->\n{_shown_file(match[1])}<!-- end -->", tabled)


def _shown_file(path: str) -> str:
    """Return a file of a distribution as a block of a page, with its path in the project as the first line."""
    project = Path(path).parts[1]
    inside = Path(path).relative_to(Path(path).parents[1]).as_posix()
    body = (DOCS / path).read_text(encoding="utf-8")
    return f"\n```python\n# file: {project}-plugin/{inside}\n{body}```\n\n"


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of the rows of a table in a page, without its heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]


def _drawn(name: str, before: str) -> str:
    by_hand = {cells[0]: cells[-1] for cells in rows_of(before)}
    heads, *rows = table(name)
    filled = [(*cells[:-1], cells[-1] or by_hand.get(cells[0], "")) for cells in rows]
    lines = ["".join(f"| {cell} " if cell else "| " for cell in cells) + "|" for cells in (heads, *filled)]
    return "\n".join(["", lines[0], "|---" * len(heads) + "|", *lines[1:], "", ""])


# --- contracts, options, presets


def _contract(name: str) -> Table:
    rows = [
        (f"`{variable}`", ", ".join(dims), "required" if required else "optional", "")
        for variable, (dims, required) in CONTRACTS[name].items()
    ]
    return [("variable", "dimensions", "", "what it is, unit, range"), *rows]


def _options(name: str) -> Table:
    options = [parameter for parameter in commands()[name].params if isinstance(parameter, click.Option)]
    return [("option", "default", "meaning"), *map(_option, options)]


def _option(option: click.Option) -> tuple[str, str, str]:
    text = option.help or ""
    stated = re.search(r"\s*(?:\[default: (.*?)\]|Default: (.*?)\.)", text)
    default = "required" if option.required else (stated[1] or stated[2]) if stated else _shown(option)
    words = ", ".join(f"`{word}`" for word in option.opts)
    value = option.metavar or _VALUES.get(option.type.name, "|".join(getattr(option.type, "choices", ())))
    named = words if option.is_flag else f"{words} `{value}`".replace("|", "\\|")
    return named, default, prose(text.replace(stated[0], "") if stated else text)


def _shown(option: click.Option) -> str:
    default = option.get_default(click.Context(click.Command("")))
    plain = isinstance(default, str | int | float | Path) and not isinstance(default, bool)
    return f"`{default}`" if plain else ""


def _presets() -> Table:
    heads = ("preset", "recipe", "training spectra", "fresh spectra for the score")
    named = [(name, f"`{x.recipe}`" if x.recipe else "the technique's first", x) for name, x in PRESETS.items()]
    return [heads, *((f"`{name}`", recipe, many(x.spectra), many(x.evaluation)) for name, recipe, x in named)]


def _budgets() -> Table:
    heads = ("budget", "training spectra", "fresh spectra for the score")
    return [heads, *((f"`{name}`", many(x.spectra), many(x.samples)) for name, x in BUDGETS.items())]


def _seam() -> Table:
    """Return the names of the seam, each with the first line of its docstring; constants and types by hand."""
    rows = []
    for name in sorted(set(plugin.__all__) - {"api"}, key=str.lower):
        thing = getattr(plugin, name)
        described = inspect.isfunction(thing) or (inspect.isclass(thing) and thing.__module__.startswith("specquant"))
        first = (inspect.getdoc(thing) or "").split("\n\n")[0] if described else ""
        rows.append((f"`{name}`", prose(first)))
    return [("name", "what it is"), *rows]


def distributions() -> list[type[Any]]:
    """Return the distributions of the seam."""
    listed = [getattr(plugin, name) for name in plugin.__all__]
    return [each for each in listed if dataclasses.is_dataclass(each) and hasattr(each, "draw")]


def _distributions() -> Table:
    rows = []
    for each in distributions():
        names = ", ".join(field.name for field in dataclasses.fields(each))
        rows.append((f"`{each.__name__}({names})`", prose((inspect.getdoc(each) or "").split("\n\n")[0])))
    return [("distribution", "what it draws"), *rows]


def _checks() -> Table:
    rows = []
    for check in CHECKS:
        kind = ", ".join(word for word in ("slow", "advice") if getattr(check, word))
        rows.append((f"`{check.name}`", kind, prose(check.title)))
    return [("check", "", "what holds"), *rows]


def many(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}".replace(",", " ")


# --- recipes and instrument parameters


def quantities(recipe: Any) -> Iterator[tuple[str, object]]:
    """Yield every random quantity of a recipe that is not at its default, but for names and weights of elements."""
    plain = type(recipe)(name="", title="", element_count=())
    for field in dataclasses.fields(recipe):
        value = getattr(recipe, field.name)
        if field.name in ("name", "title", "prior") or value == getattr(plain, field.name):
            continue
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        yield from ((f"{field.name}.{key}" if key else field.name, part) for key, part in parts)


def _quantities(name: str) -> Table:
    technique, word = name.split(" ")
    recipe = load_technique(technique).recipe(word)
    rows = [(f"`{name}`", f"`{written(value)}`", "") for name, value in quantities(recipe)]
    return [("quantity", "range", "where it comes from"), *rows]


def _card(name: str) -> Table:
    return [("property", "value"), *card_rows(*shipped(TECHNIQUES)[name])]


def _parameters(name: str) -> Table:
    rows = []
    for x in load_technique(name).parameters:
        roles = [word for word in ("required", "rendered") if getattr(x, word)] or ["stated"] * x.stated
        numbers = (written(float(value)) for value in (x.default, x.low, x.high))
        rows.append((f"`{x.name}`", *numbers, x.unit, ", ".join(roles), prose(x.meaning)))
    return [("parameter", "default", "lowest", "highest", "unit", "role", "meaning"), *rows]


def _taken(name: str) -> Table:
    """Return which facts each reader of the core, or of a plug-in, takes of a file that states them."""
    readers = CORE_READERS if name == "core" else load_plugin(name).readers
    rows = [
        (reader.name, *("x" if fact in reader.takes else "-" for fact in Fact)) for reader in readers if reader.takes
    ]
    return [("format", *(fact.value for fact in Fact)), *rows]


def main() -> None:
    """Write the tables into every page."""
    for path in sorted(DOCS.rglob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = rewritten(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            click.echo(f"{path.relative_to(DOCS)}: tables written")


if __name__ == "__main__":
    main()
