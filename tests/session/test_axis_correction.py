"""The offset of a measured energy axis: as stated, by a line of known energy, or as a network finds it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from specquant.discovery import Plugin, load_plugin
from specquant.errors import SettingError, SpectrumError
from specquant.instrument import AxisCorrection, OffsetFinder, parse_reference
from specquant.instrument.offset import Offset
from specquant.library import LibraryShelf, RenderedLibrary
from specquant.notes import Note, NoteKind
from specquant.quantifiers import Estimate
from specquant.quantifiers.datasets import composition_of
from specquant.readers import load_spectra, on_axis
from specquant.session import Session, open_session
from specquant.technique import EnergyAxis, Facts, Floats, InstrumentParameter, Peak, RawSpectrum, Role, Technique

CARBON, OXYGEN = 112.0, 160.0
TECHNIQUE = Technique(
    name="t",
    title="T",
    axis=EnergyAxis(0.0, 200.0, 1.0),
    elements=("C", "O", "Fe"),
    sensitivity={"C": 1.0, "O": 1.0, "Fe": 1.0},
    peaks=(
        Peak("C", "1s", CARBON, 3.0, 1.0),
        Peak("O", "1s", OXYGEN, 3.0, 1.0),
        Peak("Fe", "2p3/2", 60.0, 3.0, 0.67),
        Peak("Fe", "2p1/2", 68.0, 3.0, 0.33),
    ),
    recipes={},
    parameters=(
        InstrumentParameter("photons", 100.0, 50.0, 150.0, "eV", "of the source", Role.STATED),
        InstrumentParameter("gain", 1.0, 0.0, 2.0, "", "not stated"),
    ),
)


def measured(off: float = 0.0, carbon: float = 4e3, oxygen: float = 9e3, **fields: Any) -> RawSpectrum:
    """Return a spectrum of carbon and oxygen on an axis that is `off` by some eV."""
    true = TECHNIQUE.axis.centres
    lines = sum(
        height * np.exp(-4 * np.log(2) * ((true - energy) / 3.0) ** 2)
        for energy, height in ((CARBON, carbon), (OXYGEN, oxygen))
    )
    counts = np.random.default_rng(2).poisson(500.0 + lines).astype(float)
    return RawSpectrum("one", true + off, counts, **fields)


class Saying(OffsetFinder):
    """A finder with its answers written down; the last one is repeated. It keeps what was known and seen."""

    def __init__(self, *answers: Offset) -> None:
        self._answers = list(answers)
        self.known: list[Mapping[str, float]] = []
        self.seen: list[float] = []

    def find(self, counts: Floats, observed: NDArray[np.bool_], known: Mapping[str, float]) -> Offset:
        assert observed.dtype == bool
        self.known.append(dict(known))
        self.seen.append(float(TECHNIQUE.axis.centres[counts.argmax()]))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def found(offset: float, probability: float = 0.9, **kind: float) -> Offset:
    return Offset(offset, probability, kind)


def corrected(raw: RawSpectrum, *answers: Offset, **stated: Any) -> RawSpectrum:
    return AxisCorrection(TECHNIQUE, Saying(*answers) if answers else None, **stated)(raw)


def told(raw: RawSpectrum, *kinds: NoteKind) -> list[str]:
    """Return the texts of a spectrum's notes of these kinds."""
    return [note.text for note in raw.facts.notes if note.kind in kinds]


def moved(before: RawSpectrum, after: RawSpectrum) -> float:
    """Return by how much the energies were brought down; counts stay as they are."""
    assert np.array_equal(before.counts, after.counts)
    steps = before.energy - after.energy
    assert np.ptp(steps) == pytest.approx(0.0, abs=1e-9)
    return float(steps[0])


# --- reference lines


def test_a_reference_is_a_line_and_its_energy() -> None:
    reference = parse_reference("C1s=111.6", TECHNIQUE)
    assert (reference.peak, reference.energy) == (TECHNIQUE.peaks[0], 111.6)
    assert parse_reference(" O 1s = 160 ", TECHNIQUE).peak == TECHNIQUE.peaks[1]


