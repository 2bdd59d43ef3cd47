"""What a plug-in may bring beside its technique, registered in the process or installed: each works where it should."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import specquant
from commandline import Shell
from folders import BROKEN
from kittoys import Flat
from specquant.discovery import (
    CORE_EXPLAINERS,
    CORE_METHODS,
    Plugin,
    list_techniques,
    load_plugin,
    load_technique,
    unregister,
)
from specquant.errors import PluginError
from specquant.plugin import (
    Estimate,
    Explainer,
    Quantifier,
    RawSpectrum,
    Reader,
    SampleResult,
    Section,
    Spectra,
    Technique,
)
from specquant.session.equipment import BASELINES, EXPLAINERS, HYBRID, NETWORK

pytestmark = pytest.mark.usefixtures("toy_is_installed")


class First(Quantifier):
    """Says of every spectrum that it is the technique's first element."""

    def estimate(self, spectra: Spectra) -> Estimate:
        fraction = np.zeros((len(spectra), len(self.technique.elements)))
        fraction[:, 0] = 1.0
        return Estimate.without_interval(fraction)


def written(technique: Technique, samples: Sequence[SampleResult]) -> Sequence[str | Figure]:
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1])
    return [f"{len(samples)} of {technique.title}: <b>bold</b>", figure]


def read(path: Path) -> list[RawSpectrum]:
    energy = np.arange(0.0, 201.0)
    counts = 10.0 + 1000.0 * np.exp(-(((energy - 52.0) / 2.0) ** 2))
    return [RawSpectrum(path.stem, energy, counts, header={"operator": "me"})]


READER = Reader("note", (".note",), lambda head: head.startswith(b"NOTE"), read)


@pytest.fixture
def note(toy_is_installed: None) -> Iterator[Plugin]:  # noqa: ARG001
    """A plug-in that brings one of everything, registered in this process."""
    technique = replace(load_technique("toy"), name="note", title="Noted")
    yield specquant.register(
        technique,
        readers=[READER],
        quantifiers={"first": First},
        explainers={"flat": Flat},
        sections=[Section("What I think", written), Section("Empty", lambda *_: ())],
    )
    unregister("note")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.note").write_text("NOTE\n")
    return tmp_path / "a.note"


@pytest.mark.usefixtures("note")
class TestRegistered:
    def test_it_is_listed_and_loaded(self) -> None:
        (listed,) = [item for item in list_techniques() if item.name == "note"]
        assert listed.origin == "specquant.register(note)"
        assert specquant.load_technique("note").title == "Noted"

    def test_reader_and_quantifier_work(self, file: Path) -> None:
        result = specquant.quantify(file, "note", method="first")
        assert [(row.element, row.fraction) for row in result.table] == [("Li", 1.0)]
        assert specquant.open("note").method_names == ("nnls", "poisson", "first")
        assert specquant.quantify(file, "note").table[0].element == "Be"

    def test_explainer_works(self, shell: Shell, tmp_path: Path) -> None:
        outcome = shell("explain", "-t", "note", "--explainer", "flat", "--out", tmp_path / "a.nc")
        assert outcome.code == 0, outcome.err
        with xr.open_dataset(tmp_path / "a.nc") as dataset:
            assert (dataset["response"] == 0.5).all()
            assert dataset.attrs["explainer"] == "flat"

    def test_explainer_of_the_core_on_a_file(self, shell: Shell, file: Path) -> None:
        outcome = shell("explain", file, "-t", "note", "--explainer", "lime")
        assert outcome.code == 0, outcome.err
        assert "spectrum 1" in outcome.out
        assert any(line.startswith("Be") and "eV" in line for line in outcome.out.splitlines())

    def test_only_a_probe_gives_a_map(self, shell: Shell, file: Path, tmp_path: Path) -> None:
        outcome = shell("explain", file, "-t", "note", "--explainer", "lime", "--plot", tmp_path / "a.png")
        assert outcome.code == 1
        assert "there is no map to draw; found explainer lime" in outcome.err

    def test_section_stands_in_the_report(self, file: Path, tmp_path: Path) -> None:
        page = specquant.quantify(file, "note").save(tmp_path / "a.html").read_text()
        assert "What I think" in page
        assert "1 of Noted: &lt;b&gt;bold&lt;/b&gt;" in page
        assert 'alt="What I think"' in page
        assert "Empty" not in page

    def test_unknown_explainer(self) -> None:
        with pytest.raises(specquant.SpecquantError, match=r"no such explainer; found 'flit'.*probe, lime, flat"):
            specquant.open("note").explainer("flit")

    def test_plugins_shows_all(self, shell: Shell) -> None:
        out = shell("plugins").out
        for words in (
            "readers: note",
            "quantifiers: first",
            "explainers: flat",
            "report sections: What I think, Empty",
        ):
            assert words in out
        assert "X-ray photoelectron" in out
        assert "recipes: article, field (default)" in out


