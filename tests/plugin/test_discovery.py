import itertools
import sys
import textwrap
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from importlib.metadata import EntryPoints
from pathlib import Path

import pytest

import specquant
from folders import BROKEN
from specquant.discovery import InstalledTechnique, list_techniques, load_plugin, load_technique
from specquant.errors import PluginError
from specquant.technique import Reader, Technique

SERIAL = itertools.count()

Writer = Callable[..., str]


@pytest.fixture
def write_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thirdparty: Path) -> Writer:  # noqa: ARG001
    """Write a plug-in beside toyspec and return its technique's name; distribution madespec, version 7.0."""

    def write(body: str, name: str = "made", metadata: str = "Name: madespec\nVersion: 7.0\n") -> str:
        module = f"madespec{next(SERIAL)}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(body))
        info = tmp_path / "madespec-7.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text(f"[specquant]\n{name} = {module}\n")
        monkeypatch.syspath_prepend(tmp_path)
        return name

    return write


GOOD = """
    import dataclasses
    import toyspec
    from specquant.hookspecs import hookimpl
    from specquant.technique import Reader

    @hookimpl
    def specquant_technique():
        return dataclasses.replace(toyspec.specquant_technique(), name="made")
"""


def test_a_folder_that_hides_the_package_is_named(write_plugin: Writer, tmp_path: Path) -> None:
    """As a project's folder does that stands where Python was started, if the project was installed in place."""
    write_plugin(GOOD)
    (module,) = tmp_path.glob("madespec*.py")
    module.unlink()
    module.with_suffix("").mkdir()
    with pytest.raises(
        PluginError, match=r"madespec 7\.0: a folder of the package's name hides the package; found .*madespec"
    ):
        load_technique("made")


@pytest.mark.usefixtures("thirdparty")
def test_list_finds_the_toy_by_its_metadata() -> None:
    assert InstalledTechnique("toy", "toyspec", "0.3", "toyspec") in list_techniques()


def test_public_names_are_the_same_functions() -> None:
    assert specquant.list_techniques is list_techniques
    assert specquant.load_technique is load_technique


@pytest.mark.usefixtures("thirdparty")
def test_list_is_sorted_and_its_records_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    for case in BROKEN.iterdir():
        monkeypatch.syspath_prepend(case)
    listed = list_techniques()
    assert listed == sorted(listed)
    assert {"alias", "dict", "mute", "sunk", "toy", "twin", "typo"} <= {installed.name for installed in listed}
    with pytest.raises(FrozenInstanceError):
        listed[0].name = "other"  # type: ignore[misc]


def test_list_without_metadata_fields(write_plugin: Writer) -> None:
    name = write_plugin(GOOD, metadata="Metadata-Version: 2.1\n")
    (installed,) = [installed for installed in list_techniques() if installed.name == name]
    assert installed.origin == "(no name) (no version)"


@pytest.mark.usefixtures("thirdparty")
def test_load_returns_what_the_plugin_hands_over() -> None:
    plugin = load_plugin("toy")
    assert isinstance(plugin.technique, Technique)
    assert plugin.technique.elements == ("Li", "Be", "B", "C", "N", "O")
    assert (plugin.distribution, plugin.version) == ("toyspec", "0.3")
    assert plugin.readers == ()
    assert dict(plugin.quantifiers) == {}
    assert load_technique("toy").name == "toy"


@pytest.mark.usefixtures("thirdparty")
def test_load_twice_gives_equal_results() -> None:
    assert load_technique("toy") == load_technique("toy")


def test_load_takes_readers_and_quantifiers(write_plugin: Writer) -> None:
    name = write_plugin(
        GOOD
        + """
    @hookimpl
    def specquant_readers():
        return [Reader("made", (".made",), lambda head: True, lambda path: [])]

    @hookimpl
    def specquant_quantifiers(technique):
        return {f"guess-{technique.name}": lambda technique, library: None}
    """
    )
    plugin = load_plugin(name)
    assert [(isinstance(reader, Reader), reader.name) for reader in plugin.readers] == [(True, "made")]
    assert list(plugin.quantifiers) == ["guess-made"]
    with pytest.raises(TypeError):
        plugin.quantifiers["more"] = print  # type: ignore[index]


def test_hooks_may_be_left_out_of_their_arguments(write_plugin: Writer) -> None:
    name = write_plugin(GOOD + "\n    @hookimpl\n    def specquant_quantifiers():\n        return {}\n")
    assert dict(load_plugin(name).quantifiers) == {}


def test_hook_for_a_later_version_is_let_pass(write_plugin: Writer) -> None:
    name = write_plugin(GOOD + "\n    @hookimpl(optionalhook=True)\n    def specquant_later():\n        return 1\n")
    assert load_technique(name).name == "made"


@pytest.mark.usefixtures("thirdparty")
def test_a_broken_neighbour_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    neighbours = {"sunkspec", "castor", "pollux", "dictspec"}
    for name in neighbours:
        monkeypatch.delitem(sys.modules, name, raising=False)
    for case in BROKEN.iterdir():
        monkeypatch.syspath_prepend(case)
    assert load_technique("toy").title == "Toy spectroscopy"
    assert not neighbours & set(sys.modules)


