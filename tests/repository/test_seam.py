"""``specquant.plugin`` is the seam: what it holds changes on purpose only."""

import ast
import dataclasses
import inspect
import re
import subprocess
import sys

import pytest

from folders import ROOT
from specquant import plugin

FIELDS = {
    "Addition": "probability shares",
    "CalibrationSettings": "parameters tuned kinds",
    "Component": "element label group density",
    "Constant": "value",
    "Coordinate": "name value unit",
    "DeclaredShift": "name title recipe misstated axis",
    "DoubledLines": "share further probability shares places",
    "EnergyAxis": "start stop step label descending unit",
    "Estimate": "fraction lower upper remarks log_odds limits signs modelled layers axis",
    "ExampleSpectrum": "path title",
    "Facts": "header notes composition axis_offset pixel narrow coordinate",
    "FileCounts": "path type_name shape offset channels_first",
    "FitDecisions": "proposal tails least false_alarms significance correction poor widening only_if_listed layers "
    "faint",
    "FitPriors": "parameters groups other_groups separate sensitivity_error model_error shape_errors axis_shift "
    "axis_parameter chemical_shifts unstated usual",
    "FitSettings": "priors decisions calibration",
    "HalfNormal": "sd",
    "Hdf5Counts": "path address type_name shape axis",
    "InstrumentKind": "weight values response",
    "InstrumentParameter": "name default low high unit meaning role",
    "LineArea": "scan element line low high area error factor unused",
    "LineFactor": "value transmission",
    "LogNormal": "median sigma",
    "LogUniform": "low high",
    "MapAxis": "name step unit",
    "Member": "entry title spectra kind detail",
    "Mixture": "parts",
    "NarrowAnswer": "fraction deviation lines notes",
    "NarrowQuestion": "scans offset settings fraction deviation factors",
    "NarrowScan": "name energy counts header",
    "Normal": "mean sd",
    "Note": "kind text about",
    "ParameterEstimate": "value deviation reason",
    "Peak": "element label energy width intensity group written",
    "Power": "high exponent",
    "ProbeExample": "element energies statement readers least",
    "RawMap": "name energy counts axes stated facts on_scale",
    "RawSpectrum": "name energy counts stated facts on_scale",
    "Reader": "name suffixes sniff read foreign takes open_map holds_maps",
    "Recipe": "name title element_count prior prior_default concentration additions instruments global_shift offset "
    "element_shift element_shift_range sensitivity_scatter group_scatter group_shift second_state response unstated "
    "linear_mixing background_level background_slope counts noise_factor smoothing low_end high_end",
    "Reporting": "standards instrument transmission sensitivity background lines normalisation unseen assumptions",
    "SampleResult": "file name notes spectra compositions modelled truth lime narrow",
    "Section": "title write",
    "Spectra": "counts observed stated constraints names facts",
    "Technique": "name title axis elements sensitivity peaks recipes parameters chemical_shift margin render response "
    "distortion measure mixing orient estimates models offset_model unstated_quantities examples compared line_width "
    "fit default_recipe shifts valences reporting narrow_scans example",
    "Uniform": "low high",
    "UnstatedQuantities": "title names parameters of kinds kind_of turned bases recipe model floor against",
}
"""Record of api 1 to its fields, in order: a field that goes, or moves, breaks plug-ins; new ones come at the end."""

ARGUMENTS = {
    "absorption_edges": "symbol",
    "at_least": "array low",
    "atomic_fractions": "weight elements",
    "attenuation": "symbol low high",
    "check_enclosed": "path",
    "check_raw": "raw where",
    "columns_of": "values like",
    "components_from_peaks": "axis peaks",
    "decoded": "data",
    "doubles": "array",
    "fft_of": "array",
    "indices": "array",
    "is_archive": "head",
    "like": "array other",
    "lines_in": "data",
    "members_of": "path readers",
    "module_of": "array",
    "opened": "path",
    "parse_amounts": "text",
    "parse_formula": "text",
    "part": "number",
    "place": "raw axis where",
    "read_file": "path readers",
    "rows_at": "table index",
    "shortened": "texts most between",
    "table_in": "lines path",
    "uncalibrated": "raw axis",
    "weight_fractions": "fraction elements",
}
"""Function of api 1 to its arguments, in order."""

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


def test_every_record_and_function_is_listed() -> None:
    things = {name: getattr(plugin, name) for name in plugin.__all__}
    records = {name for name, thing in things.items() if isinstance(thing, type) and dataclasses.is_dataclass(thing)}
    assert records == set(FIELDS)
    assert {name for name, thing in things.items() if inspect.isfunction(thing)} == set(ARGUMENTS)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_no_argument_goes_or_moves(name: str) -> None:
    there, wanted = inspect.signature(getattr(plugin, name)).parameters, ARGUMENTS[name].split()
    assert list(there)[: len(wanted)] == wanted
    later = [there[key] for key in list(there)[len(wanted) :]]
    assert all(one.default is not inspect.Parameter.empty for one in later), "plug-ins of today would break"


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
