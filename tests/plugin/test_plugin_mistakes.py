"""Mistakes that authors of plug-ins make: each gets one message that names the plug-in, the function and the cure."""

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specquant
import specquant.plugin
from specquant.discovery import load_plugin
from specquant.errors import PluginError, ReadError
from specquant.library import MeasuredLibrary
from specquant.readers import open_map
from specquant.session import Session

SERIAL = itertools.count()

HEAD = """
import dataclasses

import numpy as np
import torch

import toyspec
from specquant.plugin import (
    Addition,
    Component,
    Constant,
    DeclaredShift,
    EnergyAxis,
    Estimate,
    ExampleSpectrum,
    Explainer,
    Facts,
    FitDecisions,
    FitPriors,
    FitSettings,
    InstrumentKind,
    InstrumentParameter,
    MapAxis,
    NarrowAnswer,
    Normal,
    ParameterEstimate,
    Peak,
    ProbeExample,
    Quantifier,
    RawMap,
    RawSpectrum,
    Reader,
    Reporting,
    Role,
    Section,
    Uniform,
    components_from_peaks,
    hookimpl,
)

BASE = dataclasses.replace(
    toyspec.specquant_technique(),
    name="made",
    parameters=(InstrumentParameter("gain", 1.0, 0.5, 2.0, "um", "how thick", Role.STATED),),
)
CHANGES = {}
READERS = []
QUANTIFIERS = {}
EXPLAINERS = {}
SECTIONS = []


def right(axis, values):
    return components_from_peaks(axis, BASE.peaks)


def bent(change):
    return lambda axis, values: [
        dataclasses.replace(each, density=change(each.density)) for each in right(axis, values)
    ]


class Odd:
    def __init__(self, drawn):
        self.drawn = drawn

    def draw(self, rng, shape):
        return self.drawn()


def law(yields):
    class Law:
        def __init__(self, elements, labels):
            self.size = len(elements)

        def yields(self, fraction, values):
            return yields((len(fraction), self.size), values)

    return Law


def recipes(**changes):
    return {"article": dataclasses.replace(BASE.recipes["article"], **changes)}


def raw(**changes):
    return dataclasses.replace(RawSpectrum("a", BASE.axis.centres, 100.0 + BASE.axis.centres), **changes)


def reader(read, sniff=lambda head: head.startswith(b"MADE")):
    READERS.append(Reader("made text", (".made",), sniff, read))


class Even(Quantifier):
    def fraction(self, spectra):
        size = len(self.technique.elements)
        return np.full((len(spectra), size), 1.0 / size)

    def estimate(self, spectra):
        return Estimate.without_interval(self.fraction(spectra))


class Blank(Explainer):
    def dataset(self, quantifier):
        import xarray as xr

        elements = list(quantifier.technique.elements)
        weight = np.zeros((1, len(elements), 2))
        return xr.Dataset({"weight": (("sample", "element", "segment"), weight)}, {"element": elements})

    def attribute(self, quantifier, spectra):
        return self.dataset(quantifier)


def explaining(change):
    class Changed(Blank):
        def attribute(self, quantifier, spectra):
            return change(self.dataset(quantifier))

    return Changed


def weights(technique, name):
    from specquant import load_technique

    return load_technique(technique).models[name]


def written(text):
    import pathlib

    path = pathlib.Path(__file__).with_suffix(".safetensors")
    path.write_text(text)
    return path


def priors(**changes):
    return FitSettings(FitPriors(**changes))


def parameter(**changes):
    return (dataclasses.replace(BASE.parameters[0], **changes),)


def peak(**changes):
    return (*BASE.peaks, dataclasses.replace(BASE.peaks[0], **changes))


def estimating(change):
    class Changed(Even):
        def estimate(self, spectra):
            return change(self.fraction(spectra))

    return Changed
"""

TAIL = """

@hookimpl
def specquant_technique():
    return dataclasses.replace(BASE, **CHANGES)


@hookimpl
def specquant_readers():
    return READERS


@hookimpl
def specquant_quantifiers(technique):
    return QUANTIFIERS


@hookimpl
def specquant_explainers(technique):
    return EXPLAINERS


@hookimpl
def specquant_sections(technique):
    return SECTIONS
"""

AFTER = "# after the hooks\n"
"""What stands in a mistake's code after this line comes after the hooks of the plug-in."""

Installer = Callable[..., str]


def installed(
    folder: Path, code: str, entry: str = "made = {module}", group: str = "specquant", needs: str = ""
) -> str:
    """Write a distribution ``madespec 7.0`` and return the name of its module."""
    module = f"mademistake{next(SERIAL)}"
    before, _, after = code.partition(AFTER)
    (folder / f"{module}.py").write_text(f"{HEAD}{before}{TAIL}{after}")
    info = folder / "madespec-7.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: madespec\nVersion: 7.0\n{needs}")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry.format(module=module)}\n")
    return module


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thirdparty: Path) -> Installer:  # noqa: ARG001
    def write(code: str, **metadata: str) -> str:
        folder = tmp_path / "site"
        folder.mkdir()
        module = installed(folder, code, **metadata)
        monkeypatch.syspath_prepend(folder)
        return module

    return write


def opened() -> Session:
    return specquant.open("made")


def load(_: Path) -> None:
    load_plugin("made")


def render(_: Path) -> None:
    _ = opened().library.dataset


def read(folder: Path) -> None:
    path = folder / "a.made"
    path.write_text("MADE\n")
    opened().read(path)


def read_map(folder: Path) -> None:
    path = folder / "a.made"
    path.write_text("MADE\n")
    open_map(path, load_plugin("made").readers)


def measure(folder: Path) -> None:
    plugin = load_plugin("made")
    _ = MeasuredLibrary(folder, plugin.technique, plugin.readers).dataset


def draw(_: Path) -> None:
    session = opened()
    session.synthesizer(session.recipe(), 1).spectra(0, 3)


def spectrum() -> tuple[np.ndarray, np.ndarray]:
    energy = np.arange(0.0, 201.0)
    return energy, 10.0 + 1000.0 * np.exp(-(((energy - 112.0) / 2.0) ** 2))


def quantify(_: Path) -> None:
    opened().quantify(spectrum(), method="mine")


SECTION = "SECTIONS.append(CODE)"


def explain(_: Path) -> None:
    session = opened()
    session.explainer("mine").explain(session.explained)


def page(folder: Path) -> None:
    opened().quantify(spectrum(), method="nnls").save(folder / "page.html")


def distort(_: Path) -> None:
    import torch

    technique = load_plugin("made").technique
    assert technique.distortion is not None
    technique.distortion(technique.axis)(torch.ones((2, technique.axis.size)), {"gain": torch.ones(2)})


def ask_narrow(_: Path) -> None:
    function = load_plugin("made").technique.narrow_scans
    assert function is not None
    function(None)  # type: ignore[arg-type]


ONES = "Law = law(lambda shape, values: torch.ones(shape))"


def narrow(_: Path) -> None:
    import torch

    technique = load_plugin("made").technique
    assert technique.mixing is not None
    law = technique.mixing(technique.elements, technique.elements)
    narrowed = law.narrowed(np.array([0, 2]))  # type: ignore[attr-defined]
    narrowed.yields(torch.full((2, 6), 1 / 6), {"gain": torch.ones(2)})