def test_of_a_doublet_the_stronger_line_is_meant_unless_the_other_is_named() -> None:
    assert parse_reference("Fe2p=60", TECHNIQUE).peak.label == "2p3/2"
    assert parse_reference("Fe2p1/2=68", TECHNIQUE).peak.label == "2p1/2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a reference line; found not LINE=ENERGY; wanted a line"),
        ("C1s", "found not LINE=ENERGY"),
        ("carbon=112", "found no such line; wanted a line of t and where its maximum lies: C1s=112"),
        ("C1s=about", "found not LINE=ENERGY"),
        ("C1s=nan", "found not LINE=ENERGY"),
        ("C1s=1e", "--reference C1s=1e: is not a reference line"),
        ("C2p=112", "found no such line"),
        ("N1s=112", "found no such line"),
        ("C1s=284.8", "far from the line; found 284.8 eV; wanted within 12 eV of 112.0 eV"),
    ],
)
def test_what_is_no_reference_is_refused(text: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        parse_reference(text, TECHNIQUE)


@pytest.mark.parametrize("text", ["Fe Kα=60", "FeKa=60", "FeK-L3 = 60", "FeK-=60"])
def test_a_line_has_its_label_and_the_name_that_people_write(text: str) -> None:
    lines = (Peak("Fe", "K-L3", 60.0, 3.0, 0.8, written="Kα"), Peak("Fe", "K-M3", 66.0, 3.0, 0.2, written="Kβ"))
    assert parse_reference(text, replace(TECHNIQUE, peaks=lines)).peak == lines[0]


@pytest.mark.parametrize("off", [-4.7, -1.5, 0.0, 0.4, 3.2])
@pytest.mark.parametrize("text", ["C1s=112", "C1s=111.2", "O1s=160"])
def test_the_line_of_reference_ends_where_it_shall_lie(off: float, text: str) -> None:
    before, reference = measured(off), parse_reference(text, TECHNIQUE)
    after = corrected(before, reference=reference)
    wanted = off + reference.peak.energy - reference.energy
    assert moved(before, after) == pytest.approx(wanted, abs=0.3)
    assert after.facts.axis_offset == pytest.approx(wanted, abs=0.3)
    (text,) = told(after, NoteKind.AXIS_OFFSET)
    assert text.endswith(f"by {reference.peak.element} 1s at {reference.energy:g} eV")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (measured(carbon=0.0), "not there"),
        (measured(9.0), "further away than is looked for"),
        (replace(measured(), energy=measured().energy[:80], counts=measured().counts[:80]), "not observed"),
    ],
)
def test_a_line_that_is_not_in_the_spectrum_is_an_error(raw: RawSpectrum, why: str) -> None:
    del why
    with pytest.raises(SpectrumError, match=r"'one': the reference line is not in the spectrum.*C 1s.*give --shift"):
        corrected(raw, reference=parse_reference("C1s=112", TECHNIQUE))


def test_errors_name_the_file_and_the_spectrum_once(tmp_path: Path) -> None:
    raw = measured(carbon=0.0)
    lines = [f"{energy:g} {count:g}" for energy, count in zip(raw.energy, raw.counts, strict=True)]
    path = tmp_path / "one.txt"
    path.write_text("\n".join(lines[:12]))
    with pytest.raises(SpectrumError) as caught:
        load_spectra(path, TECHNIQUE, correct=AxisCorrection(TECHNIQUE, Saying(found(0.0))))
    assert str(caught.value).startswith(f"{path}, spectrum 'one': covers too little")
    path.write_text("\n".join(lines))
    correct = AxisCorrection(TECHNIQUE, None, reference=parse_reference("C1s=112", TECHNIQUE))
    with pytest.raises(SpectrumError) as caught:
        load_spectra(path, TECHNIQUE, correct=correct)
    assert str(caught.value).startswith(f"{path}, spectrum 'one': the reference line is not in the spectrum")


def test_the_network_says_where_to_look_for_the_line() -> None:
    before, reference = measured(9.0), parse_reference("C1s=111.5", TECHNIQUE)
    after = corrected(before, found(7.5), found(0.0), reference=reference)
    assert moved(before, after) == pytest.approx(9.5, abs=0.3)
    with pytest.raises(SpectrumError, match="not in the spectrum"):
        corrected(before, found(7.5, 0.4), reference=reference)


# --- axes in other units


KEV = replace(
    TECHNIQUE,
    axis=EnergyAxis(0.0, 0.2, 0.001, unit="keV"),
    peaks=tuple(replace(peak, energy=peak.energy / 1e3, width=peak.width / 1e3) for peak in TECHNIQUE.peaks),
)


def in_kev(raw: RawSpectrum) -> RawSpectrum:
    return raw.on(raw.energy / 1e3, raw.counts)


def test_a_reference_in_another_unit_is_as_near_to_its_line() -> None:
    correct = AxisCorrection(KEV, None, reference=parse_reference("C1s=0.1115", KEV))
    after = correct(in_kev(measured(3.2)))
    assert after.facts.axis_offset == pytest.approx(0.0037, abs=2e-4)
    (text,) = told(after, NoteKind.AXIS_OFFSET)
    assert text == f"+{after.facts.axis_offset:.4f} keV, by C 1s at 0.1115 keV"
    with pytest.raises(SettingError, match=r"wanted within 0\.012 keV of 0\.1120 keV"):
        parse_reference("C1s=0.2848", KEV)
    with pytest.raises(SpectrumError, match=r"no clear maximum within 0\.006 of 0\.1120 keV"):
        correct(in_kev(measured(9.0)))


