"""``specquant.plugin`` is the seam: what it holds changes on purpose only."""

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from specquant import plugin

ROOT = Path(__file__).parent.parent

FIELDS = {
    "Technique": "name title axis elements sensitivity peaks recipes parameters chemical_shift margin render "
    "response distortion measure mixing orient estimates models offset_model unstated_quantities "
    "examples compared line_width fit default_recipe shifts valences reporting "
    "narrow_scans",
    "EnergyAxis": "start stop step label descending unit",
    "Peak": "element label energy width intensity group",
    "Component": "element label group density",
    "ExampleSpectrum": "path title",
    "ProbeExample": "element energies statement readers least",
    "InstrumentParameter": "name default low high unit meaning role",
    "RawSpectrum": "name energy counts stated facts on_scale",
    "Facts": "header notes composition axis_offset pixel",
    "Reader": "name suffixes sniff read foreign",
    "Section": "title write",
    "Spectra": "counts observed stated constraints names facts",
    "Estimate": "fraction lower upper remarks log_odds",
    "Note": "kind text about",
}
"""Record of api 1 to its fields, in order: a field that goes, or moves, breaks plug-ins; new ones come at the end."""

HOOKS = {
    "specquant_technique": [],
    "specquant_readers": [],
    "specquant_quantifiers": ["technique"],
    "specquant_explainers": ["technique"],
    "specquant_sections": ["technique"],
}
"""Hook of api 1 to its arguments."""


def test_version() -> None:
    assert plugin.api == 1


def test_every_name_loads_and_is_documented() -> None:
    for name in plugin.__all__:
        thing = getattr(plugin, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, name
    assert dir(plugin) == sorted(plugin.__all__)


def test_no_name_is_taken_away() -> None:
    page = (ROOT / "docs" / "reference" / "stability.md").read_text()
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert set(plugin.__all__) - {"api"} == listed, "docs/reference/stability.md lists api 1; a name that goes is api 2"


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_goes_or_moves(name: str) -> None:
    there = [field.name for field in dataclasses.fields(getattr(plugin, name))]
    wanted = FIELDS[name].split()
    assert there[: len(wanted)] == wanted


def test_new_fields_have_defaults() -> None:
    for name, wanted in FIELDS.items():
        for field in dataclasses.fields(getattr(plugin, name))[len(wanted.split()) :]:
            missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            assert not missing, f"{name}.{field.name} has no default: plug-ins of today would break"


def test_hooks_are_the_same() -> None:
    from specquant import hookspecs

    there = {name: value for name, value in vars(hookspecs).items() if name.startswith("specquant_")}
    assert {name: list(inspect.signature(value).parameters) for name, value in there.items()} == HOOKS


def test_a_name_that_is_not_there_says_which_version_this_is() -> None:
    with pytest.raises(AttributeError, match=r"specquant\.plugin \(api 1\) has no 'Later'"):
        _ = plugin.Later


def test_importing_it_takes_neither_torch_nor_xarray() -> None:
    code = (
        "import sys; from specquant.plugin import Technique, Reader, Recipe, hookimpl, ReadError, Note\n"
        "print({'torch', 'xarray', 'matplotlib', 'scipy'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_plugins_that_ship_take_it_from_there_and_from_nothing_deeper() -> None:
    """As a third party's would; lint-imports holds them to it, too."""
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "specquant":
                assert node.module == "specquant.plugin", f"{path.name}, line {node.lineno}"
                strangers = {alias.name for alias in node.names} - set(plugin.__all__)
                assert not strangers, f"{path.name} takes {strangers}"
            elif isinstance(node, ast.Import):
                assert not [alias.name for alias in node.names if alias.name.startswith("specquant.")], path.name
