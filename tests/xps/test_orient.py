from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specquant.errors import SpectrumError
from specquant.notes import Note, NoteKind
from specquant.readers import on_axis, read_file
from specquant.technique import Facts, RawSpectrum
from specquant_xps.header_hints import energy_kind_of, photon_energy_of, refused_photon_energies
from specquant_xps.losses import loss_steps
from specquant_xps.orient import orient
from specquant_xps.technique import technique
from xpsfiles import noted

AL, MG = 1486.6, 1253.6
ENERGY = np.arange(-5.0, 1200.5, 1.0)
LINES = ((285.0, 3000.0), (531.0, 9000.0), (711.0, 7000.0), (724.0, 3500.0), (56.0, 800.0))


def survey(energy: np.ndarray = ENERGY, seed: int = 1) -> np.ndarray:
    """Lines with a loss step at higher binding energy, and noise."""
    counts = np.full(energy.size, 200.0)
    for position, height in LINES:
        counts += height * np.exp(-0.5 * ((energy - position) / 1.5) ** 2)
        counts += 0.3 * height / (1 + np.exp(-(energy - position - 8) / 3)) * np.exp(-(energy - position) / 900)
    return np.random.default_rng(seed).poisson(counts).astype(float)


COUNTS = survey()


def raw(
    energy: np.ndarray = ENERGY, counts: np.ndarray = COUNTS, photon_energy: float | None = None, **header: object
) -> RawSpectrum:
    stated = {} if photon_energy is None else {"photon_energy": photon_energy}
    return RawSpectrum("s", energy, counts, stated, Facts(header))


def check(oriented: RawSpectrum, correction: str = "") -> None:
    np.testing.assert_allclose(oriented.energy, ENERGY, atol=0.01)
    np.testing.assert_array_equal(oriented.counts, COUNTS)
    assert oriented.header["energy_kind"] == "binding"
    corrections = [note for note in oriented.facts.notes if note.kind is NoteKind.CORRECTION]
    assert len(corrections) == bool(correction)
    assert all(correction in note.text and note.about == "axis" for note in corrections)


@pytest.mark.parametrize("order", [1, -1])
def test_right_spectra_stay_as_they_are(order: int) -> None:
    check(orient(raw(ENERGY[::order], COUNTS[::order], energy_kind="binding")))
    check(orient(raw(ENERGY[::order], COUNTS[::order])))
    kinetic = raw((AL - ENERGY)[::order], COUNTS[::order], energy_kind="kinetic", photon_energy=AL)
    check(orient(kinetic))


@pytest.mark.parametrize("value", [1486.6, 1486.61, 1486.69, 1486.7, 1487])
def test_photon_energy_of_the_file_is_taken(value: float) -> None:
    oriented = orient(raw(value - ENERGY, COUNTS, energy_kind="kinetic", photon_energy=value))
    check(oriented)
    assert oriented.stated == {"photon_energy": value}
    assert not oriented.facts.notes


NONSENSE = [None, 0.0, -1.0, np.nan, 1e37, np.inf, 21.2]


@pytest.mark.parametrize("value", [*NONSENSE, 1253.6])
def test_nonsense_photon_energy_is_replaced_and_told(value: float | None) -> None:
    oriented = orient(raw(AL - ENERGY, COUNTS, energy_kind="kinetic", photon_energy=value))
    check(oriented)
    assert oriented.stated == {"photon_energy": AL}
    kind, why = NoteKind.ASSUMED, "as the file gives none"
    if value == 1253.6:
        kind, why = NoteKind.WARNING, "as the file's 1253.6 eV is below its kinetic energies"
    assert oriented.facts.notes[0] == Note(kind, f"photon energy 1486.6 eV, {why}", "photon_energy")
    assert [note.kind for note in oriented.facts.notes[1:]] == [NoteKind.WARNING] * (value == 21.2)


@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_photon_energy_is_not_stated_where_none_is_needed(value: float | None) -> None:
    oriented = orient(raw(energy_kind="binding", photon_energy=value))
    check(oriented)
    assert not oriented.stated


def test_what_the_user_states_wins_over_the_file() -> None:
    wrong = raw(MG - ENERGY, COUNTS, energy_kind="kinetic", photon_energy=AL, header=["Anode Al"])
    spectra = on_axis([wrong], technique(), "a.txt", {"photon_energy": MG})
    assert spectra.stated.tolist() == [[MG]]
    np.testing.assert_allclose(spectra.counts[0, :1200], COUNTS[5:1205])
    assert spectra.facts[0].notes == (
        Note(NoteKind.STATED, "photon_energy 1253.6 eV, not 1486.6 as the file says", "photon_energy"),
    )


