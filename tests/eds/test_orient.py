from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from specquant.errors import SpectrumError
from specquant.notes import NoteKind
from specquant.technique import Facts, RawSpectrum
from specquant_eds.orient import LOWEST, orient

STATED = {"beam_energy": 15e3, "take_off_angle": 40.0, "nitride_window": 40.0}


def raw(energy: np.ndarray) -> RawSpectrum:
    return RawSpectrum("point 1", energy, np.arange(energy.size, dtype=np.float64), STATED)


def test_what_lies_below_the_lowest_line_is_left_out() -> None:
    oriented = orient(raw(np.arange(-480.0, 20_000.0, 10.0)))
    assert oriented.energy.min() == LOWEST
    assert oriented.counts[0] == (LOWEST + 480) / 10
    assert oriented.energy.size == oriented.counts.size
    assert oriented.stated == STATED
    assert oriented.facts == Facts()


def test_a_spectrum_without_such_channels_stays() -> None:
    before = raw(np.arange(200.0, 10_000.0, 5.0))
    after = orient(before)
    assert np.array_equal(after.energy, before.energy)
    assert np.array_equal(after.counts, before.counts)


def test_energies_that_descend_are_turned_round() -> None:
    before = raw(np.arange(0.0, 10_000.0, 5.0))
    after = orient(before.on(before.energy[::-1], np.asarray(before.counts)[::-1]))
    np.testing.assert_array_equal(after.energy, orient(before).energy)
    np.testing.assert_array_equal(after.counts, orient(before).counts)


def test_energies_that_can_only_be_kev_are_taken_so() -> None:
    oriented = orient(raw(1e-3 * np.arange(0.0, 20_000.0, 10.0)))
    np.testing.assert_allclose(oriented.energy, np.arange(150.0, 20_000.0, 10.0))
    (note,) = oriented.facts.notes
    assert (note.kind, note.text) == (NoteKind.ASSUMED, "energies in keV, as in eV they cannot be")


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_whole_numbers_without_a_unit_count_channels(start: float) -> None:
    before = raw(np.arange(start, start + 1024))
    (note,) = orient(before).facts.notes
    assert note.kind is NoteKind.CONTRADICTION
    assert note.text.startswith("uncalibrated")
    assert not orient(before.noted(header={"axis_unit": "eV"})).facts.notes


@pytest.mark.parametrize("scale", [1e-6, 1e3], ids=["GeV", "meV"])
def test_energies_in_another_unit_are_refused(scale: float) -> None:
    with pytest.raises(SpectrumError) as caught:
        orient(raw(scale * np.arange(0.0, 20_000.0, 10.0)))
    message = str(caught.value)
    assert "point 1" in message
    assert "eV" in message


def test_carbon_and_boron_stay_boron_just() -> None:
    oriented = orient(raw(np.arange(0.0, 20_000.0, 10.0)))
    assert oriented.energy.min() < 183.0  # B K


@pytest.mark.parametrize(
    "header", [{"detector": "XFlash 6|30"}, {"format": "Bruker spx"}, {"detector": "EDAX All"}, {}]
)
def test_the_maker_of_a_detector_says_nothing_of_its_window(header: dict[str, str]) -> None:
    oriented = orient(raw_with(header))
    assert oriented.stated == {}
    assert [(note.kind, note.about) for note in oriented.facts.notes] == [(NoteKind.ASSUMED, "take_off_angle")]


def test_what_is_stated_is_left_as_it_is() -> None:
    oriented = orient(raw_with({"detector": "XFlash 6|30"}, nitride_window=30.0, take_off_angle=40.0))
    assert oriented.stated == {"nitride_window": 30.0, "take_off_angle": 40.0}
    assert oriented.facts.notes == ()


def test_a_spectrum_on_the_scale_gets_no_notes() -> None:
    assert orient(replace(raw_with({"mode": "TEM"}), on_scale=True)).facts.notes == ()


def raw_with(header: Mapping[str, object], **stated: float) -> RawSpectrum:
    return RawSpectrum("a", np.arange(0.0, 20_000.0, 10.0), np.ones(2000), stated, Facts(header))
