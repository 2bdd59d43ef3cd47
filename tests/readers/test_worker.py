"""The process in which foreign readers run: what comes back, and what becomes of a file that ends it."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import foreignreaders
from folders import SUPPORT
from specquant.discovery import load_plugin
from specquant.errors import PluginError, ReadError, SpecquantError, SpectrumError
from specquant.readers import launching, prepare, read_file, worker
from specquant.readers.limits import limits_for
from specquant.technique import InstrumentParameter, RawSpectrum, Reader
from specquant.validation import InstalledReader


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No process before, none after."""
    worker.end()
    yield
    worker.end()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.odd"
    path.write_bytes(b"odd content")
    return path


def reader(name: str, **keywords: object) -> Reader:
    function = getattr(foreignreaders, name)
    return Reader("odd", (".odd",), lambda _: True, partial(function, **keywords) if keywords else function, True)


def reading(path: Path, name: str, **keywords: object) -> list[RawSpectrum]:
    return read_file(path, [reader(name, **keywords)])


def test_all_of_a_spectrum_comes_back(path: Path) -> None:
    first, second = reading(path, "reads", title="glass")
    here = foreignreaders.reads(path, "glass")
    assert (first.name, second.name, first.on_scale, second.on_scale) == ("a 0", "a 1", False, True)
    np.testing.assert_array_equal([raw.counts for raw in (first, second)], [raw.counts for raw in here])
    assert first.counts.dtype == np.uint8
    assert first.stated["beam_energy"] == 15e3
    assert np.isnan(first.stated["unknown"])
    assert replace(first.facts, header={}) == replace(here[0].facts, header={})
    assert (first.header["title"], first.header["number"], first.header["list"]) == ("glass", 0.5, [1, 2])
    assert first.energy.dtype == np.float64
    assert np.shares_memory(first.energy, second.energy)


def test_one_process_serves_all_files(path: Path) -> None:
    assert len({reading(path, "reads")[0].header["pid"] for _ in range(3)}) == 1
    assert reading(path, "reads")[0].header["pid"] != os.getpid()


def test_the_process_is_isolated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("PYTHONSTARTUP", "evil.py")
    header = reading(path, "reads")[0].header
    assert header["folder"] != str(path.parent)
    assert not {"", ".", str(path.parent)} & set(header["path"])
    assert not [key for key in header["environment"] if key.startswith("PYTHON")]
    worker.end()
    assert not Path(header["folder"]).exists()


def test_an_error_comes_back_with_all_its_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(SpectrumError) as caught:
        reading(Path("a.odd"), "refuses")
    assert str(caught.value) == "a.odd, line 3: holds nothing; found 3. Look."
    assert (caught.value.what, caught.value.found, caught.value.wanted) == ("holds nothing", "3", None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crashes", r"is damaged; found the odd reader crashed \(SIGSEGV\)"),
        ("leaves", "is damaged; found the odd reader broke off"),
        ("breaks", r"the odd reader failed; found content that it does not know \(KeyError\)"),
        ("fills", "claims more data than it can hold; found more than 1.0 GiB of memory"),
        ("floods", "claims more data than it can hold"),
        ("swarms", "holds more spectra than a file of its size can; found 20000"),
        ("dates", r"holds no counts; found 1 dimensions of datetime64\[D\]"),
        ("connects", "cannot be read"),
        ("starts", "cannot be read"),
        ("unpickles", "cannot be read"),
        ("writes", "cannot be read"),
    ],
)
def test_whatever_a_reader_does_costs_its_file_only(path: Path, name: str, said: str) -> None:
    with pytest.raises(ReadError, match=rf"a\.odd: {said}") as caught:
        reading(path, name)
    assert "\n" not in str(caught.value)
    assert len(reading(path, "reads")) == 2
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["a.odd"]


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("states", PluginError, r"madespec 7\.0, .*stated something that cannot be a number; found gain '50 um'"),
        ("breaks", ReadError, r"the odd reader of madespec 7\.0 failed; found content that it does not know"),
    ],
)
def test_the_plugin_of_a_foreign_reader_is_named(path: Path, name: str, error: type[SpecquantError], said: str) -> None:
    installed = InstalledReader.of(reader(name), "madespec 7.0", [InstrumentParameter("gain", 1.0, 0.0, 2.0, "um", "")])
    with pytest.raises(error, match=said):
        read_file(path, [installed])


@pytest.mark.parametrize("name", ["hangs", "computes"])
def test_what_takes_too_long_ends(path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "limits_for", lambda size: replace(limits_for(size), waiting=1.0))
    reading(path, "reads")
    with pytest.raises(ReadError, match="takes too long to read; found no end of the odd reader after 1 s"):
        reading(path, name)
    assert len(reading(path, "reads")) == 2


def test_computing_ends_without_anybody_waiting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "limits_for", lambda size: replace(limits_for(size), seconds=2.0, waiting=60.0))
    with pytest.raises(ReadError, match="takes too long to read; found no end of the odd reader after 2 s"):
        reading(path, "computes")