@pytest.mark.parametrize(
    ("offset", "probability", "text"),
    [
        (0.0045, 0.9, "+0.0045 keV (90 % sure within 0.002 keV)"),
        (0.0045, 0.3, "the axis may be off by +0.0045 keV (30 % sure within 0.002 keV): give --shift or --reference"),
        (0.0015, 0.9, None),
    ],
)
def test_an_offset_in_another_unit_is_as_large(offset: float, probability: float, text: str | None) -> None:
    after = AxisCorrection(KEV, Saying(Offset(offset, probability, {}), Offset(0.0, 0.99, {})))(in_kev(measured()))
    assert [str(note.text) for note in after.facts.notes if note.about == "axis"] == ([text] if text else [])


# --- what is stated


def test_an_offset_that_is_stated_is_taken_off_and_nothing_is_looked_for() -> None:
    before, finder = measured(), Saying(found(20.0))
    after = AxisCorrection(TECHNIQUE, finder, offset=-3.25)(before)
    assert moved(before, after) == pytest.approx(-3.25)
    assert after.facts.axis_offset == -3.25
    assert after.facts.notes == (Note(NoteKind.AXIS_OFFSET, "-3.25 eV, as stated", "axis"),)
    assert finder.known == []


def test_an_offset_is_said_in_the_unit_of_the_axis_and_as_it_is_stated() -> None:
    """A spectrum in nm that is off by a twentieth of one: in tenths it would be said to be off by twice that."""
    in_nm = replace(TECHNIQUE, axis=replace(TECHNIQUE.axis, unit="nm"))
    after = AxisCorrection(in_nm, None, offset=0.05)(measured())
    assert after.facts.notes == (Note(NoteKind.AXIS_OFFSET, "+0.05 nm, as stated", "axis"),)


def test_no_offset_may_be_stated_as_well() -> None:
    before = measured()
    after = corrected(before, found(20.0), offset=0.0)
    assert moved(before, after) == 0.0
    assert after.facts.notes == ()


def test_what_was_taken_off_before_counts_too() -> None:
    after = corrected(measured(facts=Facts(axis_offset=8.0)), offset=-3.25)
    assert after.facts.axis_offset == 4.75


# --- what is found


def test_an_offset_that_is_sure_is_taken_off() -> None:
    before = measured(8.0)
    after = corrected(before, found(8.2, 0.93), found(-0.2))
    assert moved(before, after) == pytest.approx(8.0)
    assert after.facts.axis_offset == 8.0
    assert after.facts.notes == (Note(NoteKind.AXIS_OFFSET, "+8.0 eV (93 % sure within 2 eV)", "axis"),)


def test_an_offset_that_is_not_sure_is_left_with_a_warning() -> None:
    before = measured(8.0)
    after = corrected(before, found(8.2, 0.49))
    assert moved(before, after) == 0.0
    text = "the axis may be off by +8.2 eV (49 % sure within 2 eV): give --shift or --reference"
    assert after.facts.notes == (Note(NoteKind.WARNING, text, "axis"),)
    assert after.facts.axis_offset == 0.0


@pytest.mark.parametrize(("offset", "probability"), [(1.9, 0.99), (-1.9, 0.99), (0.0, 0.3)])
def test_offsets_as_small_as_chemical_shifts_are_left(offset: float, probability: float) -> None:
    before = measured()
    after = corrected(before, found(offset, probability))
    assert moved(before, after) == 0.0
    assert not told(after, NoteKind.WARNING, NoteKind.AXIS_OFFSET)
    assert after.facts.axis_offset == 0.0


def test_the_rest_is_found_once_the_axis_is_nearly_right() -> None:
    before, finder = measured(8.0), Saying(found(7.0, 0.6), found(1.0, 0.99), found(50.0))
    after = AxisCorrection(TECHNIQUE, finder)(before)
    assert moved(before, after) == pytest.approx(8.0)
    assert finder.seen == pytest.approx([OXYGEN + 8.0, OXYGEN + 1.0], abs=1.0)


@pytest.mark.parametrize("second", [found(6.0, 0.99), found(1.0, 0.3)])
def test_a_second_look_that_contradicts_the_first_is_not_believed(second: Offset) -> None:
    before = measured(8.0)
    assert moved(before, corrected(before, found(8.0), second)) == pytest.approx(8.0)


