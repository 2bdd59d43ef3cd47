"""The beam energy by the end of the continuum, on fresh spectra and, where there are any, on measured ones.

``pytest -s tests/eds/test_beam.py`` prints the figures, of one measured spectrum in ten; with
SPECQUANT_EVERY_SPECTRUM=1 of all, as docs/decisions/0015-unstated.md has them.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls

from specquant.discovery import load_plugin
from specquant.errors import SpectrumError
from specquant.notes import NoteKind
from specquant.readers import on_axis, read_file
from specquant.session import open_session
from specquant.synthesizer import Batch
from specquant.technique import Facts, RawSpectrum, Technique
from specquant_eds.beam import _non_negative, beam_energy

ROOM = 1.04
"""The axis goes on for 4 % beyond an end that is in it."""


@pytest.fixture(scope="module")
def technique() -> Technique:
    return load_plugin("eds").technique


@pytest.fixture(scope="module")
def fresh() -> Batch:
    session = open_session("eds")
    return session.synthesizer(session.recipe("windows"), 11, "evaluation").block(0)


def spectra(batch: Batch, technique: Technique) -> Iterator[tuple[RawSpectrum, float]]:
    for counts, seen, beam in zip(batch.counts, batch.observed, batch.parameters["beam_energy"], strict=True):
        observed = seen.numpy()
        yield RawSpectrum("fresh", technique.axis.centres[observed], counts.double().numpy()[observed]), float(beam)


def figures(raws: Iterator[tuple[RawSpectrum, float]], title: str) -> tuple[float, int]:
    """Print and return the share of ends in the axis that are right within 2 %, and how many are claimed elsewhere."""
    said = [(beam_energy(raw), beam, float(raw.energy[-1])) for raw, beam in raws]
    ratio = np.array([estimate.value / beam for estimate, beam, _ in said])
    inside = np.array([top > ROOM * beam for _, beam, top in said])
    outside = np.array([top < beam for _, beam, top in said])
    claimed = np.isfinite(ratio)
    right = np.abs(ratio[inside & claimed] - 1) <= 0.02
    print(
        f"\n{title}: {len(said)} spectra, {inside.sum()} with the end in the axis, {claimed[inside].sum()} of them "
        f"claimed, {100 * right.mean() if right.size else np.nan:.1f} % within 2 %; {claimed[outside].sum()} claims "
        "where it is not"
    )
    return float(right.mean()) if right.size else np.nan, int(claimed[outside].sum())


def test_ends_of_fresh_spectra_are_right_within_two_per_cent(fresh: Batch, technique: Technique) -> None:
    right, elsewhere = figures(spectra(fresh, technique), "fresh, recipe windows")
    assert right >= 0.97
    assert elsewhere == 0


def measured(folder: Path, top: float) -> Iterator[tuple[RawSpectrum, float]]:
    plugin = load_plugin("eds")
    assert plugin.technique.orient is not None
    with (folder / "eds" / "labels.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if float(row["beam_keV"]) <= 30]
    for row in rows if os.environ.get("SPECQUANT_EVERY_SPECTRUM") else rows[::10]:
        raws = read_file(folder / "eds" / row["file"], plugin.readers)
        if len(raws) == 1:
            raw = plugin.technique.orient(raws[0])
            inside = raw.energy < top
            yield raw.on(raw.energy[inside], raw.counts[inside]), 1e3 * float(row["beam_keV"])


@pytest.mark.parametrize("top", [np.inf, 14e3, 10e3])
def test_ends_of_measured_spectra(real_data: Path, top: float) -> None:
    right, elsewhere = figures(measured(real_data, top), f"measured, up to {1e-3 * top:g} keV")
    assert elsewhere == 0
    assert np.isnan(right) if np.isfinite(top) else right >= 0.97


def best(fresh: Batch, technique: Technique) -> RawSpectrum:
    """Return the spectrum with the most counts of those with a beam of 8 to 16 keV on the whole axis."""
    raws = [(raw, beam) for raw, beam in spectra(fresh, technique) if 8e3 < beam < 16e3 and raw.energy[-1] > 19e3]
    raw, beam = max(raws, key=lambda pair: float(pair[0].counts.sum()))
    return replace(raw, stated={"beam_energy": beam, "take_off_angle": 35.0})


def test_few_counts_and_short_axes_say_nothing(fresh: Batch, technique: Technique) -> None:
    raw = best(fresh, technique)
    few = np.random.default_rng(3).poisson(raw.counts * 1e3 / raw.counts.sum()).astype(float)
    assert "few counts" in beam_energy(raw.on(raw.energy, few)).reason
    short = raw.energy < 2_400
    assert "too short" in beam_energy(raw.on(raw.energy[short], raw.counts[short])).reason
    cut = raw.energy < 7_500
    assert not beam_energy(raw.on(raw.energy[cut], raw.counts[cut])).known


def test_a_beam_energy_that_nobody_states_is_estimated_and_said_so(fresh: Batch, technique: Technique) -> None:
    raw = best(fresh, technique)
    found = on_axis([replace(raw, stated={})], technique, "f")
    assert found.stated[0, 0] == pytest.approx(raw.stated["beam_energy"], rel=0.02)
    (note,) = [note for note in found.facts[0].notes if note.about == "beam_energy"]
    assert note.kind is NoteKind.ASSUMED
    assert "by the end of the continuum, as the file gives none" in note.text
    right = on_axis([raw], technique, "f")
    assert right.stated[0, 0] == raw.stated["beam_energy"]
    assert not [note for note in right.facts[0].notes if note.about == "beam_energy"]


def test_a_stated_beam_energy_that_the_continuum_contradicts_is_warned_of(fresh: Batch, technique: Technique) -> None:
    raw = best(fresh, technique)
    wrong = 1.3 * raw.stated["beam_energy"]
    found = on_axis([replace(raw, stated={"beam_energy": wrong})], technique, "f")
    assert found.stated[0, 0] == wrong
    (note,) = [note for note in found.facts[0].notes if note.about == "beam_energy"]
    assert note.kind is NoteKind.WARNING
    assert "is stated as" in note.text


def test_an_axis_that_ends_below_the_beam_energy_is_refused_with_the_reason(fresh: Batch, technique: Technique) -> None:
    raw = replace(best(fresh, technique), stated={})
    cut = raw.energy < 7_500
    with pytest.raises(SpectrumError, match=r"beam_energy is not in the file, and the spectrum does not.*continuum"):
        on_axis([raw.on(raw.energy[cut], raw.counts[cut])], technique, "f")


def test_pixels_share_the_estimate_of_their_sum(fresh: Batch, technique: Technique) -> None:
    raw, rng = replace(best(fresh, technique), stated={}), np.random.default_rng(5)
    pixels = [
        replace(
            raw,
            counts=rng.poisson(raw.counts * 3e3 / raw.counts.sum()).astype(float),
            name=f"{i}",
            facts=Facts(pixel=(0, i)),
        )
        for i in range(300)
    ]
    assert not beam_energy(pixels[0]).known
    noise = np.arange(0.0, raw.energy[0], 10.0)
    longer, more = np.append(noise, raw.energy), np.ones(noise.size)
    pixels = [pixel.on(longer, np.append(more, pixel.counts)) for pixel in pixels]
    found = on_axis(pixels, technique, "map")
    assert np.unique(found.stated[:, 0]).size == 1
    assert found.stated[0, 0] == pytest.approx(best(fresh, technique).stated["beam_energy"], rel=0.03)


def test_amounts_of_shapes_are_the_non_negative_ones_that_fit_best() -> None:
    rng = np.random.default_rng(4)
    shapes, counts = rng.uniform(size=(60, 4, 30)), rng.normal(0.3, 1.0, 30)
    weight = rng.uniform(0.5, 2.0, (60, 30))
    amounts = _non_negative(shapes, counts, weight)
    assert (amounts > 0).any(axis=1).sum() > 20
    assert (amounts == 0).any(axis=1).sum() > 20
    for one, rows, weights in zip(amounts, shapes, np.sqrt(weight), strict=True):
        np.testing.assert_allclose(one, nnls((rows * weights).T, counts * weights)[0], atol=1e-8)
