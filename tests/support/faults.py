"""Kill commands at random moments, and see that the same command then ends as if nothing had been.

The long run, all commands, 40 kills each, figures at the end::

    python tests/support/faults.py --kills 40

Commands run in forks of this process, which has everything imported: what is killed is work, not its beginning. Every
round has a seed of its own: ``--first SEED --kills 1 --command train`` does it again.
"""

import argparse
import csv
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from safetensors import safe_open

from folders import THIRDPARTY
from specquant import journal

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGKILL", "SIGKILL", "SIGKILL")
"""What a round is ended by: a third of the rounds by what no process can heed."""
FILES = 200
"""Spectra that are quantified."""
SECONDS = 120.0
"""That a command may take."""
STEPS = 2
"""Steps of a training between checkpoints."""
HIDDEN = (".lock", ".partial")
"""Files that are there while a command works."""
PAGES = (".html", ".png")
"""Files that are drawn from the others."""
_TWICE = 0.2
"""Share of the signals that come twice, as from someone impatient."""


@dataclass(frozen=True)
class Command:
    """A command, and whether its tables and JSON say how long it took."""

    words: str
    timed: bool = False

    def results(self, folder: Path) -> dict[str, object]:
        """Return what was left, to compare: by bytes, or without the seconds it took; not the pages and pictures."""
        names = [name for name in sorted(left(folder)) if not name.endswith(PAGES)]
        return {name: self._result(folder / name) for name in names}

    def _result(self, path: Path) -> object:
        content = path.read_bytes()
        if not self.timed or path.suffix not in (".json", ".csv"):
            return content
        if path.suffix == ".json":
            return _without_seconds(json.loads(content))
        rows = list(csv.DictReader(content.decode().splitlines()))
        return [{key: value for key, value in row.items() if "seconds" not in key} for row in rows]


def _without_seconds(content: object) -> object:
    if isinstance(content, dict):
        return {key: _without_seconds(entry) for key, entry in content.items() if key != "seconds"}
    return [_without_seconds(entry) for entry in content] if isinstance(content, list) else content


def _unlike(one: object, other: object, where: str = "") -> Iterator[str]:
    """Yield where two results differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _unlike(one.get(key), other.get(key), f"{where} {key}".lstrip())
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _unlike(*pair, f"{where} {number}")
    elif one != other:
        yield where


def _quantify(suffix: str) -> Command:
    names = " ".join(f"in/{number}.csv" for number in range(FILES))
    return Command(f"quantify -t toy --method nnls --out out{suffix} {names}")


COMMANDS = {
    "quantify": _quantify(".csv"),
    "quantify-json": _quantify(".json"),
    "quantify-nc": _quantify(".nc"),
    "synthesize": Command("synthesize -t toy --samples 6000 --out out.nc"),
    "train": Command("train -t toy --recipe article --spectra 7680 --out out.safetensors"),
    "run": Command("run -t toy --preset tiny --out out in/0.csv in/1.csv in/2.csv", timed=True),
    "study": Command("study ablation -t toy --budget 2560 --seeds 1 --only counts --out out", timed=True),
    "study-article": Command("study article -t toy --budget 512 --seeds 1 --out out", timed=True),
}


def prepare(folder: Path) -> None:
    """Write the spectra that are quantified."""
    from specquant.discovery import load_technique

    axis = load_technique("toy").axis.centres
    chance = np.random.default_rng(1)
    (folder / "in").mkdir(parents=True)
    for number in range(FILES):
        heights = chance.uniform(0, 3e3, 4)
        lines = sum(h * np.exp(-0.5 * ((axis - e) / 2) ** 2) for h, e in zip(heights, (24, 52, 112, 178), strict=True))
        counts = chance.poisson(lines + 50.0)
        rows = "\n".join(f"{energy:.1f},{count}" for energy, count in zip(axis, counts, strict=True))
        (folder / f"in/{number}.csv").write_text(f"energy,counts\n{rows}\n")


def start(words: str, folder: Path, limit: int | None = None) -> int:
    """Begin a command in a fork, in a folder, and return its process; `limit`: bytes that a file may have."""
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        os.chdir(folder)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        code = _main(words)
    except BaseException as error:
        os.write(2, f"Traceback: {error!r}".encode())
    finally:
        os._exit(code)


def _main(words: str) -> int:
    from specquant.cli import main
    from specquant.learning import training
    from specquant.pipeline import running
    from specquant.study.article import curves, plan, scores

    training.CHECKPOINT_STEPS = STEPS
    running.PRESETS["tiny"] = running.Preset("article", 2560, 64)
    plan.DEPTHS = (1, 3)
    scores.RATIOS = scores.BAYES_RATIOS = curves.BAYES_RATIOS = (50.0, 3.8)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = words.split()
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def finish(process: int) -> int:
    """Wait for a process, and return its exit code, or the negative number of the signal that ended it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise TimeoutError(f"no end within {SECONDS} s")