def test_the_same_distribution_twice_on_the_path_is_no_clash(
    thirdparty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "toyspec-0.2.dist-info"
    stale.mkdir()
    (stale / "METADATA").write_text("Name: toyspec\nVersion: 0.2\n")
    (stale / "entry_points.txt").write_text("[specquant]\ntoy = toyspec\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(thirdparty)
    assert load_plugin("toy").version == "0.3"


@pytest.mark.usefixtures("thirdparty")
def test_unknown_technique_names_those_installed_and_the_nearest() -> None:
    with pytest.raises(
        PluginError, match=r"no such technique; found 'tooy'; wanted one of .*toy.*\. Did you mean 'toy'\?"
    ):
        load_technique("tooy")


@pytest.mark.usefixtures("thirdparty")
def test_unknown_technique_far_from_all() -> None:
    with pytest.raises(PluginError, match="Install the distribution that declares it"):
        load_technique("chromatography")


def test_unknown_technique_when_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specquant.discovery.installed.entry_points", lambda **_: EntryPoints())
    assert list_techniques() == []
    with pytest.raises(PluginError, match="there is none"):
        load_technique("xps")


@pytest.mark.parametrize(
    ("case", "name", "message"),
    [
        ("import_failure", "sunk", r"sunkspec 1\.1: sunkspec cannot be imported; found SystemExit: .* dongle"),
        ("twins", "twin", r"'twin' is declared more than once; found castor 1\.0 and pollux 2\.0"),
        ("misspelt_hook", "typo", r"typospec 1\.2: .*found specquant_tecnique;.*Did you mean 'specquant_technique'\?"),
        ("wrong_type", "dict", r"dictspec 1\.3: specquant_technique returned the wrong type; found dict; wanted Tech"),
        ("missing_hook", "mute", r"mutespec 1\.4: lacks the required hook specquant_technique"),
        ("wrong_name", "alias", r"aliasspec 1\.5: technique\.name differs .* found 'nickname'; wanted 'alias'"),
    ],
)
def test_broken_plugin_names_the_guilty(monkeypatch: pytest.MonkeyPatch, case: str, name: str, message: str) -> None:
    monkeypatch.syspath_prepend(BROKEN / case)
    with pytest.raises(PluginError, match=message) as caught:
        load_technique(name)
    assert "\n" not in str(caught.value)


def test_twins_are_listed_each_with_its_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BROKEN / "twins")
    twins = [installed for installed in list_techniques() if installed.name == "twin"]
    assert [(twin.origin, twin.rivals) for twin in twins] == [
        ("castor 1.0", ("pollux 2.0",)),
        ("pollux 2.0", ("castor 1.0",)),
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import a_module_that_nobody_has", "cannot be imported; found ModuleNotFoundError"),
        ("x = (", "cannot be imported; found SyntaxError"),
        ("raise GeneratorExit('odd')", "cannot be imported; found GeneratorExit"),
        ("def specquant_technique(): ...", "specquant_technique is not marked as a hook.*hookimpl"),
        (GOOD + "\n    def specquant_readers(): ...", "specquant_readers is not marked as a hook"),
        (
            GOOD + "\n    @hookimpl\n    def specquant_readers(folder): ...",
            "breaks the signature of a hook; found PluginValidationError.*folder",
        ),
        (GOOD + "\n    @hookimpl\n    def specquant_readres(): ...", "Did you mean 'specquant_readers'"),
        (GOOD + "\n    @hookimpl\n    def zzz(): ...", "implements a hook that does not exist; found zzz"),
        (
            GOOD + "\n    @hookimpl\n    def specquant_readers(): ...",
            "specquant_readers returned the wrong type; found None",
        ),
        (GOOD + "\n    @hookimpl\n    def specquant_readers(): return 'abc'", "found str; wanted a sequence of Reader"),
        (GOOD + "\n    @hookimpl\n    def specquant_readers(): return [print]", "found builtin_function_or_method"),
        (
            GOOD + "\n    @hookimpl\n    def specquant_readers(): raise OSError('disc')",
            "specquant_readers failed; .*disc",
        ),
        (GOOD + "\n    @hookimpl\n    def specquant_quantifiers(): return [1]", "found list; wanted a mapping"),
        (GOOD + "\n    @hookimpl\n    def specquant_quantifiers(): return {1: print}", "wanted text as name"),
        (
            GOOD + "\n    @hookimpl\n    def specquant_quantifiers(): return {'a': 1}",
            "found int; wanted a factory for 'a'",
        ),
        (
            GOOD + "\n    @hookimpl\n    def specquant_quantifiers(): exit(3)",
            "specquant_quantifiers failed; found SystemExit",
        ),
        (GOOD.replace('name="made"', 'name="made", margin=-1.0'), r"technique\.margin: is not a distance; found -1\.0"),
        (GOOD.replace('name="made"', 'name="made", chemical_shift={"Li": 3, "Be": {}}'), "is not a range; found 3"),
        (
            GOOD.replace('name="made"', 'name="made", recipes={"a": toyspec.Recipe("a", "A", None)}'),
            "element_count: has the wrong type; found NoneType",
        ),
    ],
)
def test_every_failure_names_the_distribution(write_plugin: Writer, body: str, message: str) -> None:
    name = write_plugin(body)
    with pytest.raises(PluginError, match=message) as caught:
        load_plugin(name)
    assert str(caught.value).startswith("madespec 7.0: ")


def test_interruption_by_the_user_is_not_swallowed(write_plugin: Writer) -> None:
    name = write_plugin("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_technique(name)


def test_what_is_registered_is_checked_as_what_is_installed(toy: Technique) -> None:
    for name in ("", "two\nlines", "-t", "a/../b"):
        with pytest.raises(PluginError, match=r"technique\.name: cannot be part of the name of a file"):
            specquant.register(replace(toy, name=name))
    with pytest.raises(PluginError, match="quantifiers returned the wrong type; found list"):
        specquant.register(replace(toy, name="other"), quantifiers=[len])  # type: ignore[arg-type]