def quantify_by_network(_: Path) -> None:
    opened().quantify(spectrum(), method="cnn")


def quantify_three(_: Path) -> None:
    opened().quantify([spectrum()] * 3, method="mine")


def table(code: str, action: Callable[[Path], None], cases: dict[str, tuple[str, str]]) -> list[Any]:
    """Return mistakes by name: what stands for CODE in the code of the plug-in, and the message."""
    return [
        pytest.param(code.replace("CODE", part), action, message, id=name) for name, (part, message) in cases.items()
    ]


RECIPES = {
    "a recipe with two parts of a second state": (
        "second_state=(0.5, Constant(0.3))",
        r"second_state: is not complete; found \(0\.5, .*; wanted \(probability, share, shift\)",
    ),
    "a recipe with a number for a second state": ("second_state=0.5", r"second_state: is not complete"),
    "a recipe with a second state above its sample": (
        "second_state=(0.5, Constant(3.0), Constant(1.0))",
        r"second_state\[1\]: draws values out of range; found 3, .*; wanted shares, 0 to 1",
    ),
    "a recipe with counts that no detector counts": ("counts=Constant(1e30)", r"counts: draws .*at most 1e\+12"),
    "a recipe without a title": ("title=' '", r"recipes\['article'\]\.title: there is none"),
    "a recipe with a number for a title": ("title=3", r"recipes\['article'\]\.title: has the wrong type; found int"),
    "a recipe with text for yes or no": ("linear_mixing='no'", r"linear_mixing: has the wrong type; found str"),
    "a recipe with an addition above its sample": (
        "additions=(Addition(0.5, {'Li': Constant(3.0)}),)",
        r"additions\[0\]\.shares\['Li'\]: draws values out of range; found 3",
    ),
    "a recipe with a list for shares": (
        "additions=(Addition(0.5, ['Li']),)",
        r"additions\[0\]\.shares: has the wrong type; found list",
    ),
    "a distribution that draws always as many": (
        "counts=Odd(lambda: np.full(200, 5.0))",
        r"counts: draws another shape than it is asked for; found \(200,\); wanted \(2, 3\)",
    ),
    "a class for a distribution": ("counts=Constant", r"counts: cannot be drawn from"),
    "negative counts": ("counts=Constant(-5.0)", r"recipes\['article'\]\.counts"),
    "a parameter beyond its range": (
        "response={'gain': Uniform(1.0, 9.0)}",
        r"recipes\['article'\]\.response\['gain'\]: draws values out of range; found .*; wanted 0\.5 to 2 um",
    ),
    "a distribution of the wrong shape": (
        "global_shift=Odd(lambda: np.zeros(3))",
        r"recipes\['article'\]\.global_shift: draws another shape",
    ),
    "a distribution that raises": (
        "global_shift=Odd(lambda: {}['x'])",
        r"recipes\['article'\]\.global_shift: cannot be drawn from; found KeyError",
    ),
    "a recipe with percent for probabilities": ("smoothing=30.0", r"smoothing"),
    "a recipe with a list for a mapping": ("response=['gain']", r"response: has the wrong type; found list"),
    "a recipe with a number for a distribution": ("counts=1e5", r"recipes\['article'\]\.counts"),
    "a recipe of elements that are not there": ("prior={'Au': 1.0}", r"recipes\['article'\]\.prior"),
    "a recipe with a negative weight": ("prior={'Li': -1.0}", r"is not a weight; found -1"),
    "a recipe of more elements than there are": ("element_count=(0.0,) * 40 + (1.0,)", r"asks for too many elements"),
    "a recipe without a number of elements": ("element_count=()", r"element_count: is not a distribution"),
    "a recipe with text for numbers of elements": ("element_count=('one',)", r"element_count: is not a distribution"),
    "a recipe of another parameter": ("response={'volts': Constant(1.0)}", r"recipes\['article'\]\.response"),
    "a recipe that leaves another unstated": ("unstated={'volts': 0.5}", r"recipes\['article'\]\.unstated"),
    "a recipe of another group": ("group_scatter={'K': Constant(1.0)}", r"recipes\['article'\]\.group_scatter"),
    "a recipe with a mapping for additions": (
        "additions=({'C': 0.5},)",
        r"additions\[0\]: has the wrong type; found dict",
    ),
    "a recipe with additions of other elements": (
        "additions=(Addition(0.5, {'Au': Constant(0.5)}),)",
        r"additions\[0\]\.shares",
    ),
    "a recipe with another kind's parameters": (
        "instruments=(InstrumentKind(1.0, {'gain': 1.0}),)",
        r"instruments\[0\]\.values",
    ),
    "a recipe with a kind that never comes": ("instruments=(InstrumentKind(0.0, {}),)", r"is not a weight; found 0"),
}

RENDER = {
    "render ends Python": (
        "lambda axis, values: __import__('sys').exit(1)",
        r"render failed; found SystemExit: 1; wanted render\(axis, values\) -> components",
    ),
    "render gives a generator": ("lambda axis, values: (x for x in right(axis, values))", r"found generator"),
    "render gives lists of numbers": (
        "bent(lambda density: density.tolist())",
        r"without numbers; found Li 'main' list",
    ),
    "render gives torch": ("bent(lambda density: torch.tensor(density))", r"without numbers; found Li 'main' torch"),
    "render gives None for no element": (
        "lambda axis, values: [*right(axis, values), Component(None, 'b', 'main', np.ones(axis.size))]",
        r"render gave a component that is not named by text; found None 'b': element None",
    ),
    "render numbers its groups": (
        "lambda axis, values: [dataclasses.replace(one, group=3) for one in right(axis, values)]",
        r"render gave a component that is not named by text; found Li 'main': group 3",
    ),
    "render forgets the margin": ("lambda axis, values: right(BASE.axis, values)", r"density of another shape"),
    "render gives another shape": (
        "bent(lambda density: density[:-1])",
        r"render gave a density of another shape; found Li 'main' \(220,\); wanted \(221,\)",
    ),
    "render gives an array": (
        "lambda axis, values: np.ones((6, axis.size))",
        r"render gave the wrong type; found ndarray; wanted a list of Component",
    ),
    "render gives something else in its list": (
        "lambda axis, values: [1.0]",
        r"render gave the wrong type; found float; wanted a Component",
    ),
    "render gives NaN": (
        "bent(lambda density: density * np.nan)",
        r"render gave a density that is not finite; found Li 'main'",
    ),
    "render gives negative densities": (
        "bent(lambda density: density - 1.0)",
        r"render gave a negative density; found Li 'main' -1",
    ),
    "render raises": (
        "lambda axis, values: 1 / 0",
        r"render failed; found ZeroDivisionError.*; wanted render\(axis, values\) -> components",
    ),
    "render has another signature": (
        "lambda axis: right(axis, {})",
        r"render failed; found TypeError.*; wanted render\(axis, values\) -> components",
    ),
    "render leaves an element out": (
        "lambda axis, values: right(axis, values)[1:]",
        r"render left elements out; found no component of Li; wanted one or more of every element",
    ),
    "render invents an element": (
        "lambda axis, values: [*right(axis, values), Component('Xx', 'x', 'main', np.ones(axis.size))]",
        r"render gave a component of an element that the technique does not have; found 'Xx'",
    ),
    "render names a component twice": (
        "lambda axis, values: right(axis, values) * 2",
        r"render gave two components of one name; found Li 'main'",
    ),
}

