"""The documentation is held to the code: blocks run, command lines parse, tables are fresh, links and names resolve."""

import dataclasses
import pkgutil
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module, invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

import specquant
from edsfiles import write_emsa
from folders import ROOT, TESTS
from specquant import contracts, hookspecs, load_technique, plugin
from specquant.cli import cli
from specquant.discovery import unregister
from specquant.library import RenderedLibrary
from specquant.recipes import Constant, Recipe
from specquant.recipes.priors import element_weights
from specquant.synthesizer import RecipeSynthesizer
from specquant.synthesizer.truth import add, draw_fractions
from specquant.technique import Floats
from specquant.testing import CHECKS

DOCS = ROOT / "docs"
_FILES = (path.relative_to(DOCS) for path in DOCS.rglob("*.md"))
PAGES = sorted(path.as_posix() for path in _FILES if path.parts[0] != "techniques")
"""Pages of the site; distributions that live in the documentation have pages of their own."""
FENCED = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"# file: ([\w/-]+\.py)\n")


def loaded(path: Path) -> ModuleType:
    """Import a file that is in no package."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.path.append(str(DOCS))  # tables.py imports what lies beside it
tables = loaded(DOCS / "tables.py")


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

HOLDS = {"survey.csv": ("xps", ("O", "Fe", "Ni")), "glass.msa": ("eds", ("O", "Mg", "Al", "Si", "Ca", "Fe"))}
"""The files that python.md works with: their technique, and the elements in them."""


def spectrum(technique_name: str, elements: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return energies and counts of a synthetic spectrum that holds all these elements."""
    technique = load_technique(technique_name)
    count = (*(0.0 for _ in elements[1:]), 1.0)
    prior = dict.fromkeys(elements, 1.0)
    drawn = Recipe("example", "", count, prior, prior_default=0.0, concentration=Constant(5.0), counts=Constant(1e5))
    dataset = RecipeSynthesizer(technique, RenderedLibrary(technique), drawn, seed=1).spectra(0, 1)
    return technique.axis.centres, np.asarray(dataset["counts"].values[0], dtype=np.float64)


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that python.md works with."""
    folder = tmp_path_factory.mktemp("examples")
    for name, (technique, elements) in HOLDS.items():
        energy, counts = spectrum(technique, elements)
        if name.endswith(".msa"):
            write_emsa(folder / name, counts, TITLE="glass")
        else:
            lines = (f"{e:g},{c:g}" for e, c in zip(energy, counts, strict=True))
            (folder / name).write_text("\n".join(lines))
    return folder


@pytest.fixture
def workplace(tmp_path: Path, examples: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own that is also on sys.path; modules imported from it are forgotten afterwards."""
    shutil.copytree(examples, tmp_path, dirs_exist_ok=True)
    shutil.copy(DOCS / "techniques" / "xrf" / "tests" / "srm1155.spe", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for listed in specquant.list_techniques():
        if listed.origin.startswith("specquant.register("):
            unregister(listed.name)
    forget_modules_of(tmp_path)


def forget_modules_of(folder: Path) -> None:
    """Forget what was imported from a folder, as a new Python has."""
    invalidate_caches()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).absolute().is_relative_to(folder):
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
            (workplace / match[1]).write_text(body)
            forget_modules_of(workplace)
        else:
            exec(compile(body, f"{page}, block {number}", "exec"), namespace)


def test_pages_with_examples_have_them() -> None:
    reference = ("contracts", "plugins", "recipes", "priors")
    wanted = ("how-to/python.md", "explanation/explaining.md", *(f"reference/{page}.md" for page in reference))
    assert [page for page in wanted if not blocks(page, "python")] == []


@pytest.mark.parametrize("name", HOLDS)
def test_python_gives_what_the_command_line_gives(name: str, workplace: Path) -> None:
    technique, elements = HOLDS[name]
    result = specquant.quantify(name, technique)
    assert {row.element for row in result.table} >= set(elements)
    ran = CliRunner().invoke(cli, ["quantify", "-t", technique, name, "--out", "typed.csv"], catch_exceptions=False)
    assert ran.output == f"{result}\nspecquant: written: typed.csv\n"
    assert result.save("called.csv").read_text() == (workplace / "typed.csv").read_text()


