"""Batches that are killed at random moments, whole or in part: the same command ends as an unbroken one.

``pytest -m fault tests/faults/test_kills.py -s``; SPECQUANT_KILLS is the number of kills, 20 unless it is
set. Maps are in tests/maps/test_maps.py, commands in forks of one process in tests/support/faults.py.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from clusters import cluster_of
from specquant.session import open_session

pytestmark = pytest.mark.fault

KILLS = int(os.environ.get("SPECQUANT_KILLS", "20"))
FILES = 40
PATIENCE = 20.0
"""Seconds in which processes end that nobody needs, on a busy machine."""
_MAIN = "from specquant.cli import main; main()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of surveys of the recipe field."""
    session, folder = open_session("xps"), tmp_path_factory.mktemp("surveys")
    made = session.synthesizer(session.recipe("field"), 5, "evaluation").block(0)
    energies = session.technique.axis.centres
    for number, (counts, observed) in enumerate(zip(made.counts.numpy(), made.observed.numpy(), strict=True)):
        if number < FILES:
            rows = zip(energies[observed], counts[observed].round().astype(int), strict=True)
            lines = ["Binding energy (eV),Counts", *(f"{energy:.1f},{count}" for energy, count in rows), ""]
            (folder / f"{number:02}.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def unbroken(folder: Path) -> bytes:
    """Return the table of a command that nobody disturbed."""
    begun("whole", folder).communicate()
    return (folder.parent / "whole.csv").read_bytes()


@pytest.fixture
def cluster() -> Iterator[str]:
    """Give the address of a cluster with two workers."""
    pytest.importorskip("distributed")
    with cluster_of(2) as address:
        yield address


def begun(name: str, folder: Path, *words: str) -> "subprocess.Popen[bytes]":
    """Begin one that writes the table of this name beside the folder, in two processes unless words say where."""
    shared = words or ("--jobs", "2")
    files = map(str, sorted(folder.glob("*.csv")))
    out = folder.parent / f"{name}.csv"
    command = [sys.executable, "-c", _MAIN, "quantify", "-t", "xps", *files, "--out", str(out), *shared]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ended_at_random(
    name: str, folder: Path, unbroken: bytes, *words: str, by: Sequence[int] = (signal.SIGKILL,)
) -> int:
    """End a command again and again, at a random number of answers kept, and return how often that came to pass.

    Whatever ended it, its processes end with it, and what can be heeded leaves no lock; the same command then goes on.
    """
    rng, ended, out = np.random.default_rng(1), 0, folder.parent / f"{name}.csv"
    kept = out.with_name(f"{out.name}.checkpoint")
    for number in (by[nth % len(by)] for nth in range(KILLS)):
        process, wait = begun(name, folder, *words), rng.uniform(0.0, 3.0)
        more = size_of(kept) + rng.integers(0, 60_000)
        while process.poll() is None and size_of(kept) <= more:
            time.sleep(0.01)
        time.sleep(wait * rng.integers(0, 2))
        helpers = children(process.pid)
        if process.poll() is None:
            process.send_signal(number)
            ended += 1
        _, said = process.communicate()
        assert process.returncode in (-signal.SIGKILL, 0, 1, 3, 4), said.decode()
        assert process.returncode != 1 or b"interrupted" in said, said.decode()
        assert process.returncode < 0 or not locks(folder.parent)
        assert are_gone(helpers)
        if out.exists():
            assert out.read_bytes() == unbroken
            out.unlink()
    _, said = begun(name, folder, *words).communicate()
    assert out.read_bytes() == unbroken, said.decode()
    assert not kept.exists()
    assert not locks(folder.parent)
    return ended


def size_of(kept: Path) -> int:
    """Return the bytes of a checkpoint, 0 where there is none."""
    try:
        return kept.stat().st_size
    except FileNotFoundError:
        return 0


def locks(folder: Path) -> list[Path]:
    """Return the locks in a folder."""
    return list(folder.glob(".*.lock"))


def children(process: int) -> list[int]:
    """Return the processes that a process has begun; none where it has ended."""
    try:
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def are_gone(processes: Sequence[int]) -> bool:
    """Wait until processes have ended, and say whether they have within some seconds."""
    until = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{process}").exists() for process in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_a_batch_in_two_processes(folder: Path, unbroken: bytes) -> None:
    kills = ended_at_random("killed", folder, unbroken)
    print(f"\n{kills} of {KILLS} commands in two processes killed, the same result each time, nothing left behind")


def test_a_batch_that_is_interrupted(folder: Path, unbroken: bytes) -> None:
    ended = ended_at_random("interrupted", folder, unbroken, by=(signal.SIGINT, signal.SIGTERM))
    print(f"\n{ended} of {KILLS} commands interrupted by SIGINT or SIGTERM, the same result, nothing left behind")


def test_a_batch_of_which_single_processes_are_killed(folder: Path, unbroken: bytes) -> None:
    kills = of_which_some_are_killed("workers", folder, unbroken, children)
    print(f"\n{kills} processes of a batch killed, the same result each time")


def test_a_batch_on_a_cluster(folder: Path, unbroken: bytes, cluster: str) -> None:
    words = ("--scheduler", cluster)
    kills = ended_at_random("cluster", folder, unbroken, *words, by=(signal.SIGKILL, signal.SIGINT, signal.SIGTERM))
    print(f"\n{kills} of {KILLS} commands on a cluster killed or interrupted, the same result each time")


def test_a_batch_on_a_cluster_of_which_workers_are_killed(folder: Path, unbroken: bytes, cluster: str) -> None:
    from distributed import Client

    with Client(cluster) as client:

        def workers(_: int) -> list[int]:
            return list(client.run(os.getpid, on_error="ignore").values())

        kills = of_which_some_are_killed("nanny", folder, unbroken, workers, "--scheduler", cluster)
    print(f"\n{kills} workers of a cluster killed, the same result each time")


def of_which_some_are_killed(
    name: str, folder: Path, unbroken: bytes, workers: Callable[[int], list[int]], *words: str
) -> int:
    """Run commands, killing one of their workers at random moments, and return how many; answers come between kills.

    `workers` returns the processes that work for the process of a command.
    """
    rng, kills, out = np.random.default_rng(2), 0, folder.parent / f"{name}.csv"
    kept = out.with_name(f"{out.name}.checkpoint")
    while kills < KILLS:
        process, before = begun(name, folder, *words), 0
        while process.poll() is None:
            time.sleep(rng.uniform(0.05, 1.0))
            size = size_of(kept)
            if size > before and kills < KILLS and (there := workers(process.pid)) and process.poll() is None:
                with suppress(ProcessLookupError):
                    os.kill(int(rng.choice(there)), signal.SIGKILL)
                    kills += 1
                before = size
        _, said = process.communicate()
        assert out.read_bytes() == unbroken, said.decode()
        assert not locks(folder.parent)
        out.unlink()
    return kills


def test_a_cluster_that_ends_is_told_and_work_goes_on_elsewhere(folder: Path, unbroken: bytes, cluster: str) -> None:
    from distributed import Client

    out = folder.parent / "ended.csv"
    kept = out.with_name(f"{out.name}.checkpoint")
    with Client(cluster) as client:
        scheduler = client.run_on_scheduler(os.getpid)
    process = begun("ended", folder, "--scheduler", cluster)
    while process.poll() is None and not size_of(kept):
        time.sleep(0.05)
    os.kill(scheduler, signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == 1
    assert b"the cluster ended before the work was done" in said
    assert size_of(kept)
    _, said = begun("ended", folder).communicate()
    assert out.read_bytes() == unbroken, said.decode()