class TestRegistering:
    def test_again_takes_the_place(self, note: Plugin) -> None:
        specquant.register(replace(note.technique, title="Other"))
        assert load_plugin("note").technique.title == "Other"
        assert load_plugin("note").quantifiers == {}

    def test_a_name_that_is_installed_is_refused(self) -> None:
        with pytest.raises(PluginError, match=r"register\(toy\): an installed distribution.*found toyspec 0\.3"):
            specquant.register(load_technique("toy"))

    def test_something_else_is_refused(self) -> None:
        with pytest.raises(PluginError, match="this cannot be a technique; found dict"):
            specquant.register({})  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"technique": {"margin": -1.0}}, "technique.margin: is not a distance"),
            ({"readers": [3]}, "readers returned the wrong type; found int"),
            ({"quantifiers": {"nnls": First}}, "took a name of specquant's own; found 'nnls'"),
            ({"explainers": {"probe": Flat}}, "took a name of specquant's own; found 'probe'"),
            ({"explainers": {"a b": Flat}}, "without a name that can be typed; found 'a b'"),
            ({"sections": ["text"]}, "specquant_sections gave the wrong type; found str; wanted a Section"),
            ({"sections": [Section("", written)]}, "a section of the report is not complete"),
        ],
        ids=["record", "reader", "method", "explainer", "name", "section", "untitled"],
    )
    def test_the_checks_are_those_of_the_door(self, given: dict[str, object], message: str) -> None:
        changes = given.pop("technique", {})
        technique = replace(load_technique("toy"), name="note", **changes)  # type: ignore[arg-type]
        with pytest.raises(PluginError, match=message) as caught:
            specquant.register(technique, **given)  # type: ignore[arg-type]
        assert "register(note)" in str(caught.value)
        assert "note" not in [item.name for item in list_techniques()]


class TestDoors:
    @pytest.mark.parametrize(
        ("factory", "message"),
        [
            (lambda: 3, r"explainer bad has the wrong type; found int"),
            (lambda technique: Flat(), r"explainer bad failed; found TypeError.*wanted factory\(\)"),  # noqa: ARG005
            (type("Bad", (Flat,), {"attribute": lambda *_: 3}), "explainer bad gave the wrong type; found int"),
            (type("Bad", (Flat,), {"attribute": lambda *_: {}["x"]}), "explainer bad failed; found KeyError: 'x'"),
            (type("Bad", (Flat,), {"attribute": lambda *_: xr.Dataset()}), "has no element coordinate"),
        ],
    )
    def test_explainers(self, note: Plugin, factory: Callable[[], Explainer], message: str) -> None:
        specquant.register(note.technique, explainers={"bad": factory})
        session = specquant.open("note")
        with pytest.raises(PluginError, match=message) as caught:
            session.explainer("bad").explain(session.explained)
        assert "register(note)" in str(caught.value)

    @pytest.mark.parametrize(
        ("write", "message"),
        [
            (lambda *_: "text", "section 'Mine' gave the wrong type; found str; wanted a sequence"),
            (lambda *_: [3], "section 'Mine' gave the wrong type; found int"),
            (lambda *_: 1 / 0, "section 'Mine' failed; found ZeroDivisionError"),
            (lambda technique: [], "section 'Mine' failed; found TypeError"),  # noqa: ARG005
        ],
    )
    def test_sections(self, note: Plugin, file: Path, tmp_path: Path, write: object, message: str) -> None:
        specquant.register(note.technique, readers=[READER], sections=[Section("Mine", write)])  # type: ignore[arg-type]
        with pytest.raises(PluginError, match=message) as caught:
            specquant.quantify(file, "note").save(tmp_path / "a.html")
        assert "register(note)" in str(caught.value)


def test_names_of_the_core_are_those_of_a_session() -> None:
    assert (HYBRID, NETWORK, *BASELINES) == CORE_METHODS
    assert tuple(EXPLAINERS) == CORE_EXPLAINERS


def test_plugins_says_why_one_fails(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BROKEN / "missing_hook")
    outcome = shell("plugins")
    assert outcome.code == 1
    assert "FAILS: mutespec 1.4: lacks the required hook specquant_technique" in outcome.out
