"""Fixtures shared by all tests, and a guard against tests that lean on global random state."""

import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folders import TESTS, THIRDPARTY

os.environ.setdefault("OMP_NUM_THREADS", "1")  # numpy and torch read it once; the tests' arrays need no second thread

import numpy as np
import pytest
import rich.default_styles  # noqa: F401 - styles draw random numbers as they are made, so not within a test
from hypothesis import HealthCheck, settings

from commandline import Outcome, Shell

if TYPE_CHECKING:
    from specquant.technique import Technique

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # no property fails because a machine is busy

SLOW = TESTS / "slow.txt"
"""Test functions that the fast part leaves out, ``FILE::NAME`` a line, FILE below this folder.

``pytest --list-slow 0.1`` prints those that are to be added, and ``pytest --all --list-slow 0.1`` the whole list anew.
"""

CORES = 4
"""Processes that share the fast part at the most: each of them collects all tests first, which takes some seconds."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("specquant")
    group.addoption("--all", action="store_true", help="run the slow tests too; a named file or test always runs whole")
    group.addoption("--list-slow", type=float, metavar="SECONDS", help="print tests that take longer, in CPU time")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share the fast part among the cores, unless `-n` or what needs one process is given.

    A process that shares calls this too, and must not start further ones.
    """
    if hasattr(config, "workerinput"):
        return
    option = config.option
    alone = option.usepdb or option.collectonly or option.list_slow is not None
    if not alone and fast_only(config) and getattr(option, "numprocesses", 0) is None:
        option.numprocesses = min(CORES, os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    keep_libraries(config)
    if (least := config.getoption("--list-slow")) is not None:
        config.pluginmanager.register(SlowList(least))


def keep_libraries(config: pytest.Config) -> None:
    """Keep rendered libraries while the tests run, for all of their processes, and none from before."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="specquant-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ["SPECQUANT_CACHE"] = folder.name


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist, which is given every argument as if it had been typed."""
    node.workerinput["fast_only"] = fast_only(node.config)


def fast_only(config: pytest.Config) -> bool:
    """Say whether slow tests are left out: where nothing is named on the command line."""
    if hasattr(config, "workerinput"):
        return bool(config.workerinput["fast_only"])
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.getoption("--all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = set(SLOW.read_text(encoding="utf-8").split())
    for item in items:
        if function_of(item) in slow:
            item.add_marker("slow")
    if fast_only(config):
        left_out = [item for item in items if item.get_closest_marker("slow")]
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=left_out)


def function_of(item: pytest.Item) -> str:
    """Return the test function of an item as SLOW names it."""
    return f"{item.path.relative_to(TESTS).as_posix()}::{getattr(item, 'originalname', item.name)}"


class SlowList:
    """Prints, at the end, the test functions with a case that took more CPU time than `least` seconds.

    What a fixture of a module or of the session takes counts for every test that asks for it, whichever comes first.
    """

    def __init__(self, least: float) -> None:
        self.least = least
        self.seconds: dict[str, float] = {}
        self.fixtures: dict[Any, float] = {}
        self.shared = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        before = cpu_seconds()
        result = yield
        if fixturedef.scope != "function":
            spent = cpu_seconds() - before
            self.fixtures[fixturedef] = self.fixtures.get(fixturedef, 0.0) + spent
            self.shared += spent
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        before, self.shared = cpu_seconds(), 0.0
        result = yield
        own = cpu_seconds() - before - self.shared
        known = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009 - a private name of pytest
        shared = sum(self.fixtures.get(each, 0.0) for several in known for each in several)
        function = function_of(item)
        self.seconds[function] = max(self.seconds.get(function, 0.0), own + shared)
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for function, seconds in sorted(self.seconds.items()):
            if seconds > self.least:
                terminalreporter.write_line(function)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those that it waited for."""
    return sum(os.times()[:4])


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Heed Ctrl-C and the end of the terminal, which are ignored where tests run in the background or under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def thirdparty(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the toy plug-in ``toyspec`` installed, as pip would: a module and its .dist-info on sys.path."""
    folder = THIRDPARTY
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def toy(thirdparty: Path) -> "Technique":  # noqa: ARG001 - puts the plug-in in place
    """Return the toy technique."""
    from specquant.discovery import load_plugin

    return load_plugin("toy").technique


@pytest.fixture(scope="module")
def toy_environment() -> dict[str, str]:
    """Return the environment of a process of its own in which the toy plug-in is installed."""
    folders = [str(THIRDPARTY), *sys.path]
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, folders))}


@pytest.fixture(scope="module")
def toy_is_installed() -> Iterator[None]:
    """Make the toy plug-in installed for a whole module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(THIRDPARTY)
        yield


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run ``specquant`` with arguments in this process."""

    from specquant.cli import main

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["specquant", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Outcome(int(end.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def real_data() -> Path:
    """Folder of measured spectra, which is not part of the repository."""
    folder = os.environ.get("SPECQUANT_REAL_DATA")
    if not folder:
        pytest.skip(
            "SPECQUANT_REAL_DATA is not set: it names the folder of measured spectra, kept outside the repository"
        )
    if not Path(folder).is_dir():
        pytest.fail(f"SPECQUANT_REAL_DATA names no folder: {folder}")
    return Path(folder)


@pytest.fixture(autouse=True)
def no_leaked_randomness() -> Iterator[None]:
    """Fail a test after which a global random generator stands elsewhere than before, and put it back."""
    torch = sys.modules.get("torch")
    python_before = random.getstate()
    numpy_before = np.random.get_state()  # noqa: NPY002 - the global generator is what is guarded
    torch_before = None if torch is None else torch.get_rng_state()
    yield
    leaks = []
    if random.getstate() != python_before:
        random.setstate(python_before)
        leaks.append("random")
    numpy_after = np.random.get_state()  # noqa: NPY002
    if numpy_after[2:] != numpy_before[2:] or not np.array_equal(numpy_after[1], numpy_before[1]):
        np.random.set_state(numpy_before)  # noqa: NPY002
        leaks.append("numpy.random")
    if torch is not None and not torch.equal(torch.get_rng_state(), torch_before):
        torch.set_rng_state(torch_before)
        leaks.append("torch")
    if leaks:
        pytest.fail(f"global random state was used: {', '.join(leaks)}; give the code a generator or a seed instead")
