"""Mistakes that authors of plug-ins make: each gets one message that names the plug-in, the function and the cure."""

import itertools
import textwrap
from collections.abc import Callable
from pathlib import Path

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
    (folder / f"{module}.py").write_text(HEAD + textwrap.dedent(code) + TAIL)
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


MISTAKES = [
    # recipes
    ("negative counts", "CHANGES['recipes'] = recipes(counts=Constant(-5.0))", load, r"recipes\['article'\]\.counts"),
    (
        "a parameter beyond its range",
        "CHANGES['recipes'] = recipes(response={'gain': Uniform(1.0, 9.0)})",
        load,
        r"recipes\['article'\]\.response\['gain'\]: draws values out of range; found .*; wanted 0\.5 to 2 um",
    ),
    (
        "a distribution of the wrong shape",
        """
        class Odd:
            def draw(self, rng, shape):
                return np.zeros(3)
        CHANGES['recipes'] = recipes(global_shift=Odd())
        """,
        load,
        r"recipes\['article'\]\.global_shift: draws another shape",
    ),
    (
        "a distribution that raises",
        """
        class Odd:
            def draw(self, rng, shape):
                raise KeyError("x")
        CHANGES['recipes'] = recipes(global_shift=Odd())
        """,
        load,
        r"recipes\['article'\]\.global_shift: cannot be drawn from; found KeyError",
    ),
    # render
    (
        "render gives another shape",
        """
        CHANGES['render'] = lambda axis, values: [
            dataclasses.replace(each, density=each.density[:-1]) for each in right(axis, values)
        ]
        """,
        render,
        r"render gave a density of another shape; found Li 'main' \(220,\); wanted \(221,\)",
    ),
    (
        "render gives an array",
        "CHANGES['render'] = lambda axis, values: np.ones((6, axis.size))",
        render,
        r"render gave the wrong type; found ndarray; wanted a list of Component",
    ),
    (
        "render gives something else in its list",
        "CHANGES['render'] = lambda axis, values: [1.0]",
        render,
        r"render gave the wrong type; found float; wanted a Component",
    ),
    (
        "render gives NaN",
        """
        CHANGES['render'] = lambda axis, values: [
            dataclasses.replace(each, density=each.density * np.nan) for each in right(axis, values)
        ]
        """,
        render,
        r"render gave a density that is not finite; found Li 'main'",
    ),
    (
        "render gives negative densities",
        """
        CHANGES['render'] = lambda axis, values: [
            dataclasses.replace(each, density=each.density - 1.0) for each in right(axis, values)
        ]
        """,
        render,
        r"render gave a negative density; found Li 'main' -1",
    ),
    (
        "render raises",
        """
        def render(axis, values):
            return 1 / 0
        CHANGES['render'] = render
        """,
        render,
        r"render failed; found ZeroDivisionError.*; wanted render\(axis, values\) -> components",
    ),
    (
        "render has another signature",
        "CHANGES['render'] = lambda axis: right(axis, {})",
        render,
        r"render failed; found TypeError.*; wanted render\(axis, values\) -> components",
    ),
    (
        "render leaves an element out",
        "CHANGES['render'] = lambda axis, values: right(axis, values)[1:]",
        render,
        r"render left elements out; found no component of Li; wanted one or more of every element",
    ),
    (
        "render invents an element",
        """
        CHANGES['render'] = lambda axis, values: [
            *right(axis, values), Component("Xx", "x", "main", np.ones(axis.size))
        ]
        """,
        render,
        r"render gave a component of an element that the technique does not have; found 'Xx'",
    ),
    (
        "render names a component twice",
        "CHANGES['render'] = lambda axis, values: right(axis, values) * 2",
        render,
        r"render gave two components of one name; found Li 'main'",
    ),
    # response
    (
        "response gives another shape",
        """
        CHANGES['response'] = lambda axis: lambda primary, values: primary[:, :-1]
        """,
        render,
        r"response gave another shape; found \(9, 220\); wanted \(9, 221\)",
    ),
    (
        "response gives numpy",
        "CHANGES['response'] = lambda axis: lambda primary, values: primary.numpy()",
        render,
        r"response gave the wrong type; found ndarray; wanted a torch\.Tensor",
    ),
    (
        "response gives NaN",
        "CHANGES['response'] = lambda axis: lambda primary, values: primary * float('nan')",
        render,
        r"response gave values that are not finite",
    ),
    (
        "response gives negative intensities",
        "CHANGES['response'] = lambda axis: lambda primary, values: primary - 1.0",
        render,
        r"response gave negative values",
    ),
    (
        "response asks for a parameter that is not there",
        "CHANGES['response'] = lambda axis: lambda primary, values: primary * values['voltage'][:, None]",
        render,
        r"response failed; found KeyError: 'voltage'; wanted .* of the parameters: gain",
    ),
    (
        "response is no function",
        "CHANGES['response'] = lambda axis: 3.0",
        render,
        r"response gave the wrong type; found float; wanted a function response\(axis\)\(primary, values\)",
    ),
    (
        "response raises",
        "CHANGES['response'] = lambda: None",
        render,
        r"response failed; found TypeError",
    ),
    # mixing
    (
        "mixing gives another shape",
        """
        class Law:
            def __init__(self, elements, labels):
                self.size = len(elements)
            def yields(self, fraction, values):
                return torch.ones(len(fraction), self.size - 1)
        CHANGES['mixing'] = Law
        """,
        draw,
        r"mixing gave yields of another shape; found \(256, 8\); wanted \(256, 9\)",
    ),
    (
        "mixing gives numpy",
        """
        class Law:
            def __init__(self, elements, labels):
                self.size = len(elements)
            def yields(self, fraction, values):
                return np.ones((len(fraction), self.size))
        CHANGES['mixing'] = Law
        """,
        draw,
        r"mixing gave the wrong type; found ndarray; wanted a torch\.Tensor",
    ),
    (
        "mixing gives NaN",
        """
        class Law:
            def __init__(self, elements, labels):
                self.size = len(elements)
            def yields(self, fraction, values):
                return torch.full((len(fraction), self.size), float("nan"))
        CHANGES['mixing'] = Law
        """,
        draw,
        r"mixing gave yields that are not finite",
    ),
    (
        "mixing gives negative yields",
        """
        class Law:
            def __init__(self, elements, labels):
                self.size = len(elements)
            def yields(self, fraction, values):
                return torch.full((len(fraction), self.size), -1.0)
        CHANGES['mixing'] = Law
        """,
        draw,
        r"mixing gave negative yields",
    ),
    (
        "mixing is a function of yields",
        "CHANGES['mixing'] = lambda elements, labels: (lambda fraction, values: None)",
        draw,
        r"mixing gave the wrong type; found function; wanted an object with yields\(fraction, values\)",
    ),
    (
        "mixing raises",
        """
        class Law:
            def __init__(self, elements, labels):
                pass
            def yields(self, fraction, values):
                return values["voltage"]
        CHANGES['mixing'] = Law
        """,
        draw,
        r"mixing failed; found KeyError: 'voltage'",
    ),
    # orient, measure
    (
        "orient gives None",
        "reader(lambda path: [raw()]); CHANGES['orient'] = lambda raw: None",
        read,
        r"orient gave the wrong type; found NoneType; wanted a RawSpectrum",
    ),
    (
        "orient raises",
        "reader(lambda path: [raw()]); CHANGES['orient'] = lambda raw: raw.header['kind']",
        read,
        r"orient failed; found KeyError: 'kind'; wanted orient\(raw\)",
    ),
    (
        "orient descends",
        """
        reader(lambda path: [raw()])
        CHANGES['orient'] = lambda raw: raw.on(raw.energy[::-1], raw.counts[::-1])
        """,
        read,
        r"orient gave energies that do not ascend",
    ),
    (
        "orient cuts one of two",
        """
        reader(lambda path: [raw()])
        CHANGES['orient'] = lambda raw: raw.on(raw.energy[1:], raw.counts)
        """,
        read,
        r"orient gave energies and counts of other shapes; found \(200,\) and \(201,\)",
    ),
    (
        "measure gives nothing",
        "CHANGES['measure'] = lambda folder, axis, readers: None",
        measure,
        r"measure gave the wrong type; found NoneType; wanted a list of Component",
    ),
    # readers
    (
        "reader raises KeyError",
        """
        def read(path):
            return {}["voltage"]
        reader(read)
        """,
        read,
        r"the made text reader failed.*found KeyError: 'voltage'.*wanted a list of RawSpectrum, or ReadError",
    ),
    (
        "sniff raises",
        "reader(lambda path: [raw()], sniff=lambda head: head.decode('ascii').index('x'))",
        read,
        r"looking at the file, the made text reader failed; found ValueError",
    ),
    (
        "reader gives one spectrum",
        "reader(lambda path: raw())",
        read,
        r"the made text reader gave the wrong type; found RawSpectrum; wanted a list of RawSpectrum",
    ),
    (
        "reader gives tuples",
        "reader(lambda path: [(1.0, 2.0)])",
        read,
        r"the made text reader gave the wrong type; found tuple; wanted a list of RawSpectrum",
    ),
    (
        "reader gives strings",
        "reader(lambda path: [raw(counts=np.array(['1'] * 201))])",
        read,
        r"the made text reader gave counts that are no numbers; found <U1",
    ),
    (
        "reader gives None for counts",
        "reader(lambda path: [raw(counts=None)])",
        read,
        r"the made text reader gave counts that are no numbers; found object",
    ),
    (
        "reader gives another length",
        "reader(lambda path: [raw(counts=np.ones(200))])",
        read,
        r"the made text reader gave energy and counts of other shapes; found \(201,\) and \(200,\)",
    ),
    (
        "reader gives a name that is no text",
        "reader(lambda path: [raw(name=3)])",
        read,
        r"the made text reader gave a name that cannot be text; found int",
    ),
    (
        "reader states text",
        "reader(lambda path: [raw(stated={'gain': '50 um'})])",
        read,
        r"the made text reader stated something that cannot be a number; found gain '50 um'; wanted a number in um",
    ),
    (
        "reader states what is no parameter",
        "reader(lambda path: [raw(stated={'gian': 1.0})])",
        read,
        r"the made text reader stated an unknown parameter; found 'gian'; wanted .*gain.*Did you mean 'gain'",
    ),
    # quantifiers
    (
        "quantifier without a name",
        "QUANTIFIERS[''] = Even",
        load,
        r"specquant_quantifiers gave something without a name",
    ),
    (
        "quantifier named like the core's",
        "QUANTIFIERS['nnls'] = Even",
        load,
        r"specquant_quantifiers took a name of specquant's own; found 'nnls'",
    ),
    (
        "quantifier of a wrong class",
        "QUANTIFIERS['mine'] = lambda technique, library: 7",
        quantify,
        r"quantifier mine has the wrong type; found int; wanted a specquant\.plugin\.Quantifier",
    ),
    (
        "factory of another signature",
        "QUANTIFIERS['mine'] = lambda technique: Even(technique)",
        quantify,
        r"quantifier mine failed; found TypeError.*; wanted factory\(technique, library\)",
    ),
    (
        "quantifier that does not call its base",
        """
        class Bare(Even):
            def __init__(self, technique, library):
                self.size = 3
        QUANTIFIERS['mine'] = Bare
        """,
        quantify,
        r"quantifier mine has no technique; .*super\(\)\.__init__\(technique, library\)",
    ),
    (
        "quantifier transposed",
        """
        class Turned(Even):
            def fraction(self, spectra):
                return super().fraction(spectra).T
        QUANTIFIERS['mine'] = Turned
        """,
        quantify,
        r"quantifier mine gave fractions of another shape; found \(6, 1\); wanted \(1, 6\)",
    ),
    (
        "quantifier gives an array",
        """
        class Plain(Even):
            def estimate(self, spectra):
                return self.fraction(spectra)
        QUANTIFIERS['mine'] = Plain
        """,
        quantify,
        r"quantifier mine gave the wrong type; found ndarray; wanted an Estimate",
    ),
    (
        "quantifier gives bounds of another shape",
        """
        class Bounded(Even):
            def estimate(self, spectra):
                fraction = self.fraction(spectra)
                return Estimate(fraction, fraction[0], fraction)
        QUANTIFIERS['mine'] = Bounded
        """,
        quantify,
        r"quantifier mine gave a lower bound of another shape; found \(6,\); wanted \(1, 6\)",
    ),
    (
        "quantifier raises",
        """
        class Raising(Even):
            def estimate(self, spectra):
                raise IndexError("list index out of range")
        QUANTIFIERS['mine'] = Raising
        """,
        quantify,
        r"quantifier mine failed; found IndexError: list index",
    ),
    (
        "quantifier gives percent",
        """
        class Percent(Even):
            def fraction(self, spectra):
                return 100.0 * super().fraction(spectra)
        QUANTIFIERS['mine'] = Percent
        """,
        quantify,
        r"quantifier mine gave fractions that do not sum to 1; found 100; wanted 1",
    ),
    (
        "quantifier gives NaN",
        """
        class Undefined(Even):
            def fraction(self, spectra):
                return np.nan * super().fraction(spectra)
        QUANTIFIERS['mine'] = Undefined
        """,
        quantify,
        r"quantifier mine gave fractions that are not finite",
    ),
    (
        "quantifier gives negative fractions",
        """
        class Negative(Even):
            def fraction(self, spectra):
                fraction = np.zeros_like(super().fraction(spectra))
                fraction[:, :2] = 1.5, -0.5
                return fraction
        QUANTIFIERS['mine'] = Negative
        """,
        quantify,
        r"quantifier mine gave negative fractions; found -0\.5",
    ),
    (
        "quantifier gives a remark too few",
        """
        class Remarking(Even):
            def estimate(self, spectra):
                fraction = self.fraction(spectra)
                return Estimate(fraction, fraction, fraction, ("odd", "odd", "odd"))
        QUANTIFIERS['mine'] = Remarking
        """,
        quantify,
        r"quantifier mine gave remarks of another number; found 3; wanted 1",
    ),
]


@pytest.mark.parametrize(
    ("code", "action", "message"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
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


def test_an_entry_point_that_names_a_function(install: Installer) -> None:
    module = install("", entry="made = {module}:specquant_technique")
    with pytest.raises(PluginError, match=rf"madespec 7\.0: .*found '{module}:specquant_technique'; wanted '{module}'"):
        load_plugin("made")


def test_an_entry_point_in_another_group(install: Installer) -> None:
    install("", group="specquant.techniques")
    with pytest.raises(PluginError, match=r"madespec 7\.0: .*'specquant\.techniques'.*entry-points\.specquant"):
        load_plugin("made")


def test_a_plugin_that_needs_a_newer_specquant(install: Installer) -> None:
    install("", needs="Requires-Dist: specquant >=2\n")
    with pytest.raises(PluginError, match=r"madespec 7\.0: needs specquant >=2, this is \d.*Upgrade"):
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