def left(folder: Path) -> set[str]:
    """Return the files of a folder, without the inputs and what was printed."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith("in/") and not name.endswith(".log")}


def kept(folder: Path) -> tuple[int, int]:
    """Return what is done in a folder: files that are finished, and pieces in checkpoints (records, or steps)."""
    names = [name for name in left(folder) if not name.endswith((*HIDDEN, *PAGES))]
    checkpoints = [folder / name for name in names if name.endswith(".checkpoint")]
    return len(names) - len(checkpoints), sum(map(_pieces, checkpoints))


def _pieces(path: Path) -> int:
    """Return the whole records of a journal, or the steps of a training."""
    with path.open("rb") as file:
        if file.read(1) == b"{":
            return sum(1 for _ in journal._read_records(file))
    with safe_open(path, framework="pt") as tensors:
        return int(json.loads(tensors.metadata()["header"])["step"])


def is_less(now: tuple[int, int], before: tuple[int, int]) -> bool:
    """Say whether work was lost; a checkpoint goes when its file is finished."""
    return now[0] < before[0] or (now[0] == before[0] and 0 < now[1] < before[1]) or (now[0] == now[1] == 0 < before[1])


@dataclass
class Figures:
    """What became of the kills."""

    counts: Counter[str] = field(default_factory=Counter)
    interrupted: int = 0
    failures: list[str] = field(default_factory=list)


class Bench:
    """A command with its unbroken results."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.command = name, folder / name, COMMANDS[name]
        prepare(self.folder)
        began = time.monotonic()
        code = finish(start(self.command.words, self.folder))
        self.seconds = time.monotonic() - began
        assert code == 0, (self.folder / "stderr.log").read_text()
        self.unbroken = self.command.results(self.folder)
        self.files = left(self.folder)
        self.largest = max((self.folder / name).stat().st_size for name in self.files)
        self.clear()

    def clear(self) -> None:
        """Remove what was left."""
        for name in left(self.folder):
            (self.folder / name).unlink()

    def kill(self, seed: int, figures: Figures) -> None:
        """Kill the command one to three times at random moments, let it end, and compare."""
        chance = random.Random(f"{self.name} {seed}")
        where, killed, done = f"{self.name}, seed {seed}", False, (0, 0)
        for _ in range(chance.choice((1, 1, 2, 3))):
            name = chance.choice(SIGNALS)
            code = self._killed(name, chance.uniform(0.0, self.seconds), chance.random() < _TWICE)
            figures.counts[f"{self.name} {name}"] += 1
            killed |= name == "SIGKILL"  # what it leaves goes when the work is done
            figures.failures += [f"{where}, {name}: {problem}" for problem in self._problems(code, killed)]
            before, done = done, kept(self.folder)
            figures.interrupted += code != 0 and done[1] > 0
            if (code != 0 and is_less(done, before)) or self._said() > sum(done):
                figures.failures.append(f"{where}, {name}: work lost, {before} to {done}, {self._said()} said")
        code = finish(start(self.command.words, self.folder))
        if code != 0:
            figures.failures.append(f"{where}: the same command ended with {code}: {self._errors()}")
        elif self.command.results(self.folder) != self.unbroken:
            unlike = list(islice(_unlike(self.command.results(self.folder), self.unbroken), 5))
            figures.failures.append(f"{where}: another result: {', '.join(unlike)}")
        elif left(self.folder) != self.files:
            figures.failures.append(f"{where}: left {sorted(left(self.folder) ^ self.files)}")
        self.clear()

    def _killed(self, name: str, after: float, twice: bool) -> int:
        process = start(self.command.words, self.folder)
        time.sleep(after)
        for _ in range(1 + twice):
            os.kill(process, getattr(signal, name))  # it is ours until it is waited for
            time.sleep(0.003)
        return finish(process)

    def _problems(self, code: int, killed: bool) -> Iterator[str]:
        errors = self._errors()
        if "Traceback" in errors:
            yield f"traceback: {errors[-500:]}"
        if killed:
            return
        if code not in (0, 1) and (self.folder / "stderr.log").stat().st_size:
            yield f"ended with {code}"
        if hidden := self._hidden():
            yield f"left {hidden}"

    def _hidden(self) -> list[str]:
        """Return what a command has to take away when it ends."""
        return [name for name in left(self.folder) if name.endswith(HIDDEN)]

    def _said(self) -> int:
        """Return how many answers of `quantify` were shown, which is after they were kept."""
        shown = set(re.findall(r"in/\d+\.csv", (self.folder / "stdout.log").read_text()))
        return len(shown) if self.name.startswith("quantify") and not (self.folder / self._out).exists() else 0

    @property
    def _out(self) -> str:
        return self.command.words.partition("--out ")[2].split()[0]

    def _errors(self) -> str:
        return (self.folder / "stderr.log").read_text(errors="replace")

    def two(self, figures: Figures, seed: int) -> None:
        """Run the command twice at once: one is refused, or comes after the other; the result is right."""
        chance = random.Random(seed)
        first = start(self.command.words, self.folder)
        time.sleep(chance.uniform(0, self.seconds / 2))
        second = start(self.command.words, self.folder)  # its messages replace those of the first
        codes = sorted((finish(second), finish(first)))
        figures.counts[f"{self.name} two, {codes}"] += 1
        if codes not in ([0, 0], [0, 1]) or self.command.results(self.folder) != self.unbroken:
            figures.failures.append(f"{self.name}, two at once, seed {seed}: {codes} {self._errors()[-300:]}")
        if left(self.folder) != self.files:
            figures.failures.append(f"{self.name}, two, seed {seed}: left {sorted(left(self.folder) ^ self.files)}")
        self.clear()

    def full(self, figures: Figures, seed: int) -> None:
        """Let the command meet a full disk (files may not grow), then go on with room."""
        limit = random.Random(seed).randrange(1, self.largest)
        code = finish(start(self.command.words, self.folder, limit))
        figures.counts[f"{self.name} full, {code}"] += 1
        errors = self._errors()
        if code not in (0, 1) or "Traceback" in errors:
            figures.failures.append(f"{self.name}, full, {limit} bytes: {code} {errors[-500:]}")
        if hidden := self._hidden():
            figures.failures.append(f"{self.name}, full, {limit} bytes: left {hidden}")
        code = finish(start(self.command.words, self.folder))
        if code != 0 or self.command.results(self.folder) != self.unbroken or left(self.folder) != self.files:
            figures.failures.append(f"{self.name}, after full, {limit} bytes: {code} {self._errors()[-500:]}")
        self.clear()