RESPONSE = {
    "response gives whole numbers": (
        "lambda axis: lambda primary, values: primary.int()",
        r"response gave the wrong type; found torch\.int32; wanted a torch\.Tensor of floats",
    ),
    "response gives complex numbers": ("lambda axis: lambda primary, values: primary + 0j", r"found torch\.complex64"),
    "response holds on to gradients": (
        "lambda axis: lambda primary, values: primary * torch.ones(1, requires_grad=True)",
        r"response gave numbers that gradients hang on; .*detach\(\)",
    ),
    "response changes what it is given": (
        "lambda axis: lambda primary, values: primary.mul_(0.5)",
        r"response changed what it was given; .*wanted a new array",
    ),
    "response gives two things": ("lambda axis: lambda primary, values: (primary, None)", r"found tuple"),
    "response forgets to return": ("lambda axis: lambda primary, values: None", r"found NoneType"),
    "response sums over spectra": (
        "lambda axis: lambda primary, values: primary.sum(0)",
        r"response gave another shape",
    ),
    "response gives another shape": (
        "lambda axis: lambda primary, values: primary[:, :-1]",
        r"response gave another shape; found \(9, 220\); wanted \(9, 221\)",
    ),
    "response gives numpy": (
        "lambda axis: lambda primary, values: primary.numpy()",
        r"response gave the wrong type; found ndarray; wanted a torch\.Tensor, or an attribute arrays = \"numpy\"",
    ),
    "response computes with what there is not": (
        "lambda axis: type('R', (), {'arrays': 'cupy', '__call__': lambda self, primary, values: primary})()",
        r"response has an attribute arrays that cannot be; found 'cupy'; wanted one of numpy, torch, both",
    ),
    "response of numpy gives torch": (
        "lambda axis: type('R', (), {'arrays': 'numpy', '__call__': lambda self, p, values: torch.from_numpy(p)})()",
        r"response gave the wrong type; found Tensor; wanted a numpy\.ndarray",
    ),
    "response gives NaN": (
        "lambda axis: lambda primary, values: primary * float('nan')",
        r"response gave values that are not finite",
    ),
    "response gives negative intensities": (
        "lambda axis: lambda primary, values: primary - 1.0",
        r"response gave negative values",
    ),
    "response asks for a parameter that is not there": (
        "lambda axis: lambda primary, values: primary * values['voltage'][:, None]",
        r"response failed; found KeyError: 'voltage'; wanted .* of the parameters: gain",
    ),
    "response is not a function": (
        "lambda axis: 3.0",
        r"response gave the wrong type; found float; wanted a function response\(axis\)\(primary, values\)",
    ),
    "response raises": ("lambda: None", r"response failed; found TypeError"),
}

MIXING = {
    "mixing is no class": (
        "law(lambda shape, values: torch.ones(shape))([], [])",
        r"technique\.mixing: has the wrong type; found Law",
    ),
    "yields of another signature": (
        "type('L', (), {'__init__': lambda self, e, l: None, 'yields': lambda self, fraction: fraction})",
        r"mixing failed; found TypeError.*wanted yields\(fraction, values\)",
    ),
    "mixing gives another shape": (
        "law(lambda shape, values: torch.ones(shape[0], shape[1] - 1))",
        r"mixing gave yields of another shape; found \(256, 8\); wanted \(256, 9\)",
    ),
    "mixing gives numpy": (
        "law(lambda shape, values: np.ones(shape))",
        r"mixing gave the wrong type; found ndarray; wanted a torch\.Tensor",
    ),
    "mixing gives NaN": (
        "law(lambda shape, values: torch.full(shape, float('nan')))",
        r"mixing gave yields that are not finite",
    ),
    "mixing gives negative yields": (
        "law(lambda shape, values: torch.full(shape, -1.0))",
        r"mixing gave negative yields",
    ),
    "mixing is a function of yields": (
        "lambda elements, labels: (lambda fraction, values: None)",
        r"mixing gave the wrong type; found function; wanted an object with yields\(fraction, values\)",
    ),
    "mixing raises": (
        "law(lambda shape, values: values['voltage'])",
        r"mixing failed; found KeyError: 'voltage'",
    ),
}

ORIENT = {
    "orient states text": (
        "lambda raw: dataclasses.replace(raw, stated={'gain': '1 um'})",
        r"orient stated what cannot be; found gain '1 um'; wanted numbers of gain",
    ),
    "orient states a list": (
        "lambda raw: dataclasses.replace(raw, stated=['gain'])",
        r"orient stated nothing that can",
    ),
    "orient gives facts of its own": (
        "lambda raw: dataclasses.replace(raw, facts={'a': 1})",
        r"orient gave facts of the wrong type; found dict; wanted Facts",
    ),
    "orient forgets the name": ("lambda raw: dataclasses.replace(raw, name=None)", r"orient gave a name that cannot"),
    "orient gives None": (
        "lambda raw: None",
        r"orient gave the wrong type; found NoneType; wanted a RawSpectrum",
    ),
    "orient raises": (
        "lambda raw: raw.header['kind']",
        r"orient failed; found KeyError: 'kind'; wanted orient\(raw\)",
    ),
    "orient descends": (
        "lambda raw: raw.on(raw.energy[::-1], raw.counts[::-1])",
        r"orient gave energies that do not ascend",
    ),
    "orient cuts one of two": (
        "lambda raw: raw.on(raw.energy[1:], raw.counts)",
        r"orient gave energies and counts of other shapes; found \(200,\) and \(201,\)",
    ),
}

MEASURE = {
    "measure gives nothing": (
        "lambda folder, axis, readers: None",
        r"measure gave the wrong type; found NoneType; wanted a list of Component",
    ),
}

