"""The documentation is held to the code: blocks run, command lines parse, tables agree, links and names resolve."""

import dataclasses
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from specquant import contracts, distributions, hookspecs, load_technique
from specquant.cli import cli
from specquant.recipes.priors import element_weights
from specquant.recipes.recipe import Addition, Recipe, Source
from specquant.synthesizer.truth import add, draw_fractions
from specquant.technique import FitSettings, Technique

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"# file: (\w+)\.py\n")


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [body for name, body in FENCED.findall(text(page)) if name == language]


def prose(path: Path) -> str:
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of all table rows under a heading, up to the next heading of any level."""
    section = re.split(r"^#+ ", text(page).split(f"\n{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


# --- Python blocks


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own that is also on sys.path; modules imported from it are forgotten afterwards."""
    shutil.copy(ROOT / "tests" / "conformance.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def install(page: str, folder: Path) -> None:
    """Do what pip would do with the pyproject.toml of a page: write its .dist-info."""
    for body in blocks(page, "toml"):
        project = tomllib.loads(body)["project"]
        info = folder / f"{project['name']}-{project['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        lines = [
            line
            for group, entries in project["entry-points"].items()
            for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_blocks_run(page: str, workplace: Path) -> None:
    install(page, workplace)
    namespace: dict[str, Any] = {"__name__": "page"}
    for number, body in enumerate(blocks(page, "python"), start=1):
        if match := MODULE.match(body):
            (workplace / f"{match.group(1)}.py").write_text(body)
            invalidate_caches()
        else:
            exec(compile(body, f"{page}, block {number}", "exec"), namespace)


def test_pages_with_examples_have_them() -> None:
    wanted = ("python.md", "contracts.md", "plugins.md", "recipes.md", "priors.md", "explaining.md")
    assert [page for page in wanted if not blocks(page, "python")] == []


def test_the_plugin_of_the_page_is_short() -> None:
    (module,) = [body for body in blocks("plugins.md", "python") if MODULE.match(body)]
    assert sum(bool(line.strip()) for line in module.splitlines()) <= 45


# --- commands


def commands(group: click.Command = cli, before: str = "") -> dict[str, click.Command]:
    """Return every command by the words that call it, those of groups too."""
    if not isinstance(group, click.Group):
        return {}
    found: dict[str, click.Command] = {}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found |= {f"{before}{name}": command} | commands(command, f"{before}{name} ")
    return found


def examples() -> list[str]:
    return [line for body in blocks("commands.md", "sh") for line in body.splitlines() if line.strip()]


@pytest.mark.parametrize("name", commands())
def test_every_command_has_its_section_and_a_command_line(name: str) -> None:
    heading = f"\n##{'#' * name.count(' ')} {name}\n"
    assert heading in text("commands.md")
    section = text("commands.md").split(heading, 1)[1].split("\n## ", 1)[0]
    assert f"specquant {name}" in section


@pytest.mark.parametrize("line", examples())
def test_every_command_line_parses(line: str) -> None:
    program, name, *arguments = shlex.split(line)
    assert program == "specquant"
    command = commands()[name]
    while isinstance(command, click.Group):
        name, *arguments = f"{name} {arguments[0]}", *arguments[1:]
        command = commands()[name]
    command.make_context(name, arguments)


@pytest.mark.parametrize("name", commands())
def test_every_option_is_on_the_page(name: str) -> None:
    options = [option for parameter in commands()[name].params for option in parameter.opts if option[:2] == "--"]
    assert [option for option in options if option not in text("commands.md")] == []


def test_presets_agree_with_the_code() -> None:
    from specquant.pipeline import PRESETS

    found = {
        cells[0].strip("`"): (int(cells[2].replace(" ", "")), int(cells[3].replace(" ", "")))
        for cells in rows("commands.md", "## run")
        if len(cells) == 4 and not cells[0].startswith("`--")
    }
    assert found == {name: (preset.spectra, preset.evaluation) for name, preset in PRESETS.items()}


def test_budgets_agree_with_the_code() -> None:
    from specquant.study.ablation.study import BUDGETS

    listed = [cells for cells in rows("commands.md", "### study ablation") if len(cells) == 3]
    found = {cells[0].split("`")[1]: tuple(int(cell.replace(" ", "")) for cell in cells[1:]) for cells in listed[1:-1]}
    assert found == {name: (budget.spectra, budget.samples) for name, budget in BUDGETS.items()}


def test_every_ingredient_is_on_the_page() -> None:
    from specquant.study.ablation import ingredients

    listed = " ".join(cells[0] for cells in rows("commands.md", "### study ablation") if len(cells) == 2)
    assert {name for name, _, _ in ingredients._OFF} | {"prior", "counts"} <= set(re.findall(r"`(\w+)`", listed))


def test_cost_of_networks_agrees_with_the_code() -> None:
    from specquant.discovery import load_plugin
    from specquant.learning.networks import NETWORKS, build, hidden_layers, multiply_adds, parameters

    technique, expected = load_plugin("xps").technique, {}
    for name, known in NETWORKS.items():
        network = build(known.network, known.shape(technique), seed=1)
        millions = f"{multiply_adds(network) / 1e6:.1f} million"
        expected[name] = [str(hidden_layers(network)), f"{parameters(network):,}".replace(",", " "), millions]
    listed = {cells[0].split("`")[1]: cells[1:4] for cells in rows("commands.md", "## train") if "million" in cells[3]}
    assert listed == expected


# --- hooks, record, contracts


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("specquant_")])
def test_every_hook_has_its_section(hook: str) -> None:
    assert f"\n### {hook}\n" in text("plugins.md")


