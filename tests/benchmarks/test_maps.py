"""Maps of known truth: accuracy, coverage, rare phases, speed beside peers, and memory; prints all figures.

``pytest tests/benchmarks/test_maps.py -m benchmark -s``
"""

import csv
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks_peers import PEERS
from mapmaking import drawn, quarters, raw_map, spectrum
from specquant.compositions import parse_amounts
from specquant.elements import atomic_fractions
from specquant.maps import quantify_map
from specquant.maps.answering import Answerer
from specquant.maps.blocks import BlockTask
from specquant.maps.planning import Planner
from specquant.readers import read_file
from specquant.session import Session, open_session
from specquant.technique import MapAxis, RawMap

pytestmark = pytest.mark.benchmark

GLASSES = ("GMIIIA_K412[0][4]", "GMIIIA_K240[0][4]", "GMIIIA_K411[0][4]", "GMIIIA_K227[0][4]")
MINERALS = ("MMM2_Plagioclaise[0][4]", "MMM1_Almandine_Garnet[0][4]", "MMM1_Diopside[0][4]", "MMM1_Bustamite[0][4]")
CHANNELS = 2048


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


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


def map_of(record: RawMap, counts: np.ndarray) -> RawMap:
    return RawMap("map", record.energy, counts, (MapAxis("y"), MapAxis("x")), record.stated, record.facts)


def accuracy(session: Session, fraction: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean accuracy of fractions (pixel, element), over the elements that the technique compares."""
    compared = np.isin(session.technique.elements, session.technique.compared)
    known, seen = truth * compared, fraction * compared
    seen = seen / seen.sum(axis=1, keepdims=True)
    return float(1 - 0.5 * np.abs(seen - known / known.sum()).sum(axis=1).mean())


def scored(session: Session, result, labels: np.ndarray, truths: list[np.ndarray]) -> tuple[float, float, float]:
    """Return accuracy, and the shares of intervals that hold the truth and, by counting alone, the phase's mean."""
    places = [session.technique.elements.index(symbol) for symbol in result.symbols]
    fraction, lower, upper = (
        np.moveaxis(result.dataset[name].values, 0, -1) for name in ("fraction", "lower", "upper")
    )
    accuracies, holds = [], []
    for number, truth in enumerate(truths):
        there = labels == number
        whole = np.zeros((int(there.sum()), len(session.technique.elements)))
        whole[:, places] = fraction[there]
        accuracies.append(accuracy(session, whole, truth))
        present = truth[places] >= 0.01
        inside = (lower[there] <= truth[places]) & (truth[places] <= upper[there])
        holds.append(inside[:, present].mean())
    return float(np.mean(accuracies)), float(np.mean(holds)), float(min(holds))


@pytest.mark.parametrize("names", [GLASSES, MINERALS], ids=["glasses", "minerals"])
def test_thinned_certified_spectra(session, real_data, names):
    parts = [certified(session, real_data, name) for name in names]
    row, column = np.indices((64, 64)) // 16 % 2
    labels = 2 * row + column
    truths = [truth for _, _, truth in parts]
    for counts in (200.0, 1000.0, 5000.0):
        raw = map_of(parts[0][0], thinned([each for _, each, _ in parts], labels, counts, 1))
        free = quantify_map(session, raw)
        listed = [session.technique.elements[i] for i in np.flatnonzero(np.max(truths, axis=0) > 1e-4)]
        told = quantify_map(session, raw, constraints=session.constraints(listed))
        one, hold, least = scored(session, free, labels, truths)
        other = scored(session, told, labels, truths)[0]
        print(
            f"\n{counts:.0f} counts: accuracy {one:.4f}, told the elements {other:.4f}; intervals hold {hold:.3f} "
            f"(least of a phase {least:.3f}); phases {len(free.plan.phases)}"
        )
        if counts == 1000.0:
            assert one > other - 0.01


def test_intervals_on_synthetic_maps_of_the_nominal_instrument(session):
    """The truth is of the model, so that only counting and the model's stated errors count."""
    compositions = [{"O": 0.6, "Si": 0.2, "Al": 0.1, "Fe": 0.1}, {"O": 0.5, "Ca": 0.2, "P": 0.2, "Mg": 0.1}]
    spectra = [spectrum(session, each) for each in compositions]
    truths = [np.array([each.get(symbol, 0.0) for symbol in session.technique.elements]) for each in compositions]
    labels = quarters(64, 64)
    for counts in (200.0, 1000.0):
        result = quantify_map(session, raw_map(session, drawn(spectra, labels, counts, 1)))
        print(f"\n{counts:.0f} counts: accuracy {scored(session, result, labels, truths)}")


def test_a_rare_phase_of_twenty_pixels(session, real_data):
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
    print(f"rare phase found in {found} of {draws}; elements that no phase has: {false / draws:.2f} per map")
    assert found >= 0.95 * draws


def test_speed_beside_peers(session, real_data):
    """All are timed by what they compute, on one thread: a busy machine does not matter."""
    parts = [certified(session, real_data, name) for name in GLASSES]
    tile = thinned(
        [each for _, each, _ in parts], quarters(64, 64) + 2 * (np.indices((64, 64))[1] % 32 < 16), 1000.0, 1
    )
    counts = np.tile(tile, (2, 2, 1))
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
    columns = plan.phases[0].basis.columns
    used = np.zeros((len(columns), CHANNELS))
    used[:, plan.channels.used] = columns
    elements = [session.technique.elements[index] for index in plan.elements]
    fastest = 0.0
    for name, peer in PEERS.items():
        try:
            speed = peer(raw.energy, counts, elements, used)
        except ImportError as error:
            print(f"{name}: not installed ({error.name})")
            continue
        fastest = max(fastest, speed)
        print(f"{name}: {speed:.0f} pixels per second of computing, given the elements, intensities alone")
    print(f"ours over the fastest of them: {ours / fastest:.1f}")


@pytest.mark.long
def test_memory_of_a_map_larger_than_it(session, tmp_path, real_data):
    """A map of 4.3 GB, the same pixels again and again, quantified by the command in a process of its own."""
    parts = [certified(session, real_data, name) for name in GLASSES]
    tile = thinned([each for _, each, _ in parts], quarters(128, 128), 1000.0, 1).astype("<u2")
    path, side = tmp_path / "large.rpl", 1024
    with path.with_suffix(".raw").open("wb") as file:
        for _ in range(side // 128):
            for row in tile:
                file.write(np.tile(row, (side // 128, 1)).tobytes())
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
    print(
        f"\n{path.with_suffix('.raw').stat().st_size / 1e9:.1f} GB: {used.ru_maxrss / 2**20:.2f} GiB at most, "
        f"{used.ru_utime + used.ru_stime:.0f} s of computing, {time.monotonic() - began:.0f} s"
    )
    assert used.ru_maxrss < 2 * 2**20