READERS = {
    "reader ends Python": (
        "lambda path: __import__('sys').exit(2)",
        r"the made text reader failed; found SystemExit: 2; wanted a list of RawSpectrum, or ReadError",
    ),
    "reader lacks a file of its own": (
        "lambda path: open('/nowhere/settings.ini')",
        r"the made text reader failed; found FileNotFoundError.*settings\.ini",
    ),
    "reader gives a mapping for facts": (
        "lambda path: [raw(facts={'operator': 'me'})]",
        r"the made text reader gave facts of the wrong type; found dict; wanted Facts\(header=\{\.\.\.\}\)",
    ),
    "reader gives a list for a header": (
        "lambda path: [raw(facts=Facts(header=['operator']))]",
        r"the made text reader gave a header that does not map text to values; found list",
    ),
    "reader gives numbers for keys of a header": (
        "lambda path: [raw(facts=Facts(header={3: 'a'}))]",
        r"gave a header that does not map text to values; found keys \[3\]",
    ),
    "reader notes text": (
        "lambda path: [raw().noted('careful')]",
        r"the made text reader gave notes of the wrong type; found \('careful',\); wanted a tuple of Note",
    ),
    "reader gives a formula for a composition": (
        "lambda path: [raw(facts=Facts(composition='Fe2O3'))]",
        r"the made text reader gave a composition that cannot be; found 'Fe2O3'",
    ),
    "reader gives a number for a coordinate": (
        "lambda path: [raw(facts=Facts(coordinate=3.0))]",
        r"the made text reader gave a coordinate of the wrong type; found float",
    ),
    "reader gives text for yes or no": (
        "lambda path: [raw(on_scale='yes')]",
        r"the made text reader gave on_scale of the wrong type; found 'yes'",
    ),
    "reader states a list": (
        "lambda path: [raw(stated=['gain'])]",
        r"the made text reader stated nothing that can be read; found list",
    ),
    "reader states by number": ("lambda path: [raw(stated={3: 1.0})]", r"stated an unknown parameter; found 3"),
    "reader states infinity": ("lambda path: [raw(stated={'gain': np.inf})]", r"cannot be a number; found gain inf"),
    "reader states an array": ("lambda path: [raw(stated={'gain': np.ones(1)})]", r"cannot be a number; found gain"),
    "reader gives complex counts": ("lambda path: [raw(counts=raw().counts + 1j)]", r"not numbers; found complex128"),
    "reader gives a generator": ("lambda path: (raw() for _ in range(2))", r"gave the wrong type; found generator"),
    "reader gives spectra by name": ("lambda path: {'a': raw()}", r"gave the wrong type; found dict"),
    "sniff forgets to return": (
        "lambda path: [raw()], sniff=lambda head: None",
        r"looking at the file, the made text reader gave the wrong type; found NoneType; wanted .* True or False",
    ),
    "sniff gives what it saw": (
        "lambda path: [raw()], sniff=lambda head: head[:4].decode()",
        r"looking at the file, the made text reader gave the wrong type; found str",
    ),
    "reader raises KeyError": (
        "lambda path: {}['voltage']",
        r"the made text reader failed.*found KeyError: 'voltage'.*wanted a list of RawSpectrum, or ReadError",
    ),
    "sniff raises": (
        "lambda path: [raw()], sniff=lambda head: head.decode('ascii').index('x')",
        r"looking at the file, the made text reader failed; found ValueError",
    ),
    "reader gives one spectrum": (
        "lambda path: raw()",
        r"the made text reader gave the wrong type; found RawSpectrum; wanted a list of RawSpectrum",
    ),
    "reader gives tuples": (
        "lambda path: [(1.0, 2.0)]",
        r"the made text reader gave the wrong type; found tuple; wanted a list of RawSpectrum",
    ),
    "reader gives strings": (
        "lambda path: [raw(counts=np.array(['1'] * 201))]",
        r"the made text reader gave counts that are not numbers; found <U1",
    ),
    "reader gives None for counts": (
        "lambda path: [raw(counts=None)]",
        r"the made text reader gave counts that are not numbers; found object",
    ),
    "reader gives another length": (
        "lambda path: [raw(counts=np.ones(200))]",
        r"the made text reader gave energy and counts of other shapes; found \(201,\) and \(200,\)",
    ),
    "reader gives a name that is not text": (
        "lambda path: [raw(name=3)]",
        r"the made text reader gave a name that cannot be text; found int",
    ),
    "reader states text": (
        "lambda path: [raw(stated={'gain': '50 um'})]",
        r"the made text reader stated something that cannot be a number; found gain '50 um'; wanted a number in um",
    ),
    "reader states what is not a parameter": (
        "lambda path: [raw(stated={'gian': 1.0})]",
        r"the made text reader stated an unknown parameter; found 'gian'; wanted .*gain.*Did you mean 'gain'",
    ),
    "reader gives None": ("lambda path: None", r"the made text reader gave the wrong type; found NoneType"),
    "reader gives energies of two dimensions": (
        "lambda path: [raw(energy=np.ones((201, 1)), counts=np.ones((201, 1)))]",
        r"the made text reader gave",
    ),
    "reader of another signature": ("lambda: []", r"the made text reader failed.*found TypeError"),
    "reader states NaN as text": ("lambda path: [raw(stated={'gain': None})]", r"cannot be a number; found gain None"),
    "sniff of another signature": (
        "lambda path: [raw()], sniff=lambda: True",
        r"looking at the file, the made text reader failed; found TypeError",
    ),
}

NAMES = {
    "quantifier without a name": ("''", r"specquant_quantifiers gave something without a name"),
    "quantifier named like the core's": (
        "'nnls'",
        r"specquant_quantifiers took a name of specquant's own; found 'nnls'",
    ),
}

QUANTIFIERS = {
    "quantifier ends Python": (
        "estimating(lambda even: __import__('sys').exit(1))",
        r"quantifier mine failed; found SystemExit: 1",
    ),
    "quantifier gives bounds crossed": (
        "estimating(lambda even: Estimate(even, even + 0.1, even - 0.1))",
        r"quantifier mine gave bounds that cannot be; found 0\.266667 to 0\.0666667; wanted lower <= upper",
    ),
    "quantifier gives bounds in percent": (
        "estimating(lambda even: Estimate(even, 0.0 * even, 100.0 * even))",
        r"quantifier mine gave bounds that cannot be; found 0 to 16\.6667",
    ),
    "quantifier gives no bounds": (
        "estimating(lambda even: Estimate(even, None, None))",
        r"quantifier mine gave a lower bound that are not numbers; found NoneType",
    ),
    "quantifier remarks in numbers": (
        "estimating(lambda even: Estimate(even, even, even, (3,)))",
        r"quantifier mine gave remarks that are no texts; found \(3,\)",
    ),
    "quantifier gives one remark for all": (
        "estimating(lambda even: Estimate(even, even, even, 'odd'))",
        r"quantifier mine gave remarks that are no texts; found 'odd'",
    ),
    "quantifier gives text for fractions": (
        "estimating(lambda even: Estimate.without_interval(even.astype(str)))",
        r"quantifier mine gave fractions that are not numbers; found an array of <U",
    ),
    "quantifier writes into the spectra": (
        "type('Sub', (Even,), {'estimate': lambda self, spectra: spectra.counts.fill(0.0)})",
        r"quantifier mine failed; found ValueError: assignment destination is read-only",
    ),
    "quantifier without its method": (
        "type('Sub', (Quantifier,), {})",
        r"quantifier mine failed; found TypeError: .*abstract.* estimate",
    ),
    "quantifier of a wrong class": (
        "lambda technique, library: 7",
        r"quantifier mine has the wrong type; found int; wanted a specquant\.plugin\.Quantifier",
    ),
    "factory of another signature": (
        "lambda technique: Even(technique)",
        r"quantifier mine failed; found TypeError.*; wanted factory\(technique, library\)",
    ),
    "quantifier that does not call its base": (
        "type('Bare', (Even,), {'__init__': lambda self, technique, library: None})",
        r"quantifier mine has no technique; .*super\(\)\.__init__\(technique, library\)",
    ),
    "quantifier transposed": (
        "estimating(lambda even: Estimate.without_interval(even.T))",
        r"quantifier mine gave fractions of another shape; found \(6, 1\); wanted \(1, 6\)",
    ),
    "quantifier gives an array": (
        "estimating(lambda even: even)",
        r"quantifier mine gave the wrong type; found ndarray; wanted an Estimate",
    ),
    "quantifier gives bounds of another shape": (
        "estimating(lambda even: Estimate(even, even[0], even))",
        r"quantifier mine gave a lower bound of another shape; found \(6,\); wanted \(1, 6\)",
    ),
    "quantifier raises": (
        "estimating(lambda even: [][0])",
        r"quantifier mine failed; found IndexError: list index",
    ),
    "quantifier gives percent": (
        "estimating(lambda even: Estimate.without_interval(100.0 * even))",
        r"quantifier mine gave fractions that do not sum to 1; found 100; wanted 1",
    ),
    "quantifier gives NaN": (
        "estimating(lambda even: Estimate.without_interval(np.nan * even))",
        r"quantifier mine gave fractions that are not finite",
    ),
    "quantifier gives negative fractions": (
        "estimating(lambda even: Estimate.without_interval(0.0 * even + [1.5, -0.5, 0.0, 0.0, 0.0, 0.0]))",
        r"quantifier mine gave negative fractions; found -0\.5",
    ),
    "quantifier gives a remark too few": (
        "estimating(lambda even: Estimate(even, even, even, ('odd', 'odd', 'odd')))",
        r"quantifier mine gave remarks of another number; found 3; wanted 1",
    ),
}