def test_what_else_is_stated_or_noted_stays() -> None:
    before = raw(energy_kind="binding").noted(Note(NoteKind.LEFT_OUT, "a scan", "file"))
    oriented = orient(RawSpectrum("s", ENERGY, COUNTS, {"resolution": 2.0}, before.facts))
    assert oriented.stated == {"resolution": 2.0}
    assert noted(oriented, NoteKind.LEFT_OUT) == ["a scan"]


def test_the_other_anode_is_assumed_where_only_it_makes_sense() -> None:
    oriented = orient(raw(MG - ENERGY, COUNTS, energy_kind="kinetic"))
    check(oriented)
    assert oriented.stated["photon_energy"] == MG


def test_kinetic_energy_without_a_label_is_recognised() -> None:
    oriented = orient(raw(AL - ENERGY, COUNTS))
    check(oriented)
    scale, photon = oriented.facts.notes
    assert (scale.kind, scale.about) == (NoteKind.ASSUMED, "axis")
    assert "kinetic energy (background step" in scale.text
    assert photon == Note(NoteKind.ASSUMED, "photon energy 1486.6 eV, as the file gives none", "photon_energy")
    check(orient(raw(MG - ENERGY, COUNTS, header=["Anode Mg"])))


def test_range_alone_tells_kinetic_energy() -> None:
    flat = np.random.default_rng(2).poisson(1000, ENERGY.size).astype(float)
    oriented = orient(raw(np.sort(AL - ENERGY), flat))
    np.testing.assert_allclose(oriented.energy, ENERGY, atol=0.01)
    assert "range" in noted(oriented, NoteKind.ASSUMED)[0]
    assert noted(orient(raw(ENERGY, flat)), NoteKind.ASSUMED) == ["binding energy, as the file does not say"]


@pytest.mark.parametrize("header", [{}, {"energy_kind": "kinetic"}])
@pytest.mark.parametrize("photon", [600.0, 700.0])
def test_kinetic_energies_of_another_source_are_read_and_said(photon: float, header: dict[str, object]) -> None:
    energy = np.arange(0.0, photon - 20.0)
    counts = survey(energy)
    oriented = orient(raw(photon - energy, counts, **header))
    (note,) = [note for note in oriented.facts.notes if note.kind is NoteKind.CONTRADICTION]
    assert note.text.startswith(f"kinetic energies up to {photon:g} eV: neither Al nor Mg K-alpha")
    np.testing.assert_allclose(oriented.energy, energy)
    np.testing.assert_array_equal(oriented.counts, counts)
    assert "photon_energy" not in oriented.stated


def test_a_stated_photon_energy_of_another_source_is_kept_and_said() -> None:
    oriented = orient(raw(energy_kind="binding", header=["Source: Ag La 2984.3 eV"]))
    assert oriented.stated == {"photon_energy": 2984.3}
    assert noted(oriented, NoteKind.CONTRADICTION)[0].startswith("photon energy 2984.3 eV by the file")


@pytest.mark.parametrize("order", [1, -1])
def test_binding_energies_written_negative_are_turned(order: int) -> None:
    check(orient(raw(-ENERGY[::order], COUNTS[::order], energy_kind="binding")), "written negative: sign turned")
    check(orient(raw(-ENERGY[::order], COUNTS[::order])), "written negative: sign turned")


def test_a_mirrored_axis_is_flipped_in_its_range() -> None:
    check(orient(raw(ENERGY, COUNTS[::-1], energy_kind="binding")), "mirrored within the range")
    mirrored = raw(AL - ENERGY, COUNTS[::-1], energy_kind="kinetic", photon_energy=AL)
    check(orient(mirrored), "mirrored within the range")


def test_a_wrong_label_is_corrected() -> None:
    check(orient(raw(AL - ENERGY, COUNTS, energy_kind="binding", photon_energy=AL)), "read as the other scale")
    check(orient(raw(ENERGY, COUNTS, energy_kind="kinetic", photon_energy=AL)), "read as the other scale")


def test_a_step_of_the_wrong_sign_is_turned_round() -> None:
    kinetic = AL - ENERGY[::-1]
    wrong = raw(2 * kinetic[0] - kinetic, COUNTS[::-1], energy_kind="kinetic", photon_energy=AL)
    check(orient(wrong), "sign of the energy step turned round")