def test_a_part_that_ends_the_process_costs_itself(path: Path) -> None:
    crashed = "is damaged; found the odd reader crashed (SIGSEGV)"
    names = [raw.name for raw in reading(path, "packs", ends={"1": "crashes", "2": "crashes"})]
    assert names == ["0", f"1: {crashed}", f"2: {crashed}", "3"]


def test_a_part_that_takes_too_long_costs_itself(path: Path) -> None:
    names = [raw.name for raw in reading(path, "packs", ends={"1": "computes"})]
    assert [name[:2] for name in names] == ["0", "1:", "2", "3"]
    assert "found no end of the odd reader after" in names[1]


def test_parts_have_the_time_of_one_file_together(path: Path) -> None:
    before = worker._children_seconds()
    with pytest.raises(ReadError, match=r"a\.odd: takes too long to read"):
        reading(path, "packs", ends=dict.fromkeys("0123", "computes"))
    assert worker._children_seconds() - before < 2 * limits_for(11).seconds


def test_what_a_reader_prints_goes_nowhere(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert len(reading(path, "prints")) == 2
    assert capfd.readouterr() == ("", "")


def test_text_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker._Holder, "current", None)
    cases = Path(os.environ.get("SPECQUANT_REAL_DATA", ".")) / ".." / "cases"
    names = [("xps", cases / "x01_plain.csv"), ("xps", cases / "v01_plain.vms"), ("eds", cases / "e01_plain.msa")]
    table = tmp_path / "a.csv"
    np.savetxt(table, np.column_stack([np.arange(100), np.ones(100)]), delimiter=",")
    for technique, path in [("xps", table), *(pair for pair in names if pair[1].exists())]:
        prepare([path])
        assert read_file(path, load_plugin(technique).readers)


def test_a_reader_that_no_process_can_find_is_refused() -> None:
    local = Reader("local", (), lambda _: True, lambda _: [], foreign=True)
    with pytest.raises(PluginError, match="cannot be found by another process"):
        local.address()
    with pytest.raises(PluginError, match="cannot be found by another process"):
        reader("reads", title=object()).address()
    assert reader("reads", title="a").address() == ("foreignreaders", "reads", {"title": "a"})


def test_every_foreign_reader_of_ours_is_found() -> None:
    readers = [reader for name in ("xps", "eds") for reader in load_plugin(name).readers if reader.foreign]
    assert {"NeXus", "Thermo vgd", "zip or gzip", "HDF5", "Bruker bcf", "Ripple"} <= {reader.name for reader in readers}
    for each in readers:
        each.address()


EVIL = """
from pathlib import Path
Path({mark!r}).touch()
raise SystemExit("imported")
"""


def test_nothing_in_the_folder_of_the_data_is_imported(tmp_path: Path) -> None:
    """A module beside the data is not a part of the program, whatever its name."""
    import h5py

    mark = tmp_path / "mark"
    data = tmp_path / "data"
    data.mkdir()
    for name in ("h5py", "netCDF4", "olefile", "rsciio", "sitecustomize", "usercustomize", "json", "signal"):
        (data / f"{name}.py").write_text(EVIL.format(mark=str(mark)))
    with h5py.File(data / "a.nxs", "w") as file:
        file["waves"] = np.ones(5)
    code = f"""
    import os, sys
    from specquant.discovery import load_plugin
    from specquant.readers import read_file
    readers = load_plugin("xps").readers
    os.chdir({str(data)!r})
    try:
        read_file("a.nxs", readers)
    except Exception as error:
        print(error)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert "HDF5 of a layout that is not known; found groups waves" in ended.stdout
    assert not mark.exists()


def test_a_pipe_that_cannot_be_widened_will_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("fcntl.fcntl", refused)
    assert len(reading(path, "reads")) == 2


def test_a_process_that_cannot_start_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "_START", "raise ImportError('no numpy here')")
    with pytest.raises(ReadError, match="no process for it could start; found ImportError: no numpy here"):
        reading(path, "reads")


@pytest.mark.parametrize("busy", [False, True])
def test_nothing_is_left_when_the_asking_process_is_killed(path: Path, busy: bool) -> None:
    code = f"""
    import os, signal, sys, threading
    sys.path.insert(0, {str(SUPPORT)!r})
    import foreignreaders
    from specquant.readers import read_file
    from specquant.technique import Reader
    reader = Reader("odd", (), lambda _: True, foreignreaders.reads, True)
    (raw, _) = read_file({str(path)!r}, [reader])
    print(raw.header["pid"], raw.header["folder"], flush=True)
    if {busy}:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
        read_file({str(path)!r}, [Reader("odd", (), lambda _: True, foreignreaders.naps, True)])
    os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    pid, folder = ended.stdout.split()
    deadline = time.monotonic() + 20
    while Path(folder).exists() or Path("/proc", pid, "exe").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_fork_has_a_process_of_its_own(path: Path) -> None:
    mine = reading(path, "reads")[0].header["pid"]
    child = os.fork()
    if not child:
        try:
            other = reading(path, "reads")[0].header["pid"]
            worker.end()
            os._exit(0 if other != mine else 1)
        except SpecquantError:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert reading(path, "reads")[0].header["pid"] == mine
