"""Which channels of a file the pixels of a map are read in: all that counted, with the energies that they have."""

from dataclasses import replace

import numpy as np
import pytest

from mapmaking import GLASS, OTHER, drawn, quarters, raw_map, spectrum, write_ripple
from specquant.errors import SpectrumError
from specquant.maps import quantify_map
from specquant.maps.channels import channels_of
from specquant.readers import on_axis
from specquant.readers.tracing import channels_of_file
from specquant.session import Session, open_session
from specquant.technique import RawMap, RawSpectrum

DEAD = (90, 91, 307, 640)
"""Channels of the file that counted nothing."""


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


@pytest.fixture(scope="module")
def counts(session) -> np.ndarray:
    shapes = [spectrum(session, fraction) for fraction in (GLASS, OTHER)]
    return drawn(shapes, quarters(24, 24), 2000.0, 1)


def without(counts: np.ndarray, dead: tuple[int, ...]) -> np.ndarray:
    gone = counts.copy()
    gone[..., list(dead)] = 0
    return gone


def channels(session: Session, raw: RawMap):
    total = np.asarray(raw.counts).sum(axis=(0, 1)).astype(float)
    return channels_of(raw, total, session.technique, None, "map", {}, None)


@pytest.mark.parametrize("turned", [False, True])
def test_dead_channels_are_left_out_and_widen_none(session, counts, turned):
    raw = raw_map(session, counts)
    strongest = int(counts.sum(axis=(0, 1)).argmax())
    dead = (strongest, strongest + 12)
    gone = raw_map(session, without(counts, dead))
    if turned:
        raw, gone = (replace(each, energy=each.energy[::-1], counts=each.counts[..., ::-1]) for each in (raw, gone))
        dead = tuple(counts.shape[-1] - 1 - channel for channel in dead)
    whole, some = channels(session, raw), channels(session, gone)
    kept = ~np.isin(whole.used, dead)
    np.testing.assert_array_equal(some.used, whole.used[kept])
    np.testing.assert_array_equal(some.low, whole.low[kept])
    np.testing.assert_array_equal(some.high, whole.high[kept])
    np.testing.assert_allclose(some.high - some.low, session.technique.axis.step)


@pytest.mark.parametrize("turned", [False, True])
def test_a_map_with_dead_channels_has_the_composition_of_the_same_without(session, counts, turned):
    whole = quantify_map(session, raw_map(session, counts))
    strongest = int(counts.sum(axis=(0, 1)).argmax())
    raw = raw_map(session, without(counts, (*DEAD, strongest + 5)))
    if turned:
        raw = replace(raw, energy=raw.energy[::-1], counts=raw.counts[..., ::-1])
    result = quantify_map(session, raw)
    assert result.symbols == whole.symbols
    difference = abs(result.dataset["fraction"].mean(["y", "x"]) - whole.dataset["fraction"].mean(["y", "x"]))
    assert float(difference.max()) < 0.004
    assert 0.95 < float(result.dataset["chi_squared"].mean()) < 1.05
    notes = [str(note) for facts in (each.spectra.facts for each in result.plan.answers) for note in facts[0].notes]
    assert any("5 channels between" in note and "taken as not measured" in note for note in notes)


def test_pixels_of_too_few_counts_to_show_a_dead_channel_know_it_from_all(session, counts):
    dead = 90, int(counts.sum(axis=(0, 1)).argmax()) + 5
    raw = raw_map(session, without(counts, dead))
    pixels = [
        raw.spectrum(f"{row}, {column}", np.asarray(raw.counts)[row, column].astype(float)).noted(pixel=(row, column))
        for row, column in np.ndindex(counts.shape[:2])
    ]
    spectra = on_axis(pixels, session.technique, "map")
    for channel in dead:
        beside = spectra.counts[:, [channel - 2, channel + 2]].mean()
        assert spectra.counts[:, channel].mean() > 0.5 * beside, channel
    assert all("taken as not measured" in str(facts.notes) for facts in spectra.facts)


def test_every_method_reads_a_map_with_dead_channels(counts, shell, tmp_path):
    pytest.importorskip("rsciio", reason="ripple is read by the extra formats")
    path = write_ripple(tmp_path / "map.rpl", without(counts[:6, :6], DEAD))
    for words, code, said in [((), 0, "36 pixels"), (("--method", "nnls"), 3, "36 of 36 quantified")]:
        outcome = shell("quantify", "-t", "eds", path, *words)
        assert outcome.code == code, outcome.err  # pixels by nnls are quantified, some with a doubt
        assert said in outcome.out


ENERGY = np.arange(0.0, 4000.0, 10.0)
COUNTS = np.random.default_rng(1).poisson(40.0, ENERGY.size).astype(float)


@pytest.mark.parametrize(
    ("energy", "of_file"),
    [
        (ENERGY, slice(None)),
        (ENERGY, slice(15, None)),
        (ENERGY[::-1], slice(380, None, -1)),
        (ENERGY, [*range(20), *range(25, 400)]),
        (1e-3 * ENERGY, slice(15, 390)),
        (1486.6 - ENERGY, slice(None, None, -1)),
    ],
    ids=["as it is", "cropped", "turned", "with a gap", "keV", "kinetic"],
)
@pytest.mark.parametrize("counts", [COUNTS, np.where(COUNTS > 42, 1.0, 0.0)], ids=["counts", "ones"])
def test_channels_are_found_again(energy, of_file, counts):
    """The file may hold keV or kinetic energies, in either order."""
    file = RawSpectrum("a", energy, counts)
    expected = np.arange(counts.size)[of_file]
    on_scale = energy[of_file]
    if energy.max() < 5:
        on_scale = 1e3 * on_scale
    elif energy.max() < 2000:
        on_scale = 1486.6 - on_scale[::-1]
        expected = expected[::-1]
    found = channels_of_file(file, RawSpectrum("a", on_scale, counts[expected]))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_the_energies_say_it_where_all_counts_are_one(level):
    counts = np.full(ENERGY.size, level)
    for factor in (1.0, 1000.0):
        file = RawSpectrum("a", ENERGY / factor, counts)
        found = channels_of_file(file, RawSpectrum("a", ENERGY[15:], counts[15:]))
        np.testing.assert_array_equal(found, np.arange(15, ENERGY.size))


def test_other_counts_are_refused():
    file = RawSpectrum("a", ENERGY, COUNTS)
    with pytest.raises(SpectrumError, match="channels change"):
        channels_of_file(file, RawSpectrum("a", ENERGY, COUNTS + 1.0))
