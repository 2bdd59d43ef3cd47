"""Spoil files and see that reading them ends in spectra or in an error of specquant's own: never in anything else.

The long run, over the files that ``xpsfiles`` and ``edsformats`` make up, and those of folders::

    python tests/support/fuzz.py --minutes 5 --folder xps=FOLDER --folder eds=FOLDER
    SPECQUANT_FUZZ_MINUTES=5 pytest -m fuzz -s

Every file is spoilt by a seed of its own, so that ``--first SEED --files 1`` does it again. Foreign readers run where
they always do, in a process of their own; how many files end it is told, and is not a failure. That a file takes longer
than its time, or ends otherwise than in spectra or one clear line, is.
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
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

import edsformats
import xpsfiles
from specquant.discovery import Plugin, load_plugin
from specquant.errors import SpecquantError
from specquant.readers import on_axis, read_file, worker
from specquant.technique import RawSpectrum

LARGEST = 400_000
"""Longer files are cut to this length first, mostly, as spoiling all of a large one takes too long."""
WHOLE = (".nxs", ".zip", ".gz", ".elid", ".nc", ".hspy", ".h5oina", ".vgd")
"""Files that say nothing without their end."""
SECONDS = 10
"""Of computing in this process, for one file: on a busy machine the clock on the wall says little."""
WAITING = 40
"""On the clock, for one file, the other process included."""
MEMORY = 1 << 32
"""Bytes of address space, of which the libraries take more than half."""
BATCH = 500
"""Files that one process reads."""
LONGEST = 1500
"""Characters of an error message."""
TECHNIQUES = ("xps", "eds")
_ORIENTED = 2
"""Spectra of a file that are put on the axis: all of a large map would take too long."""
_NUMBER = re.compile(rb"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STRUCTURE = re.compile(rb"\n|PK[\x01-\x08]|OHDR|OCHK|TREE|SNOD|HEAP|GCOL|FRHP|BTHD|BTLF|</?\w+>|SOFH|EOFH|#")
"""Where structures of files begin: lines, members, HDF5's parts, XML's elements."""
_ODD = (b"0", b"-1", b"1e308", b"nan", b"inf", b"999999999", b"1000000000000", b"4294967295", b"0.0000001", b"", b"1,5")
_WHOLE = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x00FFFFFF, 1000000000)


class Spoilable(Protocol):
    """A file to spoil: it writes itself spoilt, named by the seed, and says what came of reading that."""

    @property
    def name(self) -> str: ...

    def write(self, seed: int, work: Path, chance: random.Random) -> Path: ...

    def outcome(self, path: Path) -> str: ...


@dataclass(frozen=True)
class Original:
    """A measured file to spoil: its name and content, its neighbour's, and for which technique."""

    name: str
    data: bytes
    technique: str = "xps"
    beside: bytes = b""

    def write(self, seed: int, work: Path, chance: random.Random) -> Path:
        return _spoilt_file(self, seed, work, chance)

    def outcome(self, path: Path) -> str:
        return f"{self.technique}: {outcome(path, self.technique)}"


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


def _claim_more(data: bytearray, chance: random.Random) -> None:
    """Put a large number in two or eight bytes."""
    size = chance.choice((2, 8))
    start = chance.randrange(max(1, min(len(data), chance.choice((600, 8192, len(data)))) - size))
    number = chance.choice((0, 1, (1 << (8 * size - 1)) - 1, (1 << 8 * size) - 1, 1 << (4 * size)))
    data[start : start + size] = number.to_bytes(size, chance.choice(("little", "big")))


def _cut_at_structure(data: bytearray, chance: random.Random) -> None:
    """Cut a file where a part of it begins, or at a sector's end."""
    starts = [match.start() for match in _STRUCTURE.finditer(bytes(data[:LARGEST]))]
    starts += list(range(0, len(data), 512))
    del data[chance.choice(starts) :]


