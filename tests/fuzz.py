"""Spoil files and see that reading them ends in spectra or in an error of specquant's own: never in anything else.

The long run, over the files of a folder and those that ``xpsfiles`` makes up::

    python tests/fuzz.py --files 100000 --folder FOLDER

Every file is spoilt by a seed of its own, so that ``--first SEED --files 1`` does it again.
"""

import argparse
import faulthandler
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import xpsfiles
from specquant.discovery import load_technique
from specquant.errors import SpecquantError
from specquant.readers import place, read_file
from specquant.technique import RawSpectrum, Technique
from specquant_xps.readers import READERS

LARGEST = 400_000
"""Longer files are cut to this length first, mostly, as spoiling all of a large one takes too long."""
WHOLE = (".nxs", ".zip")
"""Files that say nothing without their end."""
SECONDS = 20
"""Of computing, for one file: on a busy machine the clock on the wall says little."""
MEMORY = 1 << 32
"""Bytes of address space, of which the libraries take more than half."""
BATCH = 1000
"""Files that one process reads."""
_ORIENTED = 2
"""Spectra of a file that are put on the axis: all of a large map would take too long."""
_NUMBER = re.compile(rb"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ODD = (b"0", b"-1", b"1e308", b"nan", b"inf", b"999999999", b"1000000000000", b"4294967295", b"0.0000001", b"", b"1,5")
_WHOLE = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x00FFFFFF, 1000000000)


class TooSlowError(Exception):
    """Reading one file took longer than allowed."""


