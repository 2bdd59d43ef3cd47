"""What the process of foreign readers costs: good files read and quantified with it, and without; prints figures.

Run: pytest tests/benchmarks/test_foreign.py -m benchmark -s. Measured files are among them where SPECQUANT_REAL_DATA
names them. Seconds are those of computing, of both processes, so that a busy machine changes little: the one waits
while the other works. Linux only.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import edsformats
import xpsfiles
from specquant.errors import SpecquantError
from specquant.readers import read_file, worker
from specquant.session import Session, open_session

pytestmark = pytest.mark.benchmark

ROUNDS = 3
"""How often each file is read and answered either way; the shortest time counts."""

SUFFIXES = (".nxs", ".zip", ".vgd", ".hspy", ".h5oina", ".rpl", ".spd", ".spc", ".bcf")
"""Of files that foreign readers read."""

MOST = 1.05
"""Times as long as in one process that a batch may take, once the process runs."""

Work = Callable[[], object]


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    worker.end()


def batch(folder: Path) -> list[tuple[str, Path]]:
    """Return good foreign files of both techniques: made up, and measured where there are."""
    files = []
    for technique, written in (("xps", xpsfiles.written), ("eds", edsformats.written)):
        (folder / technique).mkdir()
        files += [(technique, path) for path in written(folder / technique)]
    if named := os.environ.get("SPECQUANT_REAL_DATA"):
        files += [("xps", path) for path in sorted(Path(named, "xps", "raw").iterdir())]
        files += [("eds", path) for path in sorted(Path(named, "eds", "formats").glob("P45_8bit*"))]
    return [(technique, path) for technique, path in files if path.suffix in SUFFIXES]


def answering(session: Session, path: Path) -> Work:
    return lambda: session.quantify(path, method="cnn")


def reading(session: Session, path: Path) -> Work:
    return lambda: read_file(path, session.plugin.readers)


def computed() -> float:
    """Return the seconds that this process and the other have computed."""
    other = worker._HOLDER.current()._process.pid
    return time.process_time() + int(Path(f"/proc/{other}/schedstat").read_text().split()[0]) * 1e-9


def shortest(work: Work, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float] | None:
    """Return the least seconds of some work in one process, and with the other, in turns; None if it fails."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for here in (True, False):
            monkeypatch.setattr(worker, "_serving", here)
            began = computed()
            try:
                work()
            except SpecquantError:
                return None
            times[here].append(computed() - began)
    return min(times[True]), min(times[False])


def test_a_batch_of_good_files_takes_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = {name: open_session(name) for name in ("xps", "eds")}
    worker._HOLDER.current().wait_ready()
    print(f"\nstart of the process: {computed() - time.process_time():.2f} s")
    totals = {"read": [0.0, 0.0], "answered": [0.0, 0.0]}
    for technique, path in batch(tmp_path):
        for kind, work in (("read", reading), ("answered", answering)):
            pair = shortest(work(sessions[technique], path), monkeypatch)
            if pair is not None:
                here, apart = pair
                print(f"{path.name[:44]:<44} {kind:<9} {here:7.3f} s, apart {apart:7.3f} s, {apart / here - 1:+.1%}")
                totals[kind] = [total + one for total, one in zip(totals[kind], pair, strict=True)]
    for kind, (here, apart) in totals.items():
        print(f"all {kind}: {here:.2f} s in one process, {apart:.2f} s with the other, {apart / here - 1:+.1%}")
    here, apart = totals["answered"]
    assert apart < MOST * here