def _swap(data: bytearray, chance: random.Random) -> None:
    """Exchange two pieces, as bad sectors do."""
    size = chance.choice((16, 512, 4096))
    if len(data) > 2 * size:
        one, other = (chance.randrange(len(data) - size) for _ in range(2))
        piece = bytes(data[one : one + size])
        data[one : one + size] = data[other : other + size]
        data[other : other + size] = piece


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _cut,
    _delete,
    _double,
    _renumber,
    _renumber,
    _claim,
    _claim_more,
    _cut_at_structure,
    _swap,
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


def seeds(folders: Sequence[tuple[str, Path]], work: Path) -> list[Original]:
    """Return the files to spoil: those made up, and those of folders, each of a technique."""
    paths = []
    for technique, written in (("xps", xpsfiles.written), ("eds", edsformats.written)):
        folder = work / f"originals-{technique}"
        folder.mkdir()
        paths += [(technique, path) for path in written(folder)]
    paths.append(("xps", edsformats.spectra(work / "originals-xps" / "xps.nc", "xps")))
    paths += [
        (technique, path) for technique, folder in folders for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    return [Original(path.name, path.read_bytes(), technique, _beside(path)) for technique, path in paths]


def _beside(path: Path) -> bytes:
    neighbour = path.with_suffix(edsformats.NEIGHBOURS.get(path.suffix, ".none"))
    return neighbour.read_bytes() if neighbour.is_file() else b""


@cache
def plugin(technique: str) -> Plugin:
    return load_plugin(technique)


def outcome(path: Path, technique: str) -> str:
    """Read a file, put some of its spectra on the axis, and say what came of it; whatever else happens is a crash."""
    known = plugin(technique)
    try:
        raws = read_file(path, known.readers)
    except SpecquantError as error:
        return refusal(error)
    assert raws
    for raw in raws[:100]:
        _check(raw)
    try:
        on_axis(raws[:_ORIENTED], known.technique, path)
    except SpecquantError:
        return "refused as spectrum"
    return "read"


def refusal(error: SpecquantError) -> str:
    """Say how a file was refused; what is not a clear line, or caught by the net under the readers, is a crash."""
    text = str(error)
    if any(words in error.what for words in ("reader failed", "failed to look", "could start")):
        raise RuntimeError(text) from error
    if "\n" in text or "Traceback" in text or len(text) >= LONGEST:
        raise RuntimeError(f"no clear line: {len(text)} letters, {text[:LONGEST]!r}") from error
    if "reader crashed" in str(error.found) or "broke off" in str(error.found):
        return "ended its reader"
    return "took its time" if "takes too long" in error.what else "refused on reading"


def _check(raw: RawSpectrum) -> None:
    assert isinstance(raw.name, str)
    assert raw.energy.ndim == 1
    assert raw.energy.shape == raw.counts.shape
    assert raw.energy.dtype == np.float64
    assert raw.counts.dtype.kind in "iuf"


def _too_slow(*_: object) -> None:
    raise TooSlowError(f"more than {SECONDS} s")


def run(
    first: int, files: int, originals: Sequence[Spoilable], work: Path, budget: float = float("inf")
) -> Iterator[Result]:
    """Spoil and read so many files; yield what became of them up to each."""
    result, end = Result(), time.monotonic() + budget
    before = signal.signal(signal.SIGPROF, _too_slow)
    try:
        for seed in range(first, first + files):
            if time.monotonic() > end:
                return
            chance = random.Random(seed)
            original = originals[seed % len(originals)]
            path = original.write(seed, work, chance)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            began, clock = time.process_time(), time.monotonic()
            try:
                result.outcomes[original.outcome(path)] += 1
                if time.monotonic() - clock > WAITING:
                    raise TooSlowError(f"{time.monotonic() - clock:.0f} s on the clock")
            except Exception as error:
                result.outcomes["crash"] += 1
                result.crashes.append(f"seed {seed}, {original.name}: {type(error).__name__}: {error}")
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            took = time.process_time() - began
            if took > result.slowest:
                result.slowest, result.slowest_seed = took, seed
            for left in work.glob(f"{seed}.*"):
                left.unlink()
            yield result
    finally:
        signal.signal(signal.SIGPROF, before)


def _spoilt_file(original: Original, seed: int, work: Path, chance: random.Random) -> Path:
    """Write a file, spoilt, with its neighbour, which is spoilt in its place now and then."""
    suffix = Path(original.name).suffix
    path = work / f"{seed}{suffix}"
    cut = suffix not in WHOLE and chance.random() < 0.95
    data, beside = original.data[:LARGEST] if cut else original.data, original.beside
    if beside and chance.random() < 0.3:
        beside = spoilt(beside, chance)
    else:
        data = spoilt(data, chance)
    path.write_bytes(data)
    if beside:
        path.with_suffix(edsformats.NEIGHBOURS[suffix]).write_bytes(beside)
    return path


def batch(first: int, files: int, originals: Sequence[Spoilable], work: Path, told: Path, budget: float) -> Result:
    """Run a batch in a process of its own, so that one that dies, of memory or in a library, is told with its seed."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        warnings.simplefilter("ignore", RuntimeWarning)
        result = deque(run(first, files, originals, work, budget), maxlen=1)
        worker.end()
        last = result[0] if result else Result()
        told.write_text(json.dumps([last.outcomes, last.crashes, last.slowest, last.slowest_seed]))
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


def campaign(
    originals: Sequence[Spoilable], work: Path, first: int, files: int, minutes: float, tell: Callable[[str], None]
) -> Result:
    """Run batch after batch until the files or the time are used up, and tell of crashes and progress."""
    began, total = time.monotonic(), Result()
    while first < files and (left := 60.0 * minutes - (time.monotonic() - began)) > 0:
        result = batch(first, min(BATCH, files - first), originals, work, work / "told.json", left)
        total.outcomes += result.outcomes
        total.crashes += result.crashes
        if result.slowest > total.slowest:
            total.slowest, total.slowest_seed = result.slowest, result.slowest_seed
        for crash in result.crashes:
            tell(crash)
        first += BATCH
        tell(f"to seed {first}: {time.monotonic() - began:.0f} s, {dict(total.outcomes)}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    tell(f"{sum(total.outcomes.values())} files in {time.monotonic() - began:.0f} s: {dict(total.outcomes)}")
    tell(f"slowest {total.slowest:.2f} s of computing here (seed {total.slowest_seed}), peak memory {peak:.0f} MiB")
    return total


def measured(folder: Path) -> list[tuple[str, Path]]:
    """Return the folders of measured files, where there are."""
    pairs = [("xps", folder / "xps" / "raw"), ("eds", folder / "eds" / "formats")]
    return [(technique, path) for technique, path in pairs if path.is_dir()]


def _folder(text: str) -> tuple[str, Path]:
    technique, _, path = text.partition("=")
    if technique not in TECHNIQUES or not path:
        raise argparse.ArgumentTypeError(f"{text}: wanted xps=FOLDER or eds=FOLDER")
    return technique, Path(path)


def options(about: str | None, files: int) -> argparse.ArgumentParser:
    """Return the options of a campaign; `files` is how many it spoils by default."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=files)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    return parser


def main() -> int:
    parser = options(__doc__, 10**9)
    parser.add_argument("--folder", type=_folder, action="append", default=[], help="files to spoil: xps=FOLDER")
    parser.add_argument("--only", default="", help="spoil only files whose names end so")
    arguments = parser.parse_args()
    faulthandler.enable()
    for technique in TECHNIQUES:
        plugin(technique)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        work = Path(name)
        originals = [one for one in seeds(arguments.folder, work) if one.name.endswith(arguments.only)]
        end = arguments.first + arguments.files
        total = campaign(originals, work, arguments.first, end, arguments.minutes, lambda text: print(text, flush=True))
    return 1 if total.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