@pytest.mark.usefixtures("workplace")
def test_the_table_of_the_python_page_is_what_is_printed() -> None:
    (shown,) = [body for body in blocks("how-to/python.md", "text") if body.startswith("glass.msa")]
    printed = str(specquant.quantify("glass.msa", "eds"))
    assert re.sub(r"[\d.]+", "", shown).split() == re.sub(r"[\d.]+", "", printed).split()
    figures = [[float(word) for word in re.findall(r"\d+\.\d", table)] for table in (shown, printed)]
    np.testing.assert_allclose(*figures, atol=0.3)  # of 100: other processors round otherwise


def test_the_first_block_of_python_is_five_lines() -> None:
    first = blocks("how-to/python.md", "python")[0]
    assert sum(bool(line.strip()) for line in first.splitlines()) <= 5
    assert all(name in first for name in HOLDS)


def test_the_plugin_of_the_page_is_short() -> None:
    module = next(body for body in blocks("reference/plugins.md", "python") if MODULE.match(body))
    assert sum(bool(line.strip()) for line in module.splitlines()) <= 45


def test_counts_of_checks_on_the_tutorial_are_of_all_checks_of_the_kit() -> None:
    """A kit with a check more would print other counts."""
    text = (DOCS / "tutorials/plug-in.md").read_text(encoding="utf-8")
    printed = re.findall(r"`(\d+ ok, (?:\d+ warning, )?\d+ -)`", text)
    assert [sum(map(int, re.findall(r"\d+", counts))) for counts in printed] == [len(CHECKS)] * 2


# --- commands


def command_lines() -> list[str]:
    """Return the command lines on all pages, each once; those of the command page may be of nothing else."""
    lines = [line for page in PAGES for body in blocks(page, "sh") for line in body.splitlines()]
    only = [line for body in blocks("reference/commands.md", "sh") for line in body.splitlines() if line.strip()]
    return list(dict.fromkeys([*only, *(line for line in lines if line.startswith("specquant "))]))


@pytest.mark.parametrize("name", tables.commands())
def test_every_command_has_its_section_and_a_command_line(name: str) -> None:
    heading = f"\n##{'#' * name.count(' ')} {name}\n"
    assert heading in text("reference/commands.md")
    section = text("reference/commands.md").split(heading, 1)[1].split("\n## ", 1)[0]
    assert f"specquant {name}" in section


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_parses(line: str) -> None:
    program, name, *arguments = shlex.split(line)
    assert program == "specquant"
    command = tables.commands()[name]
    while isinstance(command, click.Group):
        name, *arguments = f"{name} {arguments[0]}", *arguments[1:]
        command = tables.commands()[name]
    try:
        command.make_context(name, arguments)
    except click.BadParameter as error:  # a file that the page makes before
        if "does not exist" not in error.message:
            raise


def test_every_ingredient_is_on_the_page() -> None:
    from specquant.study.ablation import ingredients

    listed = " ".join(cells[0] for cells in rows("reference/commands.md", "### study ablation") if len(cells) == 2)
    assert {name for name, _, _ in ingredients._OFF} | {"prior", "counts"} <= set(re.findall(r"`(\w+)`", listed))


def test_cost_of_networks_agrees_with_the_code() -> None:
    from specquant.discovery import load_plugin
    from specquant.learning.networks import NETWORKS, build, hidden_layers, multiply_adds, parameters

    technique, expected = load_plugin("xps").technique, {}
    for name, known in NETWORKS.items():
        network = build(known.network, known.shape(technique), seed=1)
        millions = f"{multiply_adds(network) / 1e6:.1f} million"
        expected[name] = [str(hidden_layers(network)), f"{parameters(network):,}".replace(",", " "), millions]
    lines = [cells for cells in rows("reference/commands.md", "## train") if "million" in cells[-2]]
    listed = {cells[0].split("`")[1]: cells[1:4] for cells in lines}
    assert listed == expected


