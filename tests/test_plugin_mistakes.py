"""Mistakes that authors of plug-ins make: each gets one message that names the plug-in, the function and the cure."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specquant
from specquant.discovery import load_plugin
from specquant.errors import PluginError
from specquant.library import MeasuredLibrary
from specquant.session import Session

SERIAL = itertools.count()

HEAD = """
import dataclasses

import numpy as np
import torch

import toyspec
from specquant.hookspecs import hookimpl
from specquant.library.rendered import components_from_peaks
from specquant.quantifiers import Estimate, Quantifier
from specquant.recipes import Constant, Normal, Uniform
from specquant.technique import Component, InstrumentParameter, RawSpectrum, Reader, Role

BASE = dataclasses.replace(
    toyspec.specquant_technique(),
    name="made",
    parameters=(InstrumentParameter("gain", 1.0, 0.5, 2.0, "um", "how thick", Role.STATED),),
)
CHANGES = {}
READERS = []
QUANTIFIERS = {}


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
"""

Installer = Callable[..., str]


def installed(
    folder: Path, code: str, entry: str = "made = {module}", group: str = "specquant", needs: str = ""
) -> str:
    """Write a distribution ``madespec 7.0`` and return the name of its module."""
    module = f"mademistake{next(SERIAL)}"
    (folder / f"{module}.py").write_text(HEAD + code + TAIL)
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


def quantify_three(_: Path) -> None:
    opened().quantify([spectrum()] * 3, method="mine")


def table(code: str, action: Callable[[Path], None], cases: dict[str, tuple[str, str]]) -> list[Any]:
    """Return mistakes by name: what stands for CODE in the code of the plug-in, and the message."""
    return [
        pytest.param(code.replace("CODE", part), action, message, id=name) for name, (part, message) in cases.items()
    ]


RECIPES = {
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
}

RENDER = {
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
    "response gives another shape": (
        "lambda axis: lambda primary, values: primary[:, :-1]",
        r"response gave another shape; found \(9, 220\); wanted \(9, 221\)",
    ),
    "response gives numpy": (
        "lambda axis: lambda primary, values: primary.numpy()",
        r"response gave the wrong type; found ndarray; wanted a torch\.Tensor",
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
    "response is no function": (
        "lambda axis: 3.0",
        r"response gave the wrong type; found float; wanted a function response\(axis\)\(primary, values\)",
    ),
    "response raises": ("lambda: None", r"response failed; found TypeError"),
}

MIXING = {
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
        r"the made text reader gave counts that are no numbers; found <U1",
    ),
    "reader gives None for counts": (
        "lambda path: [raw(counts=None)]",
        r"the made text reader gave counts that are no numbers; found object",
    ),
    "reader gives another length": (
        "lambda path: [raw(counts=np.ones(200))]",
        r"the made text reader gave energy and counts of other shapes; found \(201,\) and \(200,\)",
    ),
    "reader gives a name that is no text": (
        "lambda path: [raw(name=3)]",
        r"the made text reader gave a name that cannot be text; found int",
    ),
    "reader states text": (
        "lambda path: [raw(stated={'gain': '50 um'})]",
        r"the made text reader stated something that cannot be a number; found gain '50 um'; wanted a number in um",
    ),
    "reader states what is no parameter": (
        "lambda path: [raw(stated={'gian': 1.0})]",
        r"the made text reader stated an unknown parameter; found 'gian'; wanted .*gain.*Did you mean 'gain'",
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
]


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