EXPLAINERS = {
    "explainer of other elements": (
        "explaining(lambda dataset: dataset.assign_coords(element=['Xx'] * 6))",
        r"explainer mine: ATTRIBUTION is of other elements; found \['Xx', .*; wanted those of the technique",
    ),
    "explainer without its method": ("type('Sub', (Explainer,), {})", r"explainer mine failed; found TypeError"),
    "explainer ends Python": (
        "explaining(lambda dataset: __import__('sys').exit(1))",
        r"explainer mine failed; found SystemExit: 1",
    ),
    "explainer of a wrong class": ("lambda: 7", r"explainer mine has the wrong type; found int"),
    "explainer that asks for arguments": ("lambda technique: Blank()", r"explainer mine failed; found TypeError"),
    "explainer raises": ("explaining(lambda dataset: {}['x'])", r"explainer mine failed; found KeyError: 'x'"),
    "explainer gives an array": (
        "explaining(lambda dataset: dataset['weight'].values)",
        r"explainer mine gave the wrong type; found ndarray; wanted an xarray\.Dataset",
    ),
    "explainer gives no element": (
        "explaining(lambda dataset: dataset.drop_vars('element'))",
        r"explainer mine: ATTRIBUTION has no element coordinate",
    ),
    "explainer gives something else": (
        "explaining(lambda dataset: dataset.rename(weight='heft'))",
        r"explainer mine: .*ATTRIBUTION",
    ),
    "explainer gives NaN": (
        "explaining(lambda dataset: dataset * np.nan)",
        r"explainer mine: .*weight",
    ),
}

EXPLAINER_NAMES = {
    "explainer without a name": ("''", r"specquant_explainers gave something without a name"),
    "explainer named like the core's": ("'lime'", r"specquant_explainers took a name of specquant's own"),
    "explainer with a name of two words": ("'two words'", r"without a name that can be typed; found 'two words'"),
    "explainer with a number for a name": ("3", r"specquant_explainers .*found int"),
}

SECTIONS = {
    "section is a generator that raises": (
        "Section('Mine', lambda t, s: (str(1 / 0) for _ in [1]))",
        page,
        r"section 'Mine' gave the wrong type; found generator",
    ),
    "section ends Python": (
        "Section('Mine', lambda t, s: __import__('sys').exit(1))",
        page,
        r"section 'Mine' failed; found SystemExit: 1",
    ),
    "section of a wrong class": ("'text'", load, r"specquant_sections gave the wrong type; found str"),
    "section without a title": ("Section('', print)", load, r"a section of the report is not complete"),
    "section without a function": ("Section('Mine', 'text')", load, r"a section of the report is not complete"),
    "section raises": ("Section('Mine', lambda t, s: 1 / 0)", page, r"section 'Mine' failed; found ZeroDivisionError"),
    "section of another signature": ("Section('Mine', lambda t: [])", page, r"section 'Mine' failed; found TypeError"),
    "section gives one text": (
        "Section('Mine', lambda t, s: 'text')",
        page,
        r"section 'Mine' gave the wrong type; found str",
    ),
    "section gives a number": (
        "Section('Mine', lambda t, s: [3.0])",
        page,
        r"section 'Mine' gave the wrong type; found float",
    ),
    "section gives nothing": (
        "Section('Mine', lambda t, s: None)",
        page,
        r"section 'Mine' gave the wrong type; found NoneType",
    ),
}

HOOKS = {
    "a hook that is a coroutine": ("async def specquant_technique(): return BASE", r"wrong type; found coroutine"),
    "a hook that is a generator": (
        "def specquant_readers():\n    yield Reader('a', ('.a',), len, len)",
        r"specquant_readers returned the wrong type; found generator",
    ),
    "a hook that gives a class": ("def specquant_technique(): return type(BASE)", r"wrong type; found type"),
    "an axis that runs backwards": (
        "def specquant_technique(): return dataclasses.replace(BASE, axis=EnergyAxis(10.0, 0.0, 1.0))",
        r"specquant_technique failed; found SettingError: energy axis is not a grid",
    ),
    "a hook raises": ("def specquant_technique(): return {}['x']", r"specquant_technique failed; found KeyError: 'x'"),
    "a hook leaves Python": (
        "def specquant_technique(): raise SystemExit(3)",
        r"specquant_technique failed; found SystemExit",
    ),
    "a technique that is None": ("def specquant_technique(): return None", r"specquant_technique"),
    "a technique that is a mapping": ("def specquant_technique(): return {}", r"specquant_technique .*found dict"),
    "a hook with an argument too many": (
        "def specquant_technique(name): return BASE",
        r"breaks the signature of a hook",
    ),
    "a hook that does not exist": (
        "def specquant_reader(): return []",
        r"implements a hook that does not exist.*Did you mean",
    ),
    "readers that are one reader": (
        "def specquant_readers(): return Reader('a', (), len, len)",
        r"specquant_readers .*found Reader",
    ),
    "readers that are not Reader": ("def specquant_readers(): return ['csv']", r"specquant_readers .*found str"),
    "readers that are None": ("def specquant_readers(): return 3", r"specquant_readers .*found int"),
    "quantifiers that are a list": (
        "def specquant_quantifiers(technique): return [Even]",
        r"specquant_quantifiers .*found list",
    ),
    "a quantifier that cannot be called": (
        "def specquant_quantifiers(technique): return {'mine': 3}",
        r"specquant_quantifiers .*found int",
    ),
    "explainers that are a list": (
        "def specquant_explainers(technique): return [Blank]",
        r"specquant_explainers .*found list",
    ),
    "sections that are one section": (
        "def specquant_sections(technique): return Section('a', print)",
        r"specquant_sections .*found Section",
    ),
}

