"""Passes over the blocks of a map: sums of phases, cells read some at a time, and scores that are looked at."""

import numpy as np
import pytest
import torch
from scipy.special import gammaincc

from specquant.maps.loading import CellCounts
from specquant.maps.projecting import all_sums, phase_sums
from specquant.maps.record import Channels, Pieces
from specquant.maps.scan import Scores
from specquant.maps.survey import Survey, survey

CHANNELS = 60
USED = np.arange(10, 50)


def channels(unit: float = 1.0) -> Channels:
    width = np.full(20, 2)
    low = USED[::2].astype(float)
    return Channels(USED, low, low + 2, unit, width, "uint16")


def looked_at(pieces: Pieces, spoilt: np.ndarray) -> Survey:
    return survey(pieces, channels(), map, without=spoilt)


@pytest.mark.parametrize("kind", ["u1", "<u2", ">i4", "<f4", "<u4"])
def test_sums_of_phases_are_those_of_their_pixels(kind: str) -> None:
    rng = np.random.default_rng(2)
    shape = (40, 640)
    counts = rng.poisson(1.5, (*shape, CHANNELS)).astype(kind)
    if kind == "<u4":
        counts[3, 5, 30] = 2**31  # sums that single precision does not hold
    phases = rng.choice(4, shape, p=[0.1, 0.6, 0.2, 0.1]).astype(np.int16)
    phases[3, 5] = 0
    spoilt = np.zeros(shape, bool)
    spoilt[9, 100:103] = True
    phases[9, 100:103] = -1
    counts[9, 100:103] = 200
    counts[20, 300] = 0
    counts[20, 300, 55] = 9  # nothing in the channels that are used
    phases[20, 300] = -1
    pieces = Pieces.of(counts)
    looked = looked_at(pieces, spoilt[None])
    wanted = np.array([counts[phases == number].sum(axis=0, dtype=np.float64) for number in range(4)])
    sums = all_sums(pieces, phases[None], spoilt[None], looked, map)
    np.testing.assert_allclose(sums, wanted, rtol=1e-6)
    if kind != "<u4":
        np.testing.assert_array_equal(sums, wanted)


def test_the_phase_with_most_pixels_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.ones((32, 32, CHANNELS), np.uint8)
    phases = np.ones((1, 32, 32), np.int16)
    phases[0, 4, 7:19] = 0
    pieces, none = Pieces.of(counts), np.zeros((1, 32, 32), bool)
    looked, read, usual = looked_at(pieces, none), 0, Pieces.parts

    def counted(self, block, pixels=None):
        nonlocal read
        for rows, some in usual(self, block, pixels):
            read += len(some)
            yield rows, some

    monkeypatch.setattr(Pieces, "parts", counted)
    np.testing.assert_array_equal(all_sums(pieces, phases, none, looked, map)[:, 0], [12, 1012])
    assert read == 12
    np.testing.assert_array_equal(phase_sums(pieces, phases, 2, map)[:, 0], [12, 1012])
    assert read == 12 + 1024


@pytest.mark.parametrize("unit", [1.0, 0.5])
def test_cells_have_the_counts_of_their_pixels(unit: float) -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(2.0, (48, 50, CHANNELS)).astype(np.uint16)
    pieces = Pieces.of(counts)
    (block,) = pieces.grid.blocks()
    cell = rng.permutation(np.append(np.arange(300), rng.integers(300, size=2100)))
    wanted = np.zeros((300, 20))
    np.add.at(wanted, cell, unit * counts[..., USED].reshape(2400, 20, 2).sum(axis=2))
    alone = CellCounts(pieces, channels(unit), block, "cpu")
    rows = np.flatnonzero(rng.random(2400) < 0.7)  # more than are read together
    taken = torch.cat([values.clone() for _, values in alone.parts(rows)]).numpy()
    np.testing.assert_array_equal(taken, unit * counts[..., USED].reshape(2400, 20, 2).sum(axis=2)[rows])
    pooled = CellCounts(pieces, channels(unit), block, "cpu", cell)
    assert len(pooled) == 300
    np.testing.assert_allclose(next(pooled.parts(np.arange(300)))[1].numpy(), wanted, rtol=1e-6)


@pytest.mark.parametrize("limit", [1e-5, 1e-9])
@pytest.mark.parametrize("side", [1, 3])
def test_no_unlikely_score_is_passed_over(limit: float, side: int) -> None:
    """What a normal law calls likely is not looked at: gamma distributions call it likelier still."""
    shape = np.logspace(-5, 6, 45)
    away = np.linspace(0.0, 12.0, 121)
    row, column = (each.ravel() for each in np.meshgrid(np.arange(shape.size), np.arange(away.size), indexing="ij"))
    shapes, far = shape[row], away[column]
    scores = np.zeros((3, 3 * shape.size, 3 * away.size, 1), np.float32)  # apart, so that squares have one each
    values = (far, np.ones(far.size), 2.0 / np.sqrt(shapes))
    for kind, each in enumerate(values):
        scores[kind, 3 * row + 1, 3 * column + 1, 0] = each
    seen = Scores(*scores).chances(side, np.ones(1, bool), limit)
    exact = gammaincc(shapes, shapes + far * np.sqrt(shapes))
    middles = (seen["row"] % 3 == 1) & (seen["column"] % 3 == 1)
    reported = set(zip(seen["row"][middles] // 3, seen["column"][middles] // 3, strict=True))
    plain = exact < 0.999 * limit
    assert reported >= set(zip(row[plain], column[plain], strict=True))
    assert len(reported) <= (exact < 1.001 * limit).sum()
    assert plain.any()