# --- hooks, record, contracts


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("specquant_")])
def test_every_hook_has_its_section(hook: str) -> None:
    assert f"\n### {hook}\n" in text("reference/plugins.md")


def test_every_record_of_the_seam_has_a_table_of_its_fields() -> None:
    listed = {name: getattr(plugin, name) for name in plugin.__all__}
    records = {name for name, each in listed.items() if isinstance(each, type) and dataclasses.is_dataclass(each)}
    assert records - set(tables.RECORDS) == {each.__name__ for each in tables.distributions()}


@pytest.mark.parametrize("module", ["specquant", "specquant.plugin", "specquant.testing"])
def test_every_public_name_is_on_a_page(module: str) -> None:
    """In code font somewhere, beside the pages of the reference that are written from docstrings."""
    written = " ".join(part for page in PAGES for part in SPAN.findall(prose(DOCS / page)))
    pages = written + " ".join(body for page in PAGES for _, body in FENCED.findall(text(page)))
    public = [name for name in import_module(module).__all__ if name[:2] != "__"]
    assert [name for name in public if not re.search(rf"\b{name}\b", pages)] == []


# --- tables that are written from the code


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_fresh(page: str) -> None:
    assert tables.rewritten(text(page)) == text(page), "run python docs/tables.py"


def test_every_table_is_on_a_page() -> None:
    marked = [match[1] for page in PAGES for match in tables.MARKED.finditer(text(page))]
    assert sorted(marked) == sorted(tables.names())


@pytest.mark.parametrize("page", PAGES)
def test_every_row_of_a_table_says_something(page: str) -> None:
    rows = [cells for match in tables.MARKED.finditer(text(page)) for cells in tables.rows_of(match[2])]
    assert [cells[0] for cells in rows if not cells[-1]] == []


@dataclasses.dataclass(frozen=True)
class Described:
    """A record.

    Parameters
    ----------
    first, second
        What two fields are for: ``a | b``,
        in two lines.
    third
        The last.
    """

    first: float
    second: tuple[float, ...] = (1.5e6,)
    third: Mapping[str, Recipe] = dataclasses.field(default_factory=dict)


def test_the_writer_of_tables_replaces_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tables.RECORDS, "Described", Described)
    page = "before\n<!-- table: fields Described -->\n| old | | by hand |\n<!-- end -->\nafter\n"
    once = tables.rewritten(page)
    assert once == tables.rewritten(once)
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert tables.rows_of(once) == [
        ["`first`", "required", "What two fields are for: `a \\| b`, in two lines."],
        ["`second`", "`(1.5e6,)`", "What two fields are for: `a \\| b`, in two lines."],
        ["`third`", "`{}`", "The last."],
    ]


def test_the_writer_of_tables_keeps_what_is_written_by_hand() -> None:
    page = "<!-- table: recipe xps article -->\n| a | b | c |\n|---|---|---|\n| `counts` | 3 | why |\n<!-- end -->"
    (row,) = [cells for cells in tables.rows_of(tables.rewritten(page)) if cells[0] == "`counts`"]
    assert row == ["`counts`", "`LogUniform(1e5, 1e6)`", "why"]


# --- recipes and parameters


def recipes(plugin: str) -> Mapping[str, Recipe]:
    found: Mapping[str, Recipe] = import_module(f"{plugin}.recipes").RECIPES
    return found


def test_linear_recipe_of_eds_is_field_but_for_the_law() -> None:
    known = recipes("specquant_eds")
    assert replace(known["linear"], name="field", title=known["field"].title, linear_mixing=False) == known["field"]


@pytest.mark.parametrize(("plugin", "prefix"), [("specquant_xps", ""), ("specquant_eds", "EDS: ")])
def test_recipes_are_all_on_the_page(plugin: str, prefix: str) -> None:
    assert [name for name in recipes(plugin) if f"\n## {prefix}{name}\n" not in text("reference/recipes.md")] == []


