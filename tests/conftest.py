"""Fixtures shared by all tests, and a guard against tests that lean on global random state."""

import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # numpy and torch read it once; the tests' arrays need no second thread
os.environ.setdefault("SPECQUANT_CACHE", "off")  # tests change what a library depends on

import numpy as np
import pytest
import rich.default_styles  # noqa: F401 - styles draw random numbers as they are made, so not within a test

from commandline import Outcome, Shell

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Heed Ctrl-C and the end of the terminal, which are ignored where tests run in the background or under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def thirdparty(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the toy plug-in ``toyspec`` installed, as pip would: a module and its .dist-info on sys.path."""
    folder = HERE / "thirdparty"
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture(scope="module")
def toy_is_installed() -> Iterator[None]:
    """Make the toy plug-in installed for a whole module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE / "thirdparty")
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
