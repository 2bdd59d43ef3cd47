"""Channels that hold nothing amid counts."""

import numpy as np
import pytest

from specquant.readers.dead import without_dead_channels
from specquant.technique import RawSpectrum

ENERGY = np.arange(0.0, 400.0)


def raw(*empty: int | slice, level: float = 400.0) -> RawSpectrum:
    counts = np.random.default_rng(1).poisson(level, ENERGY.size).astype(float)
    for channels in empty:
        counts[channels] = 0.0
    return RawSpectrum("a", ENERGY, counts)


def notes(spectrum: RawSpectrum) -> list[str]:
    return [str(note) for note in spectrum.facts.notes]


@pytest.mark.parametrize(
    ("empty", "text"),
    [
        ((200,), "correction: 1 channel at 200 holds nothing amid counts: taken as not measured"),
        ((slice(100, 112), 250), "correction: 13 channels between 100 and 250 hold nothing amid counts"),
    ],
)
def test_they_are_left_out_and_told(empty: tuple[int | slice, ...], text: str) -> None:
    before = raw(*empty)
    after = without_dead_channels(before)
    np.testing.assert_array_equal(after.energy, ENERGY[before.counts > 0])
    np.testing.assert_array_equal(after.counts, before.counts[before.counts > 0])
    (said,) = notes(after)
    assert said.startswith(text)


@pytest.mark.parametrize(
    "spectrum",
    [
        raw(),
        raw(slice(0, 20), slice(300, None)),
        raw(200, level=5.0),
        raw(slice(None, None, 8)),
        raw(slice(203, 400)),
    ],
    ids=["none", "at the ends", "few counts", "many", "beyond the end"],
)
def test_other_empty_channels_stay(spectrum: RawSpectrum) -> None:
    assert without_dead_channels(spectrum) is spectrum
