"""Maps of known truth: accuracy, coverage, rare phases, speed beside peers, and memory; prints all figures.

``pytest tests/benchmarks/test_maps.py -m benchmark -s``; the table at the end is that of docs/results/maps.md. Peers
are the extra ``peers``; the measured spectra need SPECQUANT_REAL_DATA.
"""

import csv
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks_peers import PEERS
from mapmaking import bright_spectra, quarters, synthetic_map
from specquant.compositions import parse_amounts
from specquant.elements import atomic_fractions
from specquant.errors import SpectrumError
from specquant.maps import MapResult, quantify_map
from specquant.maps.answering import Answerer
from specquant.maps.blocks import BlockTask
from specquant.maps.planning import Planner
from specquant.progress import Report, no_report
from specquant.quantifiers import Z90
from specquant.readers import read_file
from specquant.session import Session, open_session
from specquant.technique import MapAxis, RawMap, Technique
from specquant_eds.instrument import NITRIDE_WINDOW

pytestmark = pytest.mark.benchmark

GLASSES = ("GMIIIA_K412[0][4]", "GMIIIA_K240[0][4]", "GMIIIA_K411[0][4]", "GMIIIA_K227[0][4]")
MINERALS = ("MMM2_Plagioclaise[0][4]", "MMM1_Almandine_Garnet[0][4]", "MMM1_Diopside[0][4]", "MMM1_Bustamite[0][4]")
CHANNELS = 2048
LEVELS = (200.0, 1000.0, 5000.0)
"""Counts of a pixel."""
INSTRUMENTS = 72
"""Instruments of the recipe ``field`` that intervals are counted on: the share is known to about 0.012 then."""
Table = list[tuple[str, str]]


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """Collect what is printed at the end, as a table for the documentation."""
    rows: Table = []
    yield rows
    print("\n\n| what | figure |\n|---|---|", *(f"| {what} | {figure} |" for what, figure in rows), sep="\n")


def certified(session: Session, folder: Path, name: str) -> tuple[RawMap, np.ndarray, np.ndarray]:
    """Return a certified spectrum as the record of a map without pixels, its counts, and its atomic fractions."""
    file = f"unknowns/{name}.msa"
    raw = read_file(folder / "eds" / file, session.plugin.readers)[0]
    with (folder / "eds" / "labels.csv").open(newline="") as rows:
        composition = next(row["composition_wt_percent"] for row in csv.DictReader(rows) if row["file"] == file)
    amounts = parse_amounts(composition)
    weight = np.array([amounts.get(symbol, 0.0) for symbol in session.technique.elements])
    counts = np.asarray(raw.counts)[:CHANNELS].astype(np.int64)
    record = RawMap("map", np.asarray(raw.energy)[:CHANNELS], counts, (), raw.stated, raw.facts)
    return record, counts, atomic_fractions(weight, session.technique.elements)


def thinned(spectra: list[np.ndarray], labels: np.ndarray, counts: float, seed: int) -> np.ndarray:
    """Return a map (row, column, channel) of spectra of which every count stays by chance."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((*labels.shape, CHANNELS), np.uint8)
    for number, each in enumerate(spectra):
        there = np.argwhere(labels == number)
        pixels[tuple(there.T)] = rng.binomial(each[None], counts / each.sum(), size=(len(there), CHANNELS))
    return pixels


def repeated(tile: np.ndarray, times: int) -> np.ndarray:
    """Return a map of tiles (row, column, channel), so many along each side, with one count more in each row.

    Without it all sums would be multiples of a number, which is then taken for one count.
    """
    counts, rng = np.tile(tile, (times, times, 1)), np.random.default_rng(1)
    rows, columns, _ = counts.shape
    counts[np.arange(rows), rng.integers(columns, size=rows), rng.integers(CHANNELS // 2, size=rows)] += 1
    return counts


def map_of(record: RawMap, counts: np.ndarray) -> RawMap:
    return RawMap("map", record.energy, counts, (MapAxis("y"), MapAxis("x")), record.stated, record.facts)


def with_window(raw: RawMap) -> RawMap:
    """Return a map of the certified spectra's detector with the window that their files do not state."""
    return replace(raw, stated={**raw.stated, **NITRIDE_WINDOW})