@pytest.mark.parametrize(("technique", "heading"), [("xps", "## XPS: field"), ("eds", "## EDS: field")])
def test_prior_of_the_page_is_that_of_the_code(technique: str, heading: str) -> None:
    record = load_technique(technique)
    recipe = record.recipe("field")
    lines = rows("reference/priors.md", heading)[1:]
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


def test_kll_table_of_xps_agrees_with_the_code() -> None:
    from specquant_xps.atomic import ELEMENTS, NUMBERS
    from specquant_xps.augerlines import _KLL

    found = {
        cells[0]: (float(cells[1]), tuple(map(float, cells[2].split(", "))), float(cells[3]))
        for cells in rows("explanation/physics-xps.md", "## Auger lines")[1:]
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


def sources() -> list[Path]:
    folders = ("specquant", "plugins", "tests")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_page_that_the_code_names_exists() -> None:
    named = {page for path in sources() for page in re.findall(r"\bdocs/[\w/-]+\b(?:\.\w+)?", path.read_text("utf-8"))}
    assert len(named) > 10
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if Path(page).name != "index.md"])
def test_the_index_of_a_folder_names_every_page_in_it(page: str) -> None:
    folder, name = Path(page).parent, Path(page).name
    table = [line for line in text(f"{folder}/index.md").splitlines() if line.startswith("|")]
    assert LINK.findall("\n".join(table)).count(name) == 1


# --- the glossary and the tree

SPAN = re.compile(r"`([^`]+)`")


@cache
def classes() -> dict[str, list[type[Any]]]:
    """Return the classes of the core by name."""
    listed: dict[str, list[type[Any]]] = {}
    for module in pkgutil.walk_packages(specquant.__path__, "specquant."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, type) and value.__module__.startswith("specquant"):
                listed.setdefault(name, []).append(value)
    return listed


@cache
def words() -> set[str]:
    """Return the words that are not names of Python: options, commands, methods, parameters and contracts."""
    from specquant.session.equipment import BASELINES, HYBRID, NETWORK

    commands = tables.commands()
    options = {word for command in commands.values() for option in command.params for word in option.opts}
    parameters = {x.name for name in ("xps", "eds") for x in load_technique(name).parameters}
    variables = {name for contract in contracts.CONTRACTS.values() for name in contract}
    recipe_names = {name for technique in ("xps", "eds") for name in load_technique(technique).recipes}
    typed = {f"specquant {name}" for name in commands}
    return options | parameters | variables | recipe_names | typed | {"origin", HYBRID, NETWORK, *BASELINES}


def has(owner: object, name: str) -> bool:
    return hasattr(owner, name) or name in getattr(owner, "__dataclass_fields__", {})


def exists(code: str) -> bool:
    """Say whether a module, class, function, field, option, command, parameter or variable is there."""
    if code in words():
        return True
    *path, name = code.split(".")
    if path and path[0].startswith("specquant"):
        try:
            return bool(import_module(code))
        except ImportError:
            pass
        try:
            return has(import_module(".".join(path)), name)
        except ImportError:
            return has(getattr(import_module(".".join(path[:-1])), path[-1], None), name)
    return any(not path or has(owner, name) for owner in classes().get(path[0] if path else name, []))


def test_every_term_of_the_glossary_exists() -> None:
    assert [code for code in SPAN.findall(text("reference/glossary.md")) if not exists(code)] == []


def test_the_glossary_explains_each_term_once_in_order() -> None:
    for heading in ("## Terms of the field", "## Terms of this project"):
        terms = [cells[0] for cells in rows("reference/glossary.md", heading)[1:]]
        assert terms == sorted(set(terms), key=str.lower)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ("reference/glossary.md", "decisions/0012-front-door.md")]
)
def test_old_names_are_gone(page: str) -> None:
    meaningful = {"alternatives", "attrs", "estimate", "header", "shift", "surface"}  # elsewhere
    cells = ", ".join(cells[0] for cells in rows("reference/glossary.md", "## Old names in code")[1:])
    old = set(re.findall(r"\w+(?=\(|,|$)", re.sub(r"\([^)]*\)|attribute \w+", "()", cells)))
    code = [*(body for _, body in FENCED.findall(text(page))), *SPAN.findall(prose(DOCS / page))]
    assert {word for part in code for word in re.findall(r"\w+", part)} & (old - meaningful) == set()


