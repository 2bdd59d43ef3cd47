"""How many counts a unit of intensity is, from the scatter along a spectrum and the steps of its numbers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specquant.errors import SpectrumError
from specquant.notes import NoteKind
from specquant.readers.scale import in_counts, scale_of
from specquant.technique import Facts, Floats, RawSpectrum

ENERGY = np.arange(1200.0)


def expected(level: float) -> Floats:
    lines = sum(20 * np.exp(-0.5 * ((ENERGY - line) / 1.5) ** 2) for line in (285.0, 531.0, 930.0))
    return np.asarray(level * (1 + ENERGY / 1200 + lines))


def counts(level: float = 300.0, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).poisson(expected(level)).astype(float)


def raw(intensities: Floats, unit: str = "") -> RawSpectrum:
    return RawSpectrum("s", ENERGY, intensities, facts=Facts({"intensity_unit": unit} if unit else {}))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.floats(3, 1e4), dwell=st.floats(0.03, 300))
def test_a_rate_is_counted_again_exactly(seed: int, level: float, dwell: float) -> None:
    before = counts(level, seed)
    assume(abs(dwell - 1) > 0.01)
    scaled = in_counts(raw(before / dwell, "counts per second"))
    np.testing.assert_allclose(scaled.counts, before, rtol=1e-4)
    (note,) = scaled.facts.notes
    assert (note.kind, note.about) == (NoteKind.ASSUMED, "counts")
    assert note.text.startswith(f"1 unit of intensity = {dwell:.3g} counts, from their steps and scatter")


def test_a_rounded_rate_is_known_by_its_scatter() -> None:
    scale = scale_of(np.round(counts(3000.0) / 37.0, 1))
    assert scale is not None
    assert not scale.exact
    assert scale.counts == pytest.approx(37.0, rel=0.2)


@pytest.mark.parametrize("scans", [4, 25])
def test_an_average_of_scans(scans: int) -> None:
    total = sum(counts(seed=seed) for seed in range(scans))
    scaled = in_counts(raw(np.asarray(total) / scans, "normalised"))
    np.testing.assert_allclose(scaled.counts, total)


def test_neighbours_that_share_their_noise_do_not_multiply_the_counts() -> None:
    noise = np.convolve(np.random.default_rng(3).normal(size=ENERGY.size + 1), [1, 1], mode="valid") / np.sqrt(2)
    level = expected(3000.0)
    scale = scale_of(np.round((level + np.sqrt(level) * noise) / 40, 6))
    assert scale is not None
    assert scale.counts == pytest.approx(40.0, rel=0.35)


def test_counts_stay_counts() -> None:
    for before in (
        raw(counts()),
        raw(counts(), "counts"),
        raw(counts(), "counts per second"),
        raw(counts() * (1 + 1e-9)),
    ):
        assert in_counts(before) is before


def test_a_scatter_that_is_nearly_that_of_counts_changes_nothing() -> None:
    before = raw(np.convolve(counts(3000.0), [0.25, 0.5, 0.25], mode="same"))
    assert in_counts(before) is before


def test_whole_numbers_that_are_called_a_rate_are_scaled_too() -> None:
    scaled = in_counts(raw(50 * counts(), "counts per second"))
    np.testing.assert_allclose(scaled.counts, counts())
    assert "the file gives counts per second" in scaled.facts.notes[0].text


@pytest.mark.parametrize("unit", ["", "counts"])
@pytest.mark.parametrize("step", [2, 10, 1000, 10**12])
def test_whole_numbers_that_are_all_multiples_of_a_count_are_scaled(step: int, unit: str) -> None:
    scaled = in_counts(raw(counts() * step, unit))
    np.testing.assert_allclose(scaled.counts, counts())
    assert scaled.facts.notes[0].text.endswith(f"all intensities are multiples of {step:.4g}")


def test_multiples_without_the_scatter_of_counts_stay_as_they_are() -> None:
    doubled = np.round(expected(300.0)) * 2
    np.testing.assert_array_equal(in_counts(raw(doubled)).counts, doubled)


def test_without_scatter_nothing_is_scaled() -> None:
    kinked = np.interp(ENERGY, np.arange(0, 1200, 7.3), expected(300.0)[::7][: len(np.arange(0, 1200, 7.3))])
    for before in (raw(expected(300.0)), raw(np.round(kinked, 6)), raw(np.where(ENERGY == 500, 0.5, 0.0))):
        after = in_counts(before)
        np.testing.assert_array_equal(after.counts, before.counts)
        (note,) = after.facts.notes
        assert note.kind is NoteKind.ASSUMED
        assert "taken as counts" in note.text


def test_spectra_on_the_scale_are_left_alone() -> None:
    stored = replace(raw(counts() / 7), on_scale=True)
    assert in_counts(stored) is stored


def test_logarithms_are_not_scaled_but_refused() -> None:
    logarithms = np.round(np.log10(np.maximum(counts(), 1)), 4)
    for unit in ("", "counts per second", "normalised"):
        with pytest.raises(SpectrumError, match="intensities are logarithms"):
            in_counts(raw(logarithms, unit))
    assert in_counts(replace(raw(logarithms), on_scale=True)).counts is logarithms
