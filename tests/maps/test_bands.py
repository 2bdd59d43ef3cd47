"""Bands of channels: sums of counts, as wide as lines allow, and what is read of them."""

import numpy as np
import pytest

from mapmaking import GLASS, RARE, drawn, raw_map, spectrum
from specquant.maps import quantify_map
from specquant.maps.bands import in_bands, numbers_for
from specquant.maps.directions import whitened
from specquant.maps.record import Channels, Pieces, added_up
from specquant.session import open_session

SIZE = 600


def single(used: np.ndarray) -> Channels:
    return Channels(used, used - 0.5, used + 0.5, 1.0, np.ones(used.size, dtype=np.intp))


def lines(width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return lines (line, channel) of a standard deviation in channels, and a mean spectrum (channel,)."""
    channel, centres = np.arange(SIZE), np.arange(30.0, SIZE - 30.0, 22.0)
    rows = np.exp(-0.5 * ((channel - centres[:, None]) / width) ** 2)
    return rows, 1.0 + rows.sum(axis=0)


def errors(rows: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.diag(np.linalg.inv((rows / mean) @ rows.T))))


@pytest.mark.parametrize("width", [4.0, 6.0, 12.0])
def test_wide_lines_are_read_in_few_bands_as_precisely(width: float) -> None:
    rows, mean = lines(width)
    bands = in_bands(single(np.arange(SIZE)), whitened(rows, mean), mean)
    assert bands.width.sum() == SIZE
    assert bands.width.size < SIZE / 1.4
    summed, level = (np.add.reduceat(each, bands.first, axis=-1) for each in (rows, mean))
    assert (errors(summed, level) / errors(rows, mean)).max() < 1.03
    np.testing.assert_allclose(bands.high - bands.low, bands.width)


def test_lines_of_a_channel_are_read_in_channels() -> None:
    rows, mean = lines(0.7)
    bands = in_bands(single(np.arange(SIZE)), whitened(rows, mean), mean)
    at_lines = np.repeat(bands.width, bands.width)[30 : SIZE - 30 : 22]
    assert at_lines.mean() < 1.1


def test_no_band_lies_over_a_dead_channel() -> None:
    rows, mean = lines(12.0)
    used = np.delete(np.arange(SIZE), [100, 101, 333])
    bands = in_bands(single(used), whitened(rows[:, used], mean[used]), mean[used])
    np.testing.assert_allclose(bands.high - bands.low, bands.width)
    np.testing.assert_array_equal(np.concatenate([np.arange(a + 0.5, b) for a, b in _spans(bands)]), used)


def _spans(bands: Channels) -> list[tuple[float, float]]:
    return [(float(low), float(high)) for low, high in zip(bands.low, bands.high, strict=True)]


@pytest.mark.parametrize("of_file", ["u1", ">u2", "<i4", "<f4"])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_counts_are_added_up_whatever_their_type(of_file: str, kind: str) -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 64, (300, 50)).astype(of_file)
    counts[7, 10:20] = 63  # four of them are the most but three that eight bits hold
    used = np.delete(np.arange(3, 48), [20, 21])
    width = np.array([1, 2, 3, 4, 4, 4, 2, 3, 3, 3, 4, 4, 4, 2])
    channels = Channels(used, used - 0.5, used + 0.5, 2.0, width, kind)
    wanted = np.add.reduceat(counts[:, used].astype(float), channels.first, axis=1)
    before = counts.copy()
    assert added_up(counts, channels).dtype == np.dtype(kind)
    np.testing.assert_array_equal(added_up(counts, channels), wanted)
    np.testing.assert_array_equal(counts, before)
    np.testing.assert_allclose(channels.sums(counts.astype(float)), 2.0 * wanted)
    pieces = Pieces.of(counts.reshape(15, 20, 50), at_hand=True)
    (block,) = pieces.grid.blocks()
    np.testing.assert_array_equal(pieces.in_bands(block, channels), wanted)
    assert pieces.in_bands(block, channels) is pieces.in_bands(block, channels)


@pytest.mark.parametrize(
    ("of_file", "highest", "lowest", "kind"),
    [
        ("u1", 63, 0, "uint8"),
        ("u1", 64, 0, "uint16"),
        (">u2", 16_383, 0, "uint16"),
        ("u2", 16_384, 0, "float32"),
        ("i4", 10, 0, "uint8"),
        ("i4", 10, -1, "float32"),
        ("f8", 10, 0, "float32"),
    ],
)
def test_bands_are_in_the_smallest_numbers_that_hold_them(of_file: str, highest: int, lowest: int, kind: str) -> None:
    channels = Channels(np.arange(1, 7), np.arange(2.0), np.arange(2.0) + 1, 1.0, np.array([4, 2]))
    most = np.array([1e9, *[float(highest)] * 6, 1e9])  # channels that no band has do not count
    assert numbers_for(channels, most, float(lowest), np.dtype(of_file)) == kind


def test_many_counts_are_held_by_larger_numbers() -> None:
    counts = np.full((2, 2, 4), 60_000, np.uint16)
    channels = Channels(np.arange(4), np.arange(4.0), np.arange(4.0) + 1, 1.0, np.array([4]))
    pieces = Pieces.of(counts)
    (block,) = pieces.grid.blocks()
    np.testing.assert_array_equal(pieces.in_bands(block, channels), np.full((4, 1), 240_000.0))


def test_pixels_that_are_not_numbers_hold_nothing_and_spoil_no_other(tmp_path) -> None:
    session = open_session("eds")
    shape = spectrum(session, GLASS)
    counts = drawn([shape], np.zeros((10, 12), int), 2000.0, 1).astype(np.float32)
    counts[3, 4] = np.nan
    counts[5, 6, 300] = np.inf
    result = quantify_map(session, raw_map(session, counts), tmp_path / "map.nc")
    answered = np.isfinite(result.dataset["fraction"].values).all(axis=0)
    assert {tuple(pixel) for pixel in np.argwhere(~answered).tolist()} == {(3, 4), (5, 6)}
    assert set(result.symbols) == set(GLASS)


def test_what_is_written_is_of_the_plan_that_elements_of_few_pixels_changed(tmp_path) -> None:
    session = open_session("eds")
    shapes = [spectrum(session, fraction) for fraction in (GLASS, GLASS, RARE)]
    labels = np.zeros((48, 48), int)
    labels[20, 30] = labels[40, 7] = 2
    raw = raw_map(session, drawn(shapes, labels, 1500.0, 1))
    kept, written = quantify_map(session, raw), quantify_map(session, raw, tmp_path / "map.nc")
    assert "Sr" in written.symbols
    np.testing.assert_array_equal(kept.dataset["fraction"], written.dataset["fraction"])
    assert written.summary.pixels == labels.size
    assert [path.name for path in tmp_path.iterdir()] == ["map.nc"]