def test_the_tree_of_the_readme_is_that_of_the_core() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Where things are\n", 1)[1]
    listed = set(re.findall(r"(?<![\w/.])(\w+/|\w+\.py)(?=[\s,])", FENCED.search(section)[2]))  # type: ignore[index]
    entries = (ROOT / "specquant").iterdir()
    there = {f"{path.name}/" if path.is_dir() else path.name for path in entries if path.name[:2] != "__"}
    assert there - {"py.typed"} <= listed
    assert listed - there <= {"specquant/", "tests/", "docs/"}


def test_tests_that_the_page_on_security_names_are_there() -> None:
    """A kind of attack without its test would be a promise only."""
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (DOCS / "reference/security.md").read_text(encoding="utf-8"))
    sources = {path.name: path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    assert len(named) > 40
    assert [f"{file}::{name}" for file, name in named if f"def {name}(" not in sources.get(file, "")] == []


def test_cells_that_call_the_shell_are_shown_as_a_reader_types_them() -> None:
    pytest.importorskip("sphinx", reason="the extra docs is missing")
    from docutils import nodes
    from docutils.utils import new_document
    from shellcells import show_as_commands  # it lies beside tables.py

    page = new_document("page")
    for cell in ("!specquant example xps\n!specquant quantify example-xps.vms", "import specquant\n!ls"):
        page += nodes.literal_block(cell, cell, language="ipython3")
    show_as_commands(None, page)  # type: ignore[arg-type]
    shown = [(block.astext(), block["language"]) for block in page.findall(nodes.literal_block)]
    assert shown == [
        ("specquant example xps\nspecquant quantify example-xps.vms", "sh"),
        ("import specquant\n!ls", "ipython3"),
    ]


@pytest.mark.parametrize(
    ("output", "failed"),
    [
        ("specquant: written: a.csv", []),
        ("specquant: error: a.vms: no such file", ["specquant: error: a.vms: no such file"]),
        ("Traceback (most recent call last):\n  File ...", ["Traceback (most recent call last):"]),
        ("Usage: specquant\n\nError: No such option: --x", ["Error: No such option: --x"]),
    ],
)
def test_a_command_of_a_page_that_fails_is_seen(output: str, failed: list[str]) -> None:
    """Else the site would show the traceback, since a notebook goes on after a command that fails."""
    pytest.importorskip("sphinx", reason="the extra docs is missing")
    from docutils import nodes
    from shellcells import failures

    typed = nodes.literal_block("!specquant x", "!specquant x", language="ipython3")
    given = nodes.literal_block(output, output, language="none")
    _ = nodes.container("", nodes.container("", typed), nodes.container("", given))
    assert failures(typed) == failed


def test_pages_name_no_folder_outside_the_repository() -> None:
    pages = [ROOT / "README.md", *(DOCS / page for page in PAGES)]
    assert [page.name for page in pages if re.search(r"\.\./shared\b", page.read_text(encoding="utf-8"))] == []


def test_the_version_and_its_date_are_the_same_everywhere() -> None:
    """The package, the citation and the newest entry of the changelog."""
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    cited = dict(
        re.findall(r"^(version|date-released): \"?([\w.-]+)\"?$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    )
    newest = re.search(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    assert newest is not None
    assert cited == {"version": version[1], "date-released": newest[2]}
    assert newest[1] == version[1]


def test_changes_are_named_so_that_the_changelog_can_be_built() -> None:
    """By the number of an issue, or by + and a word, which gives no number."""
    names = [path.name for path in (ROOT / "changes").glob("*.md") if path.name != "README.md"]
    assert [name for name in names if not re.fullmatch(r"(\d+|\+[\w-]+)\.(added|changed|fixed)\.md", name)] == []