def test_a_contradiction_that_nothing_resolves_is_refused() -> None:
    energy = ENERGY + 400
    with pytest.raises(SpectrumError, match=r"contradicts the spectrum; found binding energy, no photon energy, 395"):
        orient(raw(energy, COUNTS[::-1], energy_kind="binding"))


def test_unusable_spectra_are_refused() -> None:
    with pytest.raises(SpectrumError, match="negative"):
        orient(raw(ENERGY, COUNTS - 1e6))


def test_spectra_already_on_the_scale_are_left_alone() -> None:
    stored = replace(raw(ENERGY, COUNTS[::-1], photon_energy=0.0, energy_kind="kinetic"), on_scale=True)
    oriented = orient(stored)
    np.testing.assert_array_equal(oriented.counts, COUNTS[::-1])
    assert (oriented.stated, oriented.facts) == (stored.stated, stored.facts)


def test_an_oriented_spectrum_stays_as_it_is() -> None:
    once = orient(raw(AL - ENERGY, COUNTS, energy_kind="kinetic"))
    again = orient(once)
    np.testing.assert_array_equal(again.energy, once.energy)
    assert (again.stated, again.facts) == (once.stated, once.facts)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    scale=st.floats(0.03, 10),
    charge=st.floats(-10, 25),
    step=st.sampled_from([0.1, 0.5, 1, 2]),
)
def test_no_right_survey_is_flipped(seed: int, scale: float, charge: float, step: float) -> None:
    energy = np.arange(-5, 1200, step)
    counts = np.round(survey(energy - charge, seed) * scale)
    for header in ({}, {"energy_kind": "binding"}):
        np.testing.assert_array_equal(orient(raw(energy, counts, **header)).counts, counts)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.floats(1, 1e5))
@example(seed=6080, level=2.0)
def test_noise_alone_flips_nothing(seed: int, level: float) -> None:
    counts = np.random.default_rng(seed).poisson(level, ENERGY.size) + 1.0
    oriented = orient(raw(ENERGY, counts, energy_kind="binding"))
    np.testing.assert_array_equal(oriented.counts, counts)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({"columns": ["Binding Energy (eV)", "Counts"]}, "binding"),
        ({"columns": ["BindingEnergy_eV", "I"]}, "binding"),
        ({"columns": ["B.E.", "I"]}, "binding"),
        ({"columns": ["BE", "CPS"]}, "binding"),
        ({"columns": ["Bindungsenergie (eV)", "I"]}, "binding"),
        ({"columns": ["kinetische Energie", "I"]}, "kinetic"),
        ({"columns": ["\u00c9nergie de liaison", "I"]}, "binding"),
        ({"columns": ["Energia di legame (eV)", "I"]}, "binding"),
        ({"columns": ["Энергия связи", "I"]}, "binding"),
        ({"columns": ["結合エネルギー(eV)", "I"]}, "binding"),
        ({"columns": ["运动能 / 动能 (eV)", "I"]}, "kinetic"),
        ({"columns": ["운동 에너지 (eV)", "I"]}, "kinetic"),
        ({"columns": ["KE_Survey", "BE_Survey", "CPS"]}, "kinetic"),
        ({"columns": ["K.E. [eV]", "Counts"]}, "kinetic"),
        (
            {"columns": ["Energy", "Counts"], "header": ["Energy Axis: Kinetic Energy", "binding energy shift 0"]},
            "kinetic",
        ),
        ({"header": ["to be measured, KE none"]}, None),
        ({"header": ["Kinetic and binding"]}, None),
        ({"header": ["# kinetic energy / eV, counts"]}, "kinetic"),
        ({"energy_kind": "binding", "columns": ["KE"]}, "binding"),
        ({}, None),
    ],
)
def test_words_that_name_the_scale(header: dict[str, object], kind: str | None) -> None:
    assert energy_kind_of(raw(**header)) == kind


@pytest.mark.parametrize(
    ("line", "energy"),
    [
        ("Anode Mg; Photon Energy 1253.6; XPS;", MG),
        ("Characteristic Energy eV\t1486.61\tAcquisition Time s\t0.9", 1486.61),
        ("Excitation energy: 2984.2 eV", 2984.2),
        ("hv = 1100 eV", 1100.0),
        ("photon energy: 1486,6 eV", AL),
        ("photon energy: 1.4866 keV", AL),
        ("hv = 2,9843keV", 2984.3),
        ("HV = 15 kV", None),
        ("photon energy: 14866 eV", None),
        ("Mg K", MG),
        ("Source: Ag La 2984.3 eV", 2984.3),
        ("Source: Ag L-alpha", 2984.3),
        ("anode Cr K\u03b1", 5414.9),
        ("Ag La", None),
        ("Al K-alpha", AL),
        ("source Al K\u03b1 mono", AL),
        ("anode: Mg", MG),
        ("1486.6", AL),
        ("range 1486 to 0", None),
        ("AlKCl2 salt", None),
        ("Al Ka and Mg Ka", None),
        ("sample 1253", None),
    ],
)
def test_words_that_name_the_source(line: str, energy: float | None) -> None:
    assert photon_energy_of(raw(header=[line])) == pytest.approx(energy)


