"""Many files at once: files per second, memory, and what going on costs; prints all figures.

``pytest tests/benchmarks/test_batch.py -m benchmark -s``. SPECQUANT_FILES is their number, 1000 unless it is set.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from specquant.journal import checkpoint_beside
from specquant.session import open_session

pytestmark = pytest.mark.benchmark

FILES = int(os.environ.get("SPECQUANT_FILES", "1000"))
JOBS = 2


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    """Return surveys of the recipe field as text files, as a laboratory exports them."""
    session, folder = open_session("xps"), tmp_path_factory.mktemp("surveys")
    made = session.synthesizer(session.recipe("field"), 5, "evaluation")
    energies, paths = session.technique.axis.centres, []
    for index in range(-(-FILES // 256)):
        batch = made.block(index)
        for counts, observed in zip(batch.counts.numpy(), batch.observed.numpy(), strict=True):
            if len(paths) == FILES:
                break
            rows = zip(energies[observed], counts[observed].round().astype(int), strict=True)
            paths.append(folder / f"{len(paths):05}.csv")
            lines = [f"{energy:.1f},{count}" for energy, count in rows]
            paths[-1].write_text("\n".join(["Binding energy (eV),Counts", *lines, ""]))
    return paths


def run(*words: object) -> tuple[float, float, float]:
    """Run a command, and return its seconds, those of computing, and the largest memory of one process, GiB."""
    code = (
        "import resource, sys\nfrom specquant.cli import main\ntry: main()\nexcept SystemExit: pass\n"
        "peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "print(f'peak {max(peaks)}', file=sys.stderr)"
    )
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True, bufsize=-1
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    computing = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, computing, int(done.stderr.rsplit("peak ", 1)[1]) / 2**20


def test_files_by_hybrid_in_two_processes(files, tmp_path):
    out = tmp_path / "all.csv"
    few = run("quantify", "-t", "xps", *files[: FILES // 10], "--jobs", JOBS, "--out", tmp_path / "few.csv")
    seconds, computing, peak = run("quantify", "-t", "xps", *files, "--jobs", JOBS, "--out", out)
    speed = f"{FILES / seconds:.1f} files/s, {FILES / computing * JOBS:.1f} by seconds of computing"
    print(f"\n{FILES} files, {JOBS} processes: {speed}; {peak:.2f} GiB at most, {few[2]:.2f} GiB with a tenth of them")
    assert len(out.read_text().splitlines()) == FILES + 1
    assert peak < few[2] * 1.1 + 0.02


def test_going_on_costs_little(files, tmp_path):
    """A command that was killed at its very end goes through all files again, and computes none."""
    out, some = tmp_path / "all.csv", files[:1000]
    code = (
        "import os\nfrom specquant.session import writing\n"
        "writing.write_table = lambda columns, rows, path: (list(rows), os._exit(9))\n"
        "from specquant.cli import main\nmain()"
    )
    words = ["quantify", "-t", "xps", *map(str, some), "--jobs", str(JOBS), "--out", str(out)]
    subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=False)
    assert checkpoint_beside(out).exists()
    seconds, computing, _ = run(*words)
    print(f"\nall of {len(some)} files kept: read and written in {seconds:.1f} s, {computing:.1f} s of computing")