RECORD = {
    "title empty": ("' '", r"technique\.title: there is none"),
    "title of two lines": ("'a\\nb'", r"technique\.title: is not one line"),
    "peaks the same twice": (
        "(*BASE.peaks, BASE.peaks[0])",
        r"technique\.peaks\[\d+\] \(.*\): is there twice; found the same as peaks\[0\]",
    ),
    "axis without a label": (
        "dataclasses.replace(BASE.axis, label=None)",
        r"technique\.axis\.label: has the wrong type",
    ),
    "axis without a unit": ("dataclasses.replace(BASE.axis, unit=None)", r"technique\.axis\.unit: has the wrong type"),
    "axis of too many channels": (
        "EnergyAxis(0.0, 200.0, 200.0 / 2**31)",
        r"technique\.axis: has too many channels; found 2147483649; wanted at most 131072",
    ),
    "margin longer than the axis": ("1e12", r"technique\.margin: is longer than the axis; found 1e\+12 eV"),
    "peaks with a number for a label": ("peak(label=3)", r"\.label: has the wrong type; found int; wanted text"),
    "peaks of no group": ("peak(group=None)", r"\.group: has the wrong type; found NoneType; wanted text"),
    "recipes of two words": (
        "{'my own': dataclasses.replace(BASE.recipes['article'], name='my own')}",
        r"recipes\['my own'\]\.name: cannot be typed; found 'my own'",
    ),
    "parameters with True for a number": ("parameter(default=True)", r"default: is out of range; found True"),
    "valences of True": ("{'Li': True}", r"technique\.valences\['Li'\]: is not a whole number"),
    "examples at one number": ("(ProbeExample('Li', 55.0, 'x'),)", r"energies: are not energies; found 55\.0"),
    "examples at text": ("(ProbeExample('Li', ('55 eV',), 'x'),)", r"energies: are not energies; found \('55 eV',\)"),
    "examples without a statement": ("(ProbeExample('Li', (55.0,), None),)", r"statement: has the wrong type"),
    "name": ("'other'", r"technique\.name differs from the entry point's name; found 'other'"),
    "title": ("3", r"technique\.title: has the wrong type; found int"),
    "axis": ("(0.0, 10.0, 1.0)", r"technique\.axis: has the wrong type; found tuple"),
    "elements": ("['Li']", r"technique\.elements: has the wrong type; found list"),
    "elements none": ("()", r"technique\.elements: there is none"),
    "elements unknown": ("('Xx', *BASE.elements)", r"technique\.elements: is not a symbol of an element; found 'Xx'"),
    "elements twice": ("('Li', *BASE.elements)", r"technique\.elements: an element is there twice"),
    "elements unordered": ("BASE.elements[::-1]", r"technique\.elements: are not in the order of atomic number"),
    "sensitivity": ("{}", r"technique\.sensitivity: lacks Li"),
    "sensitivity text": ("dict.fromkeys(BASE.elements, '1')", r"technique\.sensitivity\['Li'\]: is not a factor"),
    "sensitivity negative": ("dict.fromkeys(BASE.elements, -1.0)", r"technique\.sensitivity\['Li'\]: is not a factor"),
    "peaks": ("list(BASE.peaks)", r"technique\.peaks: has the wrong type; found list"),
    "peaks none": ("()", r"technique\.peaks: Li has no peak on the axis"),
    "peaks far away": ("peak(energy=9e9)", r"lies far outside the axis"),
    "peaks of another element": ("peak(element='Au')", r"is not an element of the technique; found 'Au'"),
    "peaks without width": ("peak(width=0.0)", r"\.width: is not positive"),
    "peaks with a negative area": ("peak(intensity=-1.0)", r"\.intensity: is not positive"),
    "peaks at text": ("peak(energy='285 eV')", r"technique"),
    "recipes": ("[]", r"technique\.recipes: has the wrong type; found list"),
    "recipes none": ("{}", r"technique\.recipes: there is none"),
    "recipes of another name": (
        "{'other': BASE.recipes['article']}",
        r"recipes\['other'\]\.name: differs from its key",
    ),
    "default_recipe": ("'absent'", r"technique\.default_recipe: is not a recipe of the technique; found 'absent'"),
    "parameters": ("list(BASE.parameters)", r"technique\.parameters: has the wrong type; found list"),
    "parameters twice": ("BASE.parameters * 2", r"another parameter has the same name; found 'gain'"),
    "parameters without range": ("parameter(low=3.0)", r"has no range; found low 3"),
    "parameters beyond their range": ("parameter(default=3.0)", r"default: is out of range; found 3"),
    "parameters with text for a role": ("parameter(role='stated')", r"\.role: has the wrong type; found str"),
    "parameters that nothing renders": ("parameter(role=Role.RENDERED)", r"\.role: nothing renders for it"),
    "parameters without a name": ("parameter(name='')", r"\.name: cannot be typed"),
    "parameters with a number for a name": ("parameter(name=7)", r"\.name: cannot be typed"),
    "parameters with a number for a unit": ("parameter(unit=7)", r"\.unit: has the wrong type; found int; wanted text"),
    "parameters with text for numbers": ("parameter(low='0')", r"has no range"),
    "chemical_shift": ("{'Li': (2.0, 1.0)}", r"technique\.chemical_shift\['Li'\]: is not a range"),
    "chemical_shift of another element": ("{'Au': (0.0, 1.0)}", r"technique\.chemical_shift"),
    "margin": ("-1.0", r"technique\.margin: is not a distance; found -1"),
    "margin text": ("'40 eV'", r"technique\.margin: has the wrong type; found str"),
    "render": ("'gauss'", r"technique\.render: has the wrong type; found str; wanted a function or None"),
    "estimates of another parameter": ("{'volts': len}", r"technique\.estimates"),
    "estimates that are not a function": (
        "{'gain': 3.0}",
        r"technique\.estimates\['gain'\]: has the wrong type; found float",
    ),
    "models": ("{'field': 'weights.safetensors'}", r"technique\.models\['field'\]: has the wrong type; found str"),
    "models that are not there": (
        "{'field': __import__('pathlib').Path('nowhere.safetensors')}",
        r"technique\.models\['field'\]: no such file",
    ),
    "offset_model": ("'weights'", r"technique\.offset_model: no such file"),
    "unstated_quantities": ("3", r"technique\.unstated_quantities: has the wrong type; found int"),
    "examples": ("[ProbeExample('Li', (55.0,), 'x')]", r"technique\.examples: has the wrong type; found list"),
    "examples of another element": ("(ProbeExample('Au', (55.0,), 'x'),)", r"technique\.examples\[0\]\.element"),
    "examples without energies": (
        "(ProbeExample('Li', (), 'x'),)",
        r"technique\.examples\[0\]\.energies: there is none",
    ),
    "examples in percent": (
        "(ProbeExample('Li', (55.0,), 'x', least=50.0),)",
        r"least: is not an atomic fraction; found 50",
    ),
    "compared": ("('Au',)", r"technique\.compared"),
    "line_width": ("-3.0", r"technique\.line_width: is not a width of a line"),
    "fit": ("{}", r"technique\.fit: has the wrong type; found dict"),
    "fit of another parameter": ("priors(parameters={'volts': 1.0})", r"technique\.fit\.priors\.parameters"),
    "fit with a negative deviation": ("priors(parameters={'gain': -1.0})", r"is not a standard deviation; found -1"),
    "fit with text for a number": (
        "priors(model_error='2 %')",
        r"technique\.fit\.priors\.model_error: is not an amount",
    ),
    "fit of another group": ("priors(separate=('K',))", r"technique\.fit\.priors\.separate"),
    "shifts": ("('aged',)", r"technique\.shifts\['?0'?\]: has the wrong type; found str"),
    "valences": ("{'Li': 1.5}", r"technique\.valences\['Li'\]: is not a whole number"),
    "valences of another element": ("{'Au': 1}", r"technique\.valences"),
    "example": ("'a.csv'", r"technique\.example: has the wrong type; found str"),
    "example that is not there": (
        "ExampleSpectrum(__import__('pathlib').Path('absent.csv'), 'a spectrum')",
        r"technique\.example\.path: no such file; found .*absent\.csv",
    ),
    "example without a title": (
        "ExampleSpectrum(__import__('pathlib').Path(__file__), 3)",
        r"technique\.example\.title: has the wrong type",
    ),
    "reporting": ("'ISO'", r"technique\.reporting: has the wrong type; found str"),
    "reporting with a number for a text": (
        "Reporting((), (), 2, 'c', 'd', 'e', 'f', 'g', 'h')",
        r"technique\.reporting\.transmission: has the wrong type; found int; wanted text",
    ),
    "reporting with a text for standards": (
        "Reporting('ISO', (), 'b', 'c', 'd', 'e', 'f', 'g', 'h')",
        r"technique\.reporting\.standards: has the wrong type; found 'ISO'; wanted a tuple of texts",
    ),
}
"""Field of the record, and a word on what is wrong, to a wrong value and the message."""