def load() -> None:
    """Import all that commands need, once."""
    if str(THIRDPARTY) not in sys.path:
        sys.path.insert(0, str(THIRDPARTY))
    import specquant.cli
    import specquant.pipeline
    import specquant.session.keeping
    import specquant.study.ablation.study
    import specquant.study.article  # noqa: F401


def main() -> int:
    """Do the long run, and print figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=10, help="rounds for every command")
    options.add_argument("--two", type=int, default=2, help="rounds of two processes at once")
    options.add_argument("--full", type=int, default=3, help="rounds on a full disk")
    options.add_argument("--seconds", type=float, default=1e9, help="after which no round of kills begins")
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--command", action="append", choices=list(COMMANDS))
    given = options.parse_args()
    load()
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        for name in given.command or COMMANDS:
            began = time.monotonic()
            bench = Bench(name, Path(folder))
            for seed in range(given.first, given.first + given.kills):
                if time.monotonic() - began < given.seconds:
                    bench.kill(seed, figures)
            for seed in range(given.two):
                bench.two(figures, seed)
            for seed in range(given.full):
                bench.full(figures, seed)
            print(f"{name}: unbroken {bench.seconds:.2f} s, rounds took {time.monotonic() - began:.0f} s", flush=True)
    kills = sum(count for what, count in figures.counts.items() if what.rsplit(" ", 1)[1].startswith("SIG"))
    print(*sorted(figures.counts.items()), sep="\n")
    print(*figures.failures, sep="\n")
    print(f"{kills} kills, {figures.interrupted} of them with work begun, {len(figures.failures)} failures")
    return bool(figures.failures)


if __name__ == "__main__":
    sys.exit(main())