def test_every_field_of_the_record_is_in_the_table() -> None:
    named = [cells[0].strip("`") for cells in rows("plugins.md", "## The record, field by field")[1:]]
    assert named == [entry.name for entry in dataclasses.fields(Technique)]


def test_every_field_of_a_source_is_in_the_table() -> None:
    listed = [cells[0].strip("`") for cells in rows("plugins.md", "### Kinds of instrument")]
    assert [entry.name for entry in dataclasses.fields(Source) if entry.name not in listed] == []
    assert {"sources", "offset"} <= set(listed)


def test_every_setting_of_a_fit_is_in_the_table() -> None:
    listed = {cells[0].strip("`") for cells in rows("plugins.md", "## The optional functions") if len(cells) == 2}
    assert listed - {"field of `FitSettings"} == {entry.name for entry in dataclasses.fields(FitSettings)}


@pytest.mark.parametrize("contract", contracts._CONTRACTS)
def test_every_contract_has_its_table(contract: str) -> None:
    found = {cells[0].strip("`"): tuple(cells[1].split(", ")) for cells in rows("contracts.md", f"## {contract}")[1:]}
    assert found == {name: dims for name, (dims, _) in contracts._CONTRACTS[contract].items()}


# --- recipes and parameters

NOT_DRAWN = {"name", "title", "prior"}
HEADINGS = [
    ("specquant_xps", "article", "## article"),
    ("specquant_xps", "field", "## field"),
    ("specquant_eds", "field", "## EDS: field"),
    ("specquant_eds", "article", "## EDS: article"),
]
"""Module of a plug-in, its recipe, and the heading of that recipe's table."""


def recipes(plugin: str) -> Mapping[str, Recipe]:
    found: Mapping[str, Recipe] = import_module(f"{plugin}.recipes").RECIPES
    return found


def quantities(recipe: Recipe) -> dict[str, object]:
    """Return every random quantity that is not at its default, by the name it has in the table."""
    plain = Recipe(name="", title="", element_count=())
    found: dict[str, object] = {}
    for entry in dataclasses.fields(Recipe):
        value = getattr(recipe, entry.name)
        if isinstance(value, Mapping) and entry.name not in NOT_DRAWN:
            found.update({f"{entry.name}.{key}": part for key, part in value.items()})
        elif entry.name not in NOT_DRAWN and value != getattr(plain, entry.name):
            found[entry.name] = value
    return found


@pytest.mark.parametrize(("plugin", "name", "heading"), HEADINGS)
def test_recipe_table_agrees_with_the_code(plugin: str, name: str, heading: str) -> None:
    recipe = recipes(plugin)[name]
    known = vars(distributions) | {"Addition": Addition, "Source": Source}
    listed = {cells[0].strip("`"): cells for cells in rows("recipes.md", heading) if len(cells) == 3}
    found = {key: eval(cells[1].strip("`"), dict(known)) for key, cells in listed.items() if key != "quantity"}
    at_default = {"prior_default": recipe.prior_default} if "prior_default" in found else {}
    assert found == quantities(recipe) | at_default
    assert all(cells[2] for cells in listed.values())


