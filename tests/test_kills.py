"""Batches that are killed at random moments, whole or in part: the same command ends as an unbroken one.

``pytest -m fault tests/test_kills.py -s``; SPECQUANT_KILLS is the number of kills, 20 unless it is set. Maps are in
test_maps.py, commands in forks of one process in faults.py.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from clusters import cluster_of
from specquant.session import open_session

pytestmark = pytest.mark.fault

KILLS = int(os.environ.get("SPECQUANT_KILLS", "20"))
FILES = 40
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


def killed_at_random(name: str, folder: Path, unbroken: bytes, *words: str) -> int:
    """Kill a command again and again, at a random number of answers kept, and return how often that came to pass."""
    rng, kills, out = np.random.default_rng(1), 0, folder.parent / f"{name}.csv"
    kept = out.with_name(f"{out.name}.checkpoint")
    for _ in range(KILLS):
        process, wait = begun(name, folder, *words), rng.uniform(0.0, 3.0)
        more = (kept.stat().st_size if kept.exists() else 0) + rng.integers(0, 60_000)
        while process.poll() is None and not (kept.exists() and kept.stat().st_size > more):
            time.sleep(0.01)
        time.sleep(wait * rng.integers(0, 2))
        if process.poll() is None:
            process.kill()
            kills += 1
        _, said = process.communicate()
        assert process.returncode in (-signal.SIGKILL, 0, 3, 4), said.decode()
        if out.exists():
            assert out.read_bytes() == unbroken
            out.unlink()
    _, said = begun(name, folder, *words).communicate()
    assert out.read_bytes() == unbroken, said.decode()
    assert not kept.exists()
    return kills


def children(process: int) -> list[int]:
    """Return the processes that a process has begun."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_a_batch_in_two_processes(folder: Path, unbroken: bytes) -> None:
    kills = killed_at_random("killed", folder, unbroken)
    print(f"\n{kills} of {KILLS} commands in two processes killed, the same result each time")


def test_a_batch_of_which_single_processes_are_killed(folder: Path, unbroken: bytes) -> None:
    rng, kills, out = np.random.default_rng(2), 0, folder.parent / "workers.csv"
    while kills < KILLS:
        process = begun("workers", folder)
        while process.poll() is None:
            time.sleep(rng.uniform(1.0, 4.0))
            if process.poll() is None and out.with_name("workers.csv.checkpoint").exists() and kills < KILLS:
                workers = children(process.pid)
                os.kill(int(rng.choice(workers)), signal.SIGKILL) if workers else None
                kills += len(workers) > 0
        _, said = process.communicate()
        assert out.read_bytes() == unbroken, said.decode()
        out.unlink()
    print(f"\n{kills} processes of a batch killed, the same result each time")


def test_a_batch_on_a_cluster(folder: Path, unbroken: bytes, cluster: str) -> None:
    kills = killed_at_random("cluster", folder, unbroken, "--scheduler", cluster)
    print(f"\n{kills} of {KILLS} commands on a cluster killed, the same result each time")


def test_a_batch_on_a_cluster_of_which_workers_are_killed(folder: Path, unbroken: bytes, cluster: str) -> None:
    from distributed import Client

    rng, kills, out = np.random.default_rng(3), 0, folder.parent / "nanny.csv"
    with Client(cluster) as client:
        process = begun("nanny", folder, "--scheduler", cluster)
        while process.poll() is None:
            time.sleep(rng.uniform(4.0, 8.0))
            workers = list(client.run(os.getpid).values())
            if process.poll() is None and out.with_name("nanny.csv.checkpoint").exists() and workers:
                os.kill(int(rng.choice(workers)), signal.SIGKILL)
                kills += 1
    _, said = process.communicate()
    assert out.read_bytes() == unbroken, said.decode()
    print(f"\n{kills} workers of a cluster killed, the same result")