def test_spectra_that_are_on_scale_are_taken_as_they_are() -> None:
    raw = measured(4.0, on_scale=True)
    assert corrected(raw, found(4.0), found(0.0)) is raw
    assert moved(raw, corrected(raw, offset=2.0)) == 2.0
    assert moved(raw, corrected(raw, reference=parse_reference("C1s=112", TECHNIQUE))) == pytest.approx(4.0, abs=0.3)


def test_without_a_network_nothing_is_done() -> None:
    raw = measured(8.0)
    assert corrected(raw) is raw


def test_the_network_knows_what_the_file_states() -> None:
    finder = Saying(found(0.0))
    AxisCorrection(TECHNIQUE, finder)(measured(stated={"photons": 120.0, "gain": 2.0, "other": 3.0}))
    AxisCorrection(TECHNIQUE, finder)(measured(stated={"photons": "Al"}))
    AxisCorrection(TECHNIQUE, finder)(measured(stated={"photons": float("nan")}))
    assert finder.known == [{"photons": 120.0}, {}, {}]


@pytest.mark.parametrize("reference", [None, "C1s=112"])
def test_the_kind_of_instrument_that_is_found_is_stated_with_a_note(reference: str | None) -> None:
    before = measured().noted(Note(NoteKind.ASSUMED, "binding energy", "axis"))
    stated = {} if reference is None else {"reference": parse_reference(reference, TECHNIQUE)}
    after = corrected(before, found(0.0, photons=120.0), **stated)
    assert after.stated == {"photons": 120.0}
    assert after.facts.notes[:2] == (
        Note(NoteKind.ASSUMED, "binding energy", "axis"),
        Note(NoteKind.ASSUMED, "photons 120, by where the lines lie", "photons"),
    )


# --- opening, and the notes


def opened(**changes: Any) -> Session:
    shelf = LibraryShelf(TECHNIQUE, RenderedLibrary(TECHNIQUE))
    return Session(Plugin(TECHNIQUE, (), {}, "t", "1"), shelf, {}, **changes)


def test_nothing_is_opened_for_a_technique_without_offsets() -> None:
    assert opened().axis_correction is None
    assert isinstance(opened(shift=0.0).axis_correction, AxisCorrection)
    assert isinstance(opened(reference=parse_reference("C1s=112", TECHNIQUE)).axis_correction, AxisCorrection)


@pytest.mark.usefixtures("thirdparty")
def test_shift_and_reference_exclude_each_other() -> None:
    with pytest.raises(SettingError, match="exclude each other"):
        open_session("toy", shift=1.0, reference="C1s=112")


@pytest.mark.usefixtures("thirdparty")
@pytest.mark.parametrize("shift", [float("nan"), float("inf")])
def test_a_shift_is_finite(shift: float) -> None:
    with pytest.raises(SettingError, match=f"--shift {shift}: is not an offset"):
        open_session("toy", shift=shift)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (found(8.0, 0.9), "offset: +8.0 eV (90 % sure within 2 eV)"),
        (
            found(8.0, 0.2),
            "warning: the axis may be off by +8.0 eV (20 % sure within 2 eV): give --shift or --reference",
        ),
        (found(1.0), None),
    ],
)
def test_notes_tell_of_the_offset(thirdparty: Path, tmp_path: Path, answer: Offset, note: str | None) -> None:
    del thirdparty
    toy = load_plugin("toy")
    raw = measured()
    lines = [f"{energy:g} {count:g}" for energy, count in zip(raw.energy, raw.counts, strict=True)]
    (tmp_path / "one.txt").write_text("\n".join(lines))
    correct = AxisCorrection(toy.technique, Saying(answer, replace(answer, offset=0.0)))
    spectra = load_spectra(tmp_path / "one.txt", toy.technique, toy.readers, correct=correct)
    notes = [str(one) for one in spectra.facts[0].notes if "axis" in one.text or "offset" in str(one)]
    assert notes == ([] if note is None else [note])
    peak = float(toy.technique.axis.centres[spectra.counts[0].argmax()])
    assert peak == OXYGEN - (8.0 if answer.probability > 0.5 and answer.offset > 2 else 0.0)


def test_the_shift_of_the_axis_in_an_answer_has_the_unit_of_the_axis() -> None:
    in_nm = replace(TECHNIQUE, axis=replace(TECHNIQUE.axis, unit="nm"))
    fraction = np.full((1, len(TECHNIQUE.elements)), 1.0 / len(TECHNIQUE.elements))
    estimate = replace(Estimate.without_interval(fraction), axis=np.array([[0.02, 0.01]]))
    spectra = on_axis([measured()], in_nm, Path("test"))
    assert composition_of(estimate, spectra, in_nm, "test")["axis_shift"].attrs["units"] == "nm"