DISTORTION = {
    "distortion gives numpy": (
        "lambda axis: lambda primary, values: primary.numpy()",
        r"distortion gave the wrong type; found ndarray",
    ),
    "distortion is not a function": ("lambda axis: None", r"distortion gave the wrong type; found NoneType"),
    "distortion raises": ("lambda: None", r"distortion failed; found TypeError"),
}

NARROW = {
    "narrow_scans gives deviations of another shape": (
        "lambda question: NarrowAnswer(np.zeros(6), np.zeros(3), ())",
        r"narrow_scans gave deviations of another shape; found \(3,\)",
    ),
    "narrow_scans gives negative deviations": (
        "lambda question: NarrowAnswer(np.zeros(6), np.full(6, -0.1), ())",
        r"narrow_scans gave deviations that cannot be; found -0\.1",
    ),
    "narrow_scans gives percent": (
        "lambda question: NarrowAnswer(np.full(6, 50.0), np.zeros(6), ())",
        r"narrow_scans gave fractions that cannot be; found 50; wanted 0 to 1",
    ),
    "narrow_scans gives lines by name": (
        "lambda question: NarrowAnswer(np.zeros(6), np.zeros(6), ('Li 1s',))",
        r"narrow_scans gave lines of the wrong type; found \('Li 1s',\); wanted a tuple of LineArea",
    ),
    "narrow_scans notes text": (
        "lambda question: NarrowAnswer(np.zeros(6), np.zeros(6), (), ('careful',))",
        r"narrow_scans gave notes of the wrong type; found \('careful',\)",
    ),
    "narrow_scans gives None": ("lambda question: None", r"narrow_scans gave the wrong type; found NoneType"),
    "narrow_scans raises": ("lambda question: question['x']", r"narrow_scans failed; found TypeError"),
    "narrow_scans gives another shape": (
        "lambda question: NarrowAnswer(np.zeros(3), np.zeros(3), ())",
        r"narrow_scans gave fractions of another shape; found \(3,\) of float64; wanted \(6,\)",
    ),
    "narrow_scans gives negative fractions": (
        "lambda question: NarrowAnswer(np.full(6, -0.5), np.zeros(6), ())",
        r"narrow_scans gave fractions that cannot be; found -0\.5",
    ),
}

NARROWED = {
    "narrowed raises": ("lambda self, components: {}['x']", r"mixing failed; found KeyError: 'x'; wanted narrowed"),
    "narrowed gives None": ("lambda self, components: None", r"mixing failed; found AttributeError"),
    "narrowed gives the whole law": ("lambda self, components: self", r"mixing gave yields of another shape"),
}

MODELS = {
    "models of another technique": (
        "weights('xps', 'field')",
        r"technique\.models\['field'\].*another technique; found xps",
    ),
    "models that are text": ("written('weights')", r"technique\.models\['field'\].*is not a model file"),
}

ESTIMATES = {
    "estimate gives infinity": (
        "lambda raw: ParameterEstimate(np.inf, 0.1, 'seen')",
        r"estimate of gain gave no numbers; found inf",
    ),
    "estimate deviates by less than nothing": (
        "lambda raw: ParameterEstimate(1.0, -0.5, 'seen')",
        r"estimate of gain gave a negative deviation; found -0\.5",
    ),
    "estimate without a reason": (
        "lambda raw: ParameterEstimate(1.0, 0.5, None)",
        r"estimate of gain gave no reason; found None",
    ),
    "estimate raises": ("lambda raw: raw.header['x']", r"estimate of gain failed; found KeyError: 'x'"),
    "estimate gives a number": (
        "lambda raw: 1.0",
        r"estimate of gain gave the wrong type; found float; wanted a Param",
    ),
    "estimate gives None": ("lambda raw: None", r"estimate of gain gave the wrong type; found NoneType"),
    "estimate of another signature": ("lambda: None", r"estimate of gain failed; found TypeError"),
    "estimate gives text for a number": (
        "lambda raw: ParameterEstimate('1 um', 0.1, 'seen')",
        r"estimate of gain gave no numbers; found '1 um'",
    ),
}

WRONG_READERS = {
    "reader that takes text": (
        "Reader('a', ('.a',), len, len, takes='time')",
        r"a: takes 'time'; wanted a set of Fact",
    ),
    "reader with text for a map": (
        "Reader('a', ('.a',), len, len, open_map='yes')",
        r"open_map 'yes'; wanted a function",
    ),
    "reader with text for foreign": ("Reader('a', ('.a',), len, len, foreign='no')", r"foreign 'no'; wanted True or"),
    "reader without a name": (
        "Reader('', ('.a',), len, len)",
        r"specquant_readers gave a reader that cannot be used; found name ''",
    ),
    "reader with one suffix as text": (
        "Reader('a', '.a', len, len)",
        r"cannot be used; found a: suffixes '\.a'; wanted a tuple",
    ),
    "reader with text for a function": (
        "Reader('a', ('.a',), 'sniff', len)",
        r"cannot be used; found a: sniff 'sniff'; wanted a function",
    ),
    "reader that reads with nothing": (
        "Reader('a', ('.a',), len, None)",
        r"cannot be used; found a: read None; wanted a function",
    ),
    "foreign reader that is a lambda": ("Reader('a', ('.a',), len, lambda path: [], foreign=True)", r"module"),
}

MAPS = {
    "open_map raises": ("{}['x']", r"open_map of the made text reader failed; found KeyError: 'x'"),
    "open_map gives a list": (
        "[1]",
        r"open_map of the made text reader gave the wrong type; found list; wanted a RawMap",
    ),
    "open_map of other channels": (
        "RawMap('m', BASE.axis.centres, np.ones((9, 9, 7)), (MapAxis('y'), MapAxis('x')))",
        r"axes that do not fit the counts; found 2 dimensions before 7 channels; wanted 2 and 201",
    ),
    "open_map of other axes": (
        "RawMap('m', BASE.axis.centres, np.ones((9, 9, 201)), (MapAxis('y'),))",
        r"axes that do not fit the counts; found 2 dimensions before 201 channels; wanted 1 and 201",
    ),
    "open_map with names for axes": (
        "RawMap('m', BASE.axis.centres, np.ones((9, 9, 201)), ('y', 'x'))",
        r"open_map of the made text reader gave axes that are none; found \('y', 'x'\); wanted a tuple of MapAxis",
    ),
    "open_map with lists": (
        "RawMap('m', BASE.axis.centres, [[1]], (MapAxis('y'),))",
        r"open_map of the made text reader gave counts that are no array; found list",
    ),
    "open_map states text": (
        "RawMap('m', BASE.axis.centres, np.ones((9, 201)), (MapAxis('y'),), stated={'gain': '3 um'})",
        r"the made text reader stated something that cannot be a number; found gain '3 um'",
    ),
}