def accuracy(session: Session, fraction: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean accuracy of fractions (pixel, element), over the elements that the technique compares."""
    compared = np.isin(session.technique.elements, session.technique.compared)
    known, seen = truth * compared, fraction * compared
    seen = seen / seen.sum(axis=1, keepdims=True)
    return float(1 - 0.5 * np.abs(seen - known / known.sum()).sum(axis=1).mean())


@dataclass(frozen=True)
class Score:
    """Accuracy, and the shares of intervals of elements of at least 1 at% that hold the truth.

    `holds` is that of the pixels' intervals, `of_phases` that of the intervals of their phases, and
    `by_counting` the share of pixels within 1.645 standard errors of counting of their phase's own fraction.
    """

    accuracy: float
    holds: float
    of_phases: float
    by_counting: float

    @property
    def shares(self) -> str:
        """The shares in words."""
        return (
            f"intervals of pixels hold {self.holds:.3f}, of phases {self.of_phases:.3f}; counting alone holds "
            f"{self.by_counting:.3f} of the phases' own fractions"
        )


def scored(session: Session, result: MapResult, labels: np.ndarray, truths: list[np.ndarray]) -> Score:
    """Return how right a map is, whose pixels with a label have one of the true compositions (element,)."""
    places = [session.technique.elements.index(symbol) for symbol in result.symbols]
    fraction, lower, upper, counting = (
        np.moveaxis(result.dataset[name].values, 0, -1) for name in ("fraction", "lower", "upper", "counting_error")
    )
    of_phases = [result.dataset[f"phase_{name}"].values for name in ("lower", "upper", "fraction")]
    accuracies, holds, hold_phases, counted = [], [], [], []
    for number, truth in enumerate(truths):
        there = labels == number
        whole = np.zeros((int(there.sum()), len(session.technique.elements)))
        whole[:, places] = fraction[there]
        accuracies.append(accuracy(session, whole, truth))
        present = truth[places] >= 0.01
        inside = (lower[there] <= truth[places]) & (truth[places] <= upper[there])
        holds += inside[:, present].mean(axis=0).tolist()
        phase = np.bincount(result.dataset["phase"].values[there].clip(0)).argmax()
        low, high, own = (ends[phase] for ends in of_phases)
        counted += (
            (abs(fraction[there] - own) <= Z90 * counting[there])[:, present & (own >= 0.01)].mean(axis=0).tolist()
        )
        hold_phases += ((low <= truth[places]) & (truth[places] <= high))[present].tolist()
    return Score(*(float(np.mean(each)) for each in (accuracies, holds, hold_phases, counted)))


@dataclass(frozen=True)
class Part:
    """What the intervals of one element's pixels in one phase are made of, and how often they hold.

    `away` is the error of the mean of the pixels in standard errors of what they share; `expected` is the share of
    pixels that a normal law of the stated error of counting puts into intervals of the stated errors about that mean.
    """

    symbol: str
    counting: float
    shared: float
    away: float
    holds: float
    expected: float


def parts_of(session: Session, result: MapResult, labels: np.ndarray, truths: list[np.ndarray]) -> list[Part]:
    """Return the parts of intervals of elements of at least 1 at%, for every phase with a true composition."""
    parts = []
    for number, truth in enumerate(truths):
        of_phase = {name: result.dataset[name].values[:, labels == number] for name in PARTS}
        for row, symbol in enumerate(result.symbols):
            true = truth[session.technique.elements.index(symbol)]
            if true < 0.01:
                continue
            fraction, lower, upper, error, counting = (of_phase[name][row].astype(float) for name in PARTS)
            own, both, bias = counting.mean(), error.mean(), fraction.mean() - true
            shared = np.sqrt(both**2 - own**2)
            holds = ((lower <= true) & (true <= upper)).mean()
            expected = norm.cdf((Z90 * both - bias) / own) - norm.cdf((-Z90 * both - bias) / own)
            parts.append(Part(symbol, own, shared, bias / shared, holds, expected))
    return parts


PARTS = ("fraction", "lower", "upper", "error", "counting_error")


def lines_of(parts: list[Part]) -> Iterator[str]:
    """Yield a line for oxygen, silicon, and all other elements."""
    for name, some in (
        ("O", [part for part in parts if part.symbol == "O"]),
        ("Si", [part for part in parts if part.symbol == "Si"]),
        ("others", [part for part in parts if part.symbol not in ("O", "Si")]),
    ):
        away = np.sqrt(np.mean([part.away**2 for part in some]))
        own, shared = (100 * np.mean([getattr(part, part_of) for part in some]) for part_of in ("counting", "shared"))
        holds, expected = (np.mean([getattr(part, part_of) for part in some]) for part_of in ("holds", "expected"))
        yield (
            f"  {name}, {len(some)} phases: counting {own:.2f} at%, shared {shared:.2f}, of which the phases err by "
            f"{away:.2f}; pixels hold {holds:.3f}, by a normal law {expected:.3f}"
        )


@pytest.mark.parametrize(("kind", "names"), [("glasses", GLASSES), ("minerals", MINERALS)])
def test_thinned_certified_spectra(session, real_data, table, kind, names):
    parts = [certified(session, real_data, name) for name in names]
    row, column = np.indices((64, 64)) // 16 % 2
    labels = 2 * row + column
    truths = [truth for _, _, truth in parts]
    for counts in LEVELS:
        raw = map_of(parts[0][0], thinned([each for _, each, _ in parts], labels, counts, 1))
        free = quantify_map(session, raw)
        listed = [session.technique.elements[i] for i in np.flatnonzero(np.max(truths, axis=0) > 1e-4)]
        told = quantify_map(session, raw, constraints=session.constraints(listed))
        one = scored(session, free, labels, truths)
        other = scored(session, told, labels, truths)
        figure = f"accuracy {one.accuracy:.3f}, {other.accuracy:.3f} with the elements given; {one.shares}"
        table.append((f"four certified {kind}, {counts:.0f} counts", figure))
        print(f"\n{kind}, {counts:.0f} counts: {figure}; phases {len(free.plan.phases)}")
        if counts == 1000.0:
            assert one.accuracy > other.accuracy - 0.01
            stated = quantify_map(session, with_window(raw))
            window = scored(session, stated, labels, truths)
            for which, each in (("found", free), ("stated", stated)):
                print(
                    f"  parts of intervals, the window {which}:",
                    *lines_of(parts_of(session, each, labels, truths)),
                    sep="\n",
                )
            table.append((f"the same {kind}, the window stated", f"accuracy {window.accuracy:.3f}; {window.shares}"))
            print(f"  the window stated: accuracy {window.accuracy:.3f}; {window.shares}")


def test_intervals_on_synthetic_maps_of_many_instruments(session, table):
    """Spectra of the recipe ``field``, each thinned to a map of one phase: truth is known, and so is the instrument."""
    technique, instruments = session.technique, bright_spectra(session, INSTRUMENTS)
    for counts in LEVELS[1:]:
        scores, right, as_said = [], [], []
        for seed, one in enumerate(instruments):
            raw = synthetic_map(technique, one, counts, seed)
            truth = one.fraction.numpy()[0].astype(float)
            try:
                result = quantify_map(session, raw)
            except SpectrumError as error:
                print(f"\n{seed}: {error}")
                continue
            labels = np.zeros(raw.counts.shape[:2], int)
            scores.append(scored(session, result, labels, [truth]))
            as_said.append(scored(session, result, labels, [in_the_fractions(technique, truth, result)]).holds)
            there = {technique.elements[index] for index in np.flatnonzero(truth >= 0.01)}
            right.append(there <= set(result.symbols))
        figure = Score(*np.mean([astuple(each) for each in scores], axis=0)).shares
        complete = np.mean([one.holds for one, is_right in zip(scores, right, strict=True) if is_right])
        figure += f"; no element of 1 at% is missed on {sum(right)}, where pixels' intervals hold {complete:.3f}; "
        figure += f"of all, without the carbon that is taken for a coat, {np.mean(as_said):.3f}"
        table.append((f"{len(scores)} synthetic instruments, {counts:.0f} counts", figure))
        print(f"\n{len(scores)} synthetic instruments, {counts:.0f} counts: {figure}")


def in_the_fractions(technique: Technique, truth: np.ndarray, result: MapResult) -> np.ndarray:
    """Return true fractions without what an answer says it leaves aside: coats, and elements that want to be listed."""
    assert technique.fit is not None
    aside = {"C", *technique.fit.decisions.only_if_listed} - set(result.symbols)
    kept = truth * ~np.isin(technique.elements, sorted(aside))
    return np.asarray(kept / kept.sum())


def test_a_rare_phase_of_twenty_pixels(session, real_data, table):
    names = GLASSES[:3]  # not the lead glass: hybrid finds fluorine in its certified spectrum, too
    parts = [certified(session, real_data, name) for name in (*names, "MMM2_SrTiO3[0][4]")]
    every = {session.technique.elements[i] for _, _, truth in parts for i in np.flatnonzero(truth > 0)}
    found = false = 0
    draws = 20
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        labels = rng.permutation(np.repeat([0, 1, 2], [22, 21, 21])).reshape(8, 8).repeat(12, axis=0).repeat(12, axis=1)
        y, x = rng.integers(0, 92), rng.integers(0, 91)
        labels[y : y + 4, x : x + 5] = 3
        result = quantify_map(
            session, map_of(parts[0][0], thinned([each for _, each, _ in parts], labels, 1000.0, seed))
        )
        found += {"Sr", "Ti"} <= set(result.symbols)
        extra = set(result.symbols) - every
        false += len(extra)
        print(
            f"\n{seed}: {len(result.plan.phases)} phases, {'found' if 'Sr' in result.symbols else 'missed'}",
            extra or "",
        )
    figure = f"found in {found} of {draws} draws; elements that no phase has: {false / draws:.2f} per map"
    table.append(("rare phase of 20 pixels with Sr, 1000 counts", figure))
    print(f"rare phase {figure}")
    assert found >= 0.95 * draws


def test_speed_beside_peers(session, real_data, table):
    """All are timed by what they compute, on one thread: a busy machine does not matter."""
    parts = [certified(session, real_data, name) for name in GLASSES]
    tile = thinned(
        [each for _, each, _ in parts], quarters(64, 64) + 2 * (np.indices((64, 64))[1] % 32 < 16), 1000.0, 1
    )
    counts = repeated(tile, 2)
    raw = map_of(parts[0][0], counts)
    planner = Planner(session, raw, None, 100.0, map)
    session.methods(["hybrid"])
    began = time.process_time()
    plan = planner.plan()
    planned = time.process_time()
    answerer = Answerer(planner.pieces, plan.channels, plan.phases, plan.elements, planner.pieces.grid.size)
    for block in planner.pieces.grid.blocks():
        answerer(BlockTask.of(block, plan.sides, plan.labels))
    ended = time.process_time()
    pixels = counts[..., 0].size
    ours = pixels / (ended - planned)
    print(f"\nspecquant: {ours:.0f} pixels per second of computing on one core, with errors, limits and the search")
    print(
        f"  phases and instrument before that: {planned - began:.1f} s of computing, whatever the size but for a scan"
    )
    what = f"{counts.shape[0]} x {counts.shape[1]} x {CHANNELS}, {len(plan.elements)} elements"
    table.append((f"{what}: pixels, with errors, limits and the search", f"{ours:.0f} px/s per core"))
    table.append(("phases and instrument before that", f"{planned - began:.1f} s of computing"))
    columns = plan.phases[0].basis.columns
    used = np.zeros((len(columns), CHANNELS))
    bands = plan.channels
    used[:, bands.used] = np.repeat(columns / bands.width, bands.width, axis=1)
    elements = [session.technique.elements[index] for index in plan.elements]
    fastest = 0.0
    for name, peer in PEERS.items():
        try:
            speed = peer(raw.energy, counts, elements, used)
        except ImportError as error:
            print(f"{name}: not installed ({error.name})")
            continue
        fastest = max(fastest, speed)
        table.append((f"{name}, given the elements, intensities alone", f"{speed:.0f} px/s per core"))
        print(f"{name}: {speed:.0f} pixels per second of computing, given the elements, intensities alone")
    table.append(("ours over the fastest of them", f"{ours / fastest:.1f}"))
    print(f"ours over the fastest of them: {ours / fastest:.1f}")


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_whole_way_of_a_map(session, real_data, tmp_path, table, jobs):
    """512 x 512 x 2048, from counts in memory to a file: seconds on the clock, which want free cores."""
    parts = [certified(session, real_data, name) for name in GLASSES]
    tile = thinned([each for _, each, _ in parts], quarters(128, 128), 1000.0, 1)
    counts = repeated(tile, 4)
    raw = map_of(parts[0][0], counts)
    session.methods(["hybrid"])
    stages: list[tuple[str, float]] = []

    def watch(title: str, _: int) -> Report:
        stages.append((title, time.process_time()))
        return no_report

    began, computing = time.monotonic(), time.process_time()
    result = quantify_map(session, raw, tmp_path / "map.nc", jobs=jobs, watch=watch)
    seconds, ended = time.monotonic() - began, time.process_time()
    computing = ended - computing
    pixels = raw.counts[..., 0].size
    print()
    for (title, since), (_, until) in pairwise([*stages, ("", ended)]):
        print(f"  {title}: {1e9 * (until - since) / pixels:.0f} ns of computing per pixel")
    figure = f"{pixels / seconds:.0f} px/s by the clock, {pixels / computing:.0f} px/s by seconds of computing"
    table.append((f"512 x 512 x {CHANNELS}, {len(result.symbols)} elements, the whole way, {jobs} threads", figure))
    print(f"\n{jobs} threads: {figure}")


@pytest.mark.long
def test_memory_of_a_map_larger_than_it(session, tmp_path, real_data, table):
    """A map of 4.3 GB, the same pixels again and again but for a count, quantified by the command in its own process.

    With not one count more, all sums would be multiples of a number, which is then taken for one count.
    """
    parts = [certified(session, real_data, name) for name in GLASSES]
    tile = thinned([each for _, each, _ in parts], quarters(128, 128), 1000.0, 1).astype("<u2")
    path, side, rng = tmp_path / "large.rpl", 1024, np.random.default_rng(1)
    with path.with_suffix(".raw").open("wb") as file:
        for _ in range(side // 128):
            for row in tile:
                pixels = np.tile(row, (side // 128, 1))
                pixels[rng.integers(side), rng.integers(CHANNELS)] += 1
                file.write(pixels.tobytes())
    energy = parts[0][0].energy
    lines = ["key\tvalue", f"width\t{side}", f"height\t{side}", f"depth\t{CHANNELS}", "offset\t0", "data-length\t2"]
    lines += ["data-type\tunsigned", "byte-order\tlittle-endian", "record-by\tvector", "beam-energy\t15"]
    lines += [
        f"depth-scale\t{energy[1] - energy[0]}",
        f"depth-origin\t{energy[0]}",
        "depth-units\teV",
        "elevation-angle\t35",
        "",
    ]
    path.write_text("\n".join(lines))
    words = ["quantify", "-t", "eds", str(path), "--out", str(tmp_path / "large.nc")]
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "from specquant.cli import main; main()", *words], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    figure = f"{used.ru_maxrss / 2**20:.2f} GiB at most, {used.ru_utime + used.ru_stime:.0f} s of computing, "
    figure += f"{time.monotonic() - began:.0f} s"
    table.append(
        (f"{side} x {side} x {CHANNELS} in 16 bits, {path.with_suffix('.raw').stat().st_size / 1e9:.1f} GB", figure)
    )
    print(f"\n4.3 GB: {figure}")
    assert used.ru_maxrss < 2 * 2**20