@dataclass
class Result:
    """What became of the files: how many of each outcome, and the crashes with their seeds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_seed: int = -1


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        data[chance.randrange(len(data))] = chance.randrange(256)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _delete(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 2, 16, 300, 5000))]


def _double(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.choice((1, 16, 300, 5000))]


def _renumber(data: bytearray, chance: random.Random) -> None:
    """Put another number in place of one, mostly of the header."""
    start = chance.randrange(min(len(data), chance.choice((300, 3000, len(data)))))
    match = _NUMBER.search(data, start)
    if match:
        data[match.start() : match.end()] = chance.choice(_ODD)


def _claim(data: bytearray, chance: random.Random) -> None:
    """Put a large number in four bytes."""
    start = chance.randrange(max(1, min(len(data), chance.choice((600, 8192, len(data)))) - 4))
    order = chance.choice(("little", "big"))
    data[start : start + 4] = chance.choice(_WHOLE).to_bytes(4, order)


def _drop_line(data: bytearray, chance: random.Random) -> None:
    start = data.find(b"\n", chance.randrange(len(data)))
    end = data.find(b"\n", start + 1)
    if 0 <= start < end:
        del data[start:end]


def _end_lines_otherwise(data: bytearray, chance: random.Random) -> None:
    data[:] = data.replace(b"\r\n", b"\n").replace(b"\n", chance.choice((b"\r", b"\r\r\n", b"\n\n", b" ")))


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _cut,
    _delete,
    _double,
    _renumber,
    _renumber,
    _claim,
    _drop_line,
    _end_lines_otherwise,
)


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Return a file's content, spoilt in one to three ways."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if result:
            chance.choice(_WAYS)(result, chance)
    return bytes(result)


def seeds(folders: Sequence[Path], work: Path) -> list[tuple[str, bytes]]:
    """Return name and content of the files to spoil: those made up, and those of the folders."""
    folder = work / "originals"
    folder.mkdir()
    paths = xpsfiles.written(folder) + [path for other in folders for path in sorted(other.iterdir()) if path.is_file()]
    return [(path.name, path.read_bytes()) for path in paths]


def outcome(path: Path, technique: Technique) -> str:
    """Read a file, put some of its spectra on the axis, and say what came of it; whatever else happens is a crash."""
    try:
        raws = read_file(path, READERS)
    except SpecquantError as error:
        if "reader failed" in error.what or "failed to look" in error.what:
            raise RuntimeError(str(error)) from error  # the net under the readers, in which none should land
        return "refused on reading"
    assert raws
    for raw in raws:
        _check(raw)
    assert technique.orient is not None
    try:
        for raw in raws[:_ORIENTED]:
            place(technique.orient(raw), technique.axis, path)
    except SpecquantError:
        return "refused as spectrum"
    return "read"


def _check(raw: RawSpectrum) -> None:
    assert isinstance(raw.name, str)
    assert raw.energy.ndim == 1
    assert raw.energy.shape == raw.counts.shape
    assert raw.energy.dtype == raw.counts.dtype == np.float64


def _too_slow(*_: object) -> None:
    raise TooSlowError(f"more than {SECONDS} s")


def run(
    first: int, files: int, originals: Sequence[tuple[str, bytes]], work: Path, budget: float = float("inf")
) -> Iterator[Result]:
    """Spoil and read so many files; yield what became of them up to each."""
    technique, result, end = load_technique("xps"), Result(), time.monotonic() + budget
    before = signal.signal(signal.SIGPROF, _too_slow)
    try:
        for seed in range(first, first + files):
            if time.monotonic() > end:
                return
            chance = random.Random(seed)
            name, data = originals[seed % len(originals)]
            path = work / f"{seed}{Path(name).suffix}"
            cut = Path(name).suffix not in WHOLE and chance.random() < 0.95
            path.write_bytes(spoilt(data[:LARGEST] if cut else data, chance))
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            began = time.process_time()
            try:
                result.outcomes[outcome(path, technique)] += 1
            except Exception as error:
                result.outcomes["crash"] += 1
                result.crashes.append(f"seed {seed}, {name}: {type(error).__name__}: {error}")
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            took = time.process_time() - began
            if took > result.slowest:
                result.slowest, result.slowest_seed = took, seed
            path.unlink()
            yield result
    finally:
        signal.signal(signal.SIGPROF, before)


def batch(
    first: int, files: int, originals: Sequence[tuple[str, bytes]], work: Path, told: Path, memory: int
) -> Result:
    """Run a batch in a process of its own, so that one that dies, of memory or in a library, is told with its seed."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        warnings.simplefilter("ignore", RuntimeWarning)
        (result,) = deque(run(first, files, originals, work), maxlen=1)
        told.write_text(json.dumps([result.outcomes, result.crashes, result.slowest, result.slowest_seed]))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        outcomes, crashes, slowest, seed = json.loads(told.read_text())
        return Result(Counter(outcomes), crashes, slowest, seed)
    left = sorted(work.glob("[0-9]*"))
    for path in left:
        path.unlink()
    died = f"seed {left[-1].stem if left else '?'}: the process died, status {status}, {files} files from {first}"
    return Result(Counter({"crash": 1}), [died])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="files to spoil, beside those made up")
    parser.add_argument("--only", default="", help="spoil only files whose names end so")
    arguments = parser.parse_args()
    faulthandler.enable()
    load_technique("xps")
    began, total = time.monotonic(), Result()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        work = Path(name)
        originals = [pair for pair in seeds(arguments.folder, work) if pair[0].endswith(arguments.only)]
        end = arguments.first + arguments.files
        for first in range(arguments.first, end, BATCH):
            result = batch(first, min(BATCH, end - first), originals, work, work / "told.json", MEMORY)
            total.outcomes += result.outcomes
            total.crashes += result.crashes
            if result.slowest > total.slowest:
                total.slowest, total.slowest_seed = result.slowest, result.slowest_seed
            for crash in result.crashes:
                print(crash, flush=True)
            print(f"to {first + BATCH}: {time.monotonic() - began:.0f} s, {dict(total.outcomes)}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{sum(total.outcomes.values())} files in {time.monotonic() - began:.0f} s: {dict(total.outcomes)}")
    print(f"slowest {total.slowest:.2f} s (seed {total.slowest_seed}), peak memory {peak:.0f} MiB")
    return 1 if total.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
