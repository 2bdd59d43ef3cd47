"""Many files at once: files per second, memory, and what going on costs; prints all figures.

``pytest tests/benchmarks/test_batch.py -m benchmark -s``. SPECQUANT_FILES is their number, 1000 unless it is set;
SPECQUANT_METHOD is the method, hybrid unless it is set.
"""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from specquant.journal import checkpoint_beside
from specquant.session import open_session

pytestmark = pytest.mark.benchmark

FILES = int(os.environ.get("SPECQUANT_FILES", "1000"))
METHOD = os.environ.get("SPECQUANT_METHOD", "hybrid")
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


@dataclass(frozen=True)
class Ran:
    """A command that ran: seconds by the clock and of computing, and the largest memory of one process, GiB."""

    seconds: float
    computing: float
    peak: float


def run(*words: object, killed: bool = False) -> Ran:
    """Run a command; `killed`: it ends as it begins to write its table, as by a kill, and leaves its checkpoint."""
    stop = "writing.write_table = lambda columns, rows, path: (list(rows), said(), os._exit(9))"
    code = (
        "import os, resource, sys\n"
        "def said():\n"
        " peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        " print(f'peak {max(peaks)}', file=sys.stderr, flush=True)\n"
        f"from specquant.session import writing\n{stop if killed else ''}\n"
        "from specquant.cli import main\ntry: main()\nexcept SystemExit: pass\nsaid()"
    )
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == (9 if killed else 0), done.stderr
    computing = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(time.monotonic() - began, computing, int(done.stderr.rsplit("peak ", 1)[1]) / 2**20)


def test_files_in_two_processes_their_memory_and_going_on(files, tmp_path):
    """Speed, memory with a tenth, three tenths and all of the files, and what a command costs that finds all kept."""
    peaks = []
    for count in (FILES // 10, 3 * FILES // 10, FILES):
        out, begun = tmp_path / f"{count}.csv", os.getloadavg()[0]
        words = ("quantify", "-t", "xps", "--method", METHOD, *files[:count], "--jobs", JOBS, "--out", out)
        last = run(*words, killed=count == FILES)
        peaks.append(last.peak)
        speed = f"{count / last.seconds:.1f} files/s, {count / last.computing * JOBS:.1f} by seconds of computing"
        print(f"\n{count} files, {JOBS} processes: {speed}; {last.peak:.2f} GiB at most; load {begun:.1f}")
    assert checkpoint_beside(out).exists()
    size = checkpoint_beside(out).stat().st_size
    again = run(*words)
    print(
        f"\nall of {FILES} files kept ({size / 1e6:.0f} MB): read and written in {again.seconds:.1f} s, "
        f"{again.computing:.1f} s of computing, {1000 * again.computing / FILES:.1f} ms a file; {again.peak:.2f} GiB"
    )
    assert len(out.read_text().splitlines()) == FILES + 1
    assert max(peaks) < peaks[0] * 1.1 + 0.02