@pytest.mark.parametrize("stated", [{"photon_energy": 14866.0}, {"header": ["photon energy: 14866 eV"]}])
def test_a_photon_energy_that_cannot_be_is_said_and_not_used(stated: dict[str, object]) -> None:
    oriented = orient(raw(AL - ENERGY, COUNTS, energy_kind="kinetic", **stated))
    check(oriented)
    assert oriented.stated == {"photon_energy": AL}
    assert {str(note) for note in oriented.facts.notes} == {
        "assumed: photon energy 1486.6 eV, as the file's is not used",
        "photon energy 14866 eV by the file: not used, as it cannot be",
    }


@pytest.mark.parametrize("line", ["HV: 150 W", "photon energy: 0", "photon energy: 1 eV", "photon energy: 21.2 eV"])
def test_what_is_no_photon_energy_or_a_lamps_is_not_refused(line: str) -> None:
    assert not refused_photon_energies(raw(header=[line]))


def test_a_decimal_comma_that_parts_cells_too_does_not_cut_the_photon_energy(tmp_path: Path) -> None:
    rows = "".join(f"{AL - energy:.1f},{count:.0f}\n" for energy, count in zip(ENERGY, COUNTS, strict=True))
    path = tmp_path / "a.csv"
    path.write_text(f"# photon energy: 1486,6 eV\nkinetic energy (eV),counts\n{rows}")
    assert photon_energy_of(read_file(path, ())[0]) == AL


def test_the_first_column_decides_and_kinetic_text_is_converted(tmp_path: Path) -> None:
    rows = "\n".join(f"{MG - e:g}\t{c:g}" for e, c in zip(ENERGY, COUNTS, strict=True))
    (tmp_path / "a.txt").write_text(f"Mg K-alpha\nKinetic Energy\tCounts\n{rows}\n")
    (read,) = read_file(tmp_path / "a.txt")
    oriented = orient(read)
    check(oriented)
    assert oriented.stated["photon_energy"] == MG


def test_the_score_changes_sign_when_mirrored() -> None:
    there, back = loss_steps(ENERGY, COUNTS), loss_steps(ENERGY, COUNTS[::-1])
    assert there.clear == 1
    assert back.clear == -1
    assert there.score == pytest.approx(-back.score, abs=0.05)


def test_real_spectra_are_right_and_their_mirror_images_are_recognised(real_data: Path) -> None:
    paths = sorted((real_data / "xps" / "parsed").glob("*.csv"))
    assert paths
    scores = []
    for path in paths:
        (read,) = read_file(path)
        oriented = orient(read)
        np.testing.assert_array_equal(oriented.energy, read.energy, err_msg=path.name)
        np.testing.assert_array_equal(oriented.counts, read.counts, err_msg=path.name)
        assert not noted(oriented, NoteKind.CORRECTION), path.name
        bare = orient(RawSpectrum("bare", read.energy, read.counts))
        np.testing.assert_array_equal(bare.counts, read.counts, err_msg=path.name)
        mirrored = orient(raw(read.energy, read.counts[::-1], energy_kind="binding"))
        np.testing.assert_array_equal(mirrored.counts, read.counts, err_msg=path.name)
        scores.append(loss_steps(read.energy, read.counts).score)
    assert min(scores) > 0.15


@pytest.mark.parametrize("highest", [3e4, 1e12, 1e300])
def test_energies_that_no_source_gives_are_refused_before_anything_is_spread_over_them(highest: float) -> None:
    energy = np.append(np.arange(0.0, 1200.0), highest)
    with pytest.raises(SpectrumError, match="energies cannot be those of an XPS spectrum; found 0 to"):
        orient(RawSpectrum("a", energy, np.full(energy.size, 9.0)))


def test_steps_too_wide_for_a_survey_are_refused() -> None:
    energy = np.arange(0.0, 1200.0, 4.0)
    with pytest.raises(SpectrumError, match="steps are too wide for a survey; found 4 eV; wanted at most 2 eV"):
        orient(RawSpectrum("a", energy, np.full(energy.size, 9.0)))