def test_linear_recipe_of_eds_is_field_but_for_the_law() -> None:
    known = recipes("specquant_eds")
    assert quantities(known["linear"]) == quantities(known["field"]) | {"linear_mixing": True}


@pytest.mark.parametrize(("plugin", "prefix"), [("specquant_xps", ""), ("specquant_eds", "EDS: ")])
def test_recipes_are_all_on_the_page(plugin: str, prefix: str) -> None:
    assert [name for name in recipes(plugin) if f"\n## {prefix}{name}\n" not in text("recipes.md")] == []


@pytest.mark.parametrize(("technique", "heading"), [("xps", "## XPS: field"), ("eds", "## EDS: field")])
def test_prior_of_the_page_is_that_of_the_code(technique: str, heading: str) -> None:
    record = load_technique(technique)
    recipe = record.recipe("field")
    lines = rows("priors.md", heading)[1:]
    weights = {symbol: float(weight) for symbols, weight, _ in lines for symbol in symbols.split()}
    assert weights.pop("others") == recipe.prior_default
    assert weights == dict(recipe.prior)
    assert set(record.recipe("article").prior.values()) <= {1.0}

    rng = np.random.default_rng(1)
    drawn = draw_fractions(recipe, np.array([*element_weights(recipe, record.elements).values()]), rng, 200000)
    for addition in recipe.additions:
        drawn = add(drawn, addition, record.elements, rng)
    held = dict(zip(record.elements, 100 * (drawn > 0).mean(axis=0), strict=True))
    unnamed = set(record.elements) - set(weights)
    for symbols, _, share in lines:
        shares = [held[symbol] for symbol in (unnamed if symbols == "others" else symbols.split())]
        assert np.mean(shares) == pytest.approx(float(share), rel=0.05, abs=0.05), symbols


@pytest.mark.parametrize(
    ("page", "module"), [("physics-xps.md", "specquant_xps.technique"), ("physics-eds.md", "specquant_eds.instrument")]
)
def test_parameters_agree_with_the_code(page: str, module: str) -> None:
    found = [(cells[0].strip("`"), *map(float, cells[1:4]), cells[4]) for cells in rows(page, "## Parameters")[1:]]
    assert found == [(x.name, x.default, x.low, x.high, x.unit) for x in import_module(module).PARAMETERS]


def test_kll_table_of_xps_agrees_with_the_code() -> None:
    from specquant_xps.atomic import ELEMENTS, NUMBERS
    from specquant_xps.augerlines import _KLL

    found = {
        cells[0]: (float(cells[1]), tuple(map(float, cells[2].split(", "))), float(cells[3]))
        for cells in rows("physics-xps.md", "## Auger lines")[1:]
    }
    assert found == {symbol: _KLL[z] for z, symbol in zip(NUMBERS, ELEMENTS, strict=True) if z in _KLL}


# --- links and names

LINK = re.compile(r"\]\(([^)\s]+)\)")
NAME = re.compile(r"`(specquant(?:_\w+)?(?:\.\w+)+)`")


def resolves(page: Path, target: str) -> bool:
    """Say whether a link's file is there and, where it names a heading, the heading too."""
    file, _, anchor = target.partition("#")
    there = (page.parent / file).resolve() if file else page
    if not there.exists():
        return False
    return not anchor or anchor in map(slug, re.findall(r"^#+ (.*)$", prose(there), re.MULTILINE))


@pytest.mark.parametrize("path", [ROOT / "README.md", *(DOCS / page for page in PAGES)], ids=lambda path: path.name)
def test_every_relative_link_resolves(path: Path) -> None:
    targets = [target for target in LINK.findall(prose(path)) if not re.match(r"[a-z]+:", target)]
    assert [target for target in targets if not resolves(path, target)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_dotted_name_exists(page: str) -> None:
    missing = []
    for dotted in NAME.findall(text(page)):
        module, _, name = dotted.rpartition(".")
        try:
            known = hasattr(import_module(module), name) or bool(import_module(dotted))
        except ImportError:
            known = False
        if not known:
            missing.append(dotted)
    assert missing == []


def test_the_index_names_every_page() -> None:
    assert set(LINK.findall(text("index.md"))) >= set(PAGES) - {"index.md"}