MODULE = {
    "a distribution that cannot be": (
        "Uniform(5.0, 1.0)",
        r"cannot be imported; found SettingError: distribution makes",
    ),
    "a package that is not there": ("import nothing_of_the_kind", r"cannot be imported; found ModuleNotFoundError"),
    "a name that the seam does not have": (
        "from specquant.plugin import Techniqe",
        r"found ImportError: cannot import",
    ),
    "a slip of syntax": ("def half(:", r"cannot be imported; found SyntaxError: .*line \d+"),
    "a module that ends Python": ("import sys; sys.exit(3)", r"cannot be imported; found SystemExit: 3"),
}

MISTAKES = [
    *table("CHANGES['recipes'] = recipes(CODE)", load, RECIPES),
    *table("CHANGES['render'] = CODE", render, RENDER),
    *table("CHANGES['response'] = CODE", render, RESPONSE),
    *table("CHANGES['mixing'] = CODE", draw, MIXING),
    *table("reader(lambda path: [raw()]); CHANGES['orient'] = CODE", read, ORIENT),
    *table("CHANGES['measure'] = CODE", measure, MEASURE),
    *table("reader(CODE)", read, READERS),
    *table("QUANTIFIERS[CODE] = Even", load, NAMES),
    *table("QUANTIFIERS['mine'] = CODE", quantify, QUANTIFIERS),
    *table("QUANTIFIERS['mine'] = Even; EXPLAINERS['mine'] = CODE", explain, EXPLAINERS),
    *table("EXPLAINERS[CODE] = Blank", load, EXPLAINER_NAMES),
    *(
        row
        for name, (part, action, message) in SECTIONS.items()
        for row in table(SECTION, action, {name: (part, message)})
    ),
    *table(f"{AFTER}\n@hookimpl\nCODE\n", load, HOOKS),
    *(
        row
        for name, case in RECORD.items()
        for row in table(f"CHANGES['{name.split()[0]}'] = CODE", load, {name: case})
    ),
    *table("CHANGES['distortion'] = CODE", distort, DISTORTION),
    *table("reader(lambda path: [raw()]); CHANGES['estimates'] = {'gain': CODE}", read, ESTIMATES),
    *table("CHANGES['narrow_scans'] = CODE", ask_narrow, NARROW),
    *table(f"{ONES}; Law.narrowed = CODE; CHANGES['mixing'] = Law", narrow, NARROWED),
    *table("CHANGES['models'] = {'field': CODE}", quantify_by_network, MODELS),
    *table("READERS.append(CODE)", load, WRONG_READERS),
    *table(
        "READERS.append(Reader('made text', ('.made',), lambda head: True, print, open_map=lambda path: CODE))",
        read_map,
        MAPS,
    ),
    *table("CODE", load, MODULE),
]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize(("code", "action", "message"), MISTAKES)
def test_a_mistake_is_named(
    install: Installer, tmp_path: Path, code: str, action: Callable[[Path], None], message: str
) -> None:
    install(code)
    with pytest.raises(PluginError, match=message) as caught:
        action(tmp_path)
    text = str(caught.value)
    assert "madespec 7.0" in text
    assert text.endswith((".", "?")), f"says nothing of what to do: {text}"
    assert "\n" not in text


def test_without_a_mistake_all_of_it_works(install: Installer, tmp_path: Path) -> None:
    install("reader(lambda path: [raw(stated={'gain': 1.5})]); QUANTIFIERS['mine'] = Even; CHANGES['render'] = right")
    for action in (load, render, read, draw, quantify, quantify_three):
        action(tmp_path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (
            {"entry": "made = {module}:specquant_technique"},
            r"madespec 7\.0: .*found 'MODULE:specquant_technique'; wanted 'MODULE'",
        ),
        ({"group": "specquant.techniques"}, r"madespec 7\.0: .*'specquant\.techniques'.*entry-points\.specquant"),
        (
            {"needs": "Requires-Dist: specquant >=2\n"},
            r"madespec 7\.0: needs specquant >=2, this is \d.*Upgrade",
        ),
    ],
    ids=["an entry point that names a function", "an entry point in another group", "a need for a newer specquant"],
)
def test_a_mistake_in_the_metadata_is_named(install: Installer, metadata: dict[str, str], message: str) -> None:
    module = install("", **metadata)
    with pytest.raises(PluginError, match=message.replace("MODULE", module)):
        load_plugin("made")


@pytest.mark.usefixtures("thirdparty")
def test_a_hook_in_a_class_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import dataclasses, toyspec\nfrom specquant.plugin import hookimpl\n\n\nclass Mine:\n"
        "    @hookimpl\n    def specquant_readers(self):\n        return []\n\n\n@hookimpl\n"
        "def specquant_technique():\n    return dataclasses.replace(toyspec.specquant_technique(), name='made')\n"
    )
    module = installed(tmp_path, "")
    (tmp_path / f"{module}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        PluginError, match=r"madespec 7\.0: specquant_readers stands where nobody calls it; found class M"
    ):
        load_plugin("made")


def test_what_a_reader_raises_on_purpose_names_the_file(install: Installer, tmp_path: Path) -> None:
    install("from specquant.plugin import ReadError\ndef half(path): raise ReadError('is half a file')\nreader(half)")
    with pytest.raises(ReadError, match=r"a\.made: is half a file"):
        read(tmp_path)


def test_a_need_that_is_met_or_for_an_extra_is_let_pass(install: Installer) -> None:
    install("", needs='Requires-Dist: specquant >=0.1\nRequires-Dist: specquant>=9; extra == "later"\n')
    assert load_plugin("made").technique.name == "made"


def test_a_response_is_checked_once_a_kind_of_batch(install: Installer) -> None:
    import torch

    install("CHANGES['response'] = lambda axis: lambda primary, values: primary / values['gain'][:, None]")
    response = load_plugin("made").technique.response
    assert response is not None
    bent = response(load_plugin("made").technique.axis)
    lines = torch.ones((2, 201))
    assert torch.isfinite(bent(lines, {"gain": torch.ones(2)})).all()
    assert not torch.isfinite(bent(lines, {"gain": torch.zeros(2)})).any(), "a later batch is not looked at again"


def test_every_function_and_field_of_the_record_has_its_mistakes() -> None:
    """A new field comes with its rows, here or in a table of its own."""
    tabled = {name.split()[0] for group in (RECORD, NARROW, ORIENT, DISTORTION) for name in group}
    elsewhere = {"response", "mixing", "measure"}
    fields = {field.name for field in dataclasses.fields(specquant.plugin.Technique)}
    assert fields - tabled - elsewhere == set()
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES) > 280
