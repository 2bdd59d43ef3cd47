"""Small inputs with known outcomes, which are not part of the repository: ``cases`` beside SPECQUANT_REAL_DATA.

Each stands for its kind; made-up inputs of the same kinds are in the tests of the readers.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import specquant
from commandline import Shell
from specquant.discovery import Plugin, load_plugin
from specquant.errors import ReadError, SpecquantError
from specquant.notes import NoteKind
from specquant.readers import load_spectra
from specquant.recipes.priors import read_weights
from specquant.spectra import Spectra

BEAM = {"beam_energy": 15_000.0}


@pytest.fixture
def cases(real_data: Path) -> Path:
    folder = real_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("there is no folder of cases beside SPECQUANT_REAL_DATA")
    return folder


@cache
def plugin(technique: str) -> Plugin:
    return load_plugin(technique)


def reading(path: Path, technique: str = "xps", **given: float) -> Spectra:
    return load_spectra(path, plugin(technique).technique, plugin(technique).readers, given)


def texts(spectra: Spectra, kind: NoteKind, row: int = 0) -> list[str]:
    return [note.text for note in spectra.facts[row].notes if note.kind is kind]


SAME = (
    *("x02_decimal_comma_tab.txt", "x03_decimal_comma_semicolon.csv", "x31_german_thousands.csv"),
    *("x32_space_thousands.txt", "x04_thousands.csv", "x35_quoted_count_thousands.csv", "x06_cps.txt"),
    *("x17_counts_first.csv", "x18_negative_be.csv", "x28_omicron_two_regions.txt"),
)
"""The same survey of SiO2 as x01, written in other ways; the last has the same lines, drawn anew."""


@pytest.mark.parametrize("name", SAME)
def test_the_survey_of_sio2_is_the_same_however_it_is_written(cases: Path, name: str) -> None:
    expected, read = reading(cases / "x01_plain.csv"), reading(cases / name)
    assert len(read) == 1
    np.testing.assert_array_equal(read.observed, expected.observed)
    np.testing.assert_allclose(read.counts, expected.counts, rtol=1e-3)
    assert not texts(read, NoteKind.CONTRADICTION)


def test_the_scale_of_a_rate_is_said(cases: Path) -> None:
    said = texts(reading(cases / "x06_cps.txt"), NoteKind.ASSUMED)
    assert [text for text in said if text.startswith("1 unit of intensity = 50 counts")]


@pytest.mark.parametrize(
    ("name", "technique", "names"),
    [("x13_side_by_side.csv", "xps", ("A", "B")), ("e72_two_columns.csv", "eds", ("Cu area", "Al area"))],
)
def test_every_sample_in_columns_is_read(cases: Path, name: str, technique: str, names: tuple[str, ...]) -> None:
    spectra = reading(cases / name, technique, **(BEAM if technique == "eds" else {}))
    assert spectra.names == names
    assert not np.allclose(spectra.counts[0], spectra.counts[1])


def needs_extra(name: str) -> None:
    """Skip where a file is read by RosettaSciIO, which is not there."""
    if name.endswith((".spd", ".spc", ".rpl")):
        pytest.importorskip("rsciio")


def test_decimal_commas_in_weights_are_never_zero(cases: Path) -> None:
    with pytest.raises(ReadError, match=r"p_comma\.csv, line 2: a row has more cells than there are columns"):
        read_weights(cases / "p_comma.csv", plugin("xps").technique.elements)


@pytest.mark.parametrize(
    ("name", "technique", "says"),
    [
        ("s_othertech.nc", "xps", "s_othertech"),
        ("o_selfloop.vgd", "xps", "is damaged"),
        ("x25_step4.csv", "xps", "steps are too wide for a survey; found 4 eV; wanted at most 2 eV"),
        ("f01_spd_huge_truncated.spd", "eds", "claims more data than there are"),
        ("f06_short.spc", "eds", "ends early; found 584 bytes"),
        ("f04_lonely.rpl", "eds", r"lacks its numbers; found no file f04_lonely\.raw beside it"),
        ("noise.rpl", "eds", "lacks its numbers"),
    ],
)
def test_what_cannot_be_read_gets_one_clear_line(cases: Path, name: str, technique: str, says: str) -> None:
    needs_extra(name)
    with pytest.raises(SpecquantError, match=says) as caught:
        reading(cases / name, technique)
    message = str(caught.value)
    assert name in message or "spectrum" in message
    assert not any(word in message for word in ("Traceback", "Error:", "\n", "\x1b"))


@pytest.mark.parametrize(
    ("name", "technique", "says"),
    [
        ("x46_synchrotron_700_noheader.csv", "xps", "kinetic energies up to 700 eV: neither Al nor Mg K-alpha"),
        ("v13_aes_as_xps.vms", "xps", "excited by electrons, as the header says"),
        ("x23_ag_la.txt", "xps", "photon energy 2984.3 eV"),
        ("e08_tem200.msa", "eds", "beam energy 200 keV: an electron microscope in transmission"),
        ("e33_eds_tem.msa", "eds", "signal EDS_TEM: an electron microscope in transmission"),
        ("e70_tem_thin.msa", "eds", "beam energy 200 keV, mode TEM, thickness 50 nm"),
        ("e71_tem_unknown_beam.msa", "eds", "mode STEM: an electron microscope in transmission"),
        ("e21_txt_channel.txt", "eds", "uncalibrated: the axis counts channels"),
        ("e30_pixe.msa", "eds", "excited by protons (PIXE)"),
    ],
)
def test_what_contradicts_the_technique_is_read_and_said(cases: Path, name: str, technique: str, says: str) -> None:
    spectra = reading(cases / name, technique)
    (text,) = texts(spectra, NoteKind.CONTRADICTION)
    assert text.startswith(says)
    assert "--set" not in text
    assert spectra.counts.any()


@pytest.mark.parametrize(
    ("name", "samples"), [("e20_txt_keV.txt", 1), ("f05_map.rpl", 4), ("e27.msa.gz", 1), ("e73_empty_and_good.msa", 1)]
)
def test_what_could_not_be_read_is_read(cases: Path, name: str, samples: int) -> None:
    needs_extra(name)
    assert len(reading(cases / name, "eds", **BEAM)) == samples


def test_the_same_spectrum_packed_or_in_kev_or_beside_an_empty_one(cases: Path) -> None:
    plain = reading(cases / "e01_plain.msa", "eds")
    for name in ("e20_txt_keV.txt", "e27.msa.gz", "e73_empty_and_good.msa", "e04_keV.msa", "e05_decimal_comma.msa"):
        np.testing.assert_allclose(reading(cases / name, "eds", **BEAM).counts, plain.counts, err_msg=name)
    (text,) = texts(reading(cases / "e73_empty_and_good.msa", "eds"), NoteKind.LEFT_OUT)
    assert text == "1 of 2 spectra ('case': all counts are zero)"


@pytest.mark.parametrize(
    "name", ["e01_plain.msa", "e12_5eV.msa", "e16_zero_strobe.msa", "v06_wf_minus.vms", "v10_mg.vms"]
)
def test_what_was_right_stays_right(cases: Path, name: str) -> None:
    spectra = reading(cases / name, "eds" if name.startswith("e") else "xps")
    assert len(spectra) == 1
    assert not texts(spectra, NoteKind.CONTRADICTION)
    assert not texts(spectra, NoteKind.CORRECTION)


@pytest.mark.parametrize(
    ("name", "technique", "grounds"),
    [
        ("num_flat.csv", "xps", {"no peak"}),
        ("num_onecount.csv", "xps", {"no peak", "few counts"}),
        ("e50_noise80_0.msa", "eds", {"no peak"}),
        ("e21_txt_channel.txt", "eds", {"not this technique"}),
        ("x23_ag_la.txt", "xps", {"not this technique"}),
    ],
)
def test_what_is_not_quantified_says_why_and_nothing_else(
    cases: Path, name: str, technique: str, grounds: set[str]
) -> None:
    (judgement,) = specquant.quantify(cases / name, technique).judgements
    assert judgement.verdict.value == "not quantified"
    assert {reason.ground.value for reason in judgement.decisive} == grounds


def test_a_file_with_two_samples(cases: Path) -> None:
    assert reading(cases / "v08_two_samples.vms").names == ("A / wide", "B / wide")
    assert reading(cases / "v10_mg.vms").stated.tolist() == [[1253.6]]


def test_a_header_that_states_binding_energy_is_believed(cases: Path) -> None:
    assert not texts(reading(cases / "x44_specs_be.xy"), NoteKind.ASSUMED)


@pytest.mark.parametrize(
    ("name", "elements"), [("e60_ZnO_5kV.msa", {"O", "Zn"}), ("e61_GaSb_like_10kV.msa", {"Ga", "Sb"})]
)
def test_lines_of_the_main_elements_are_not_renamed(cases: Path, name: str, elements: set[str]) -> None:
    """Lines of Zn L and Sb L lie by those of sodium."""
    rows = specquant.quantify(cases / name, "eds", force=True).table
    assert {row.element for row in rows if row.fraction > 0.05} == elements


def test_titles_steer_no_terminal(cases: Path, shell: Shell) -> None:
    outcome = shell("quantify", "--technique", "eds", "--method", "nnls", cases / "inj.msa")
    assert outcome.code == 0
    assert not set("\x1b\x9b\x07") & set(outcome.out + outcome.err)


def test_titles_that_the_terminal_lacks_are_escaped(cases: Path) -> None:
    code = "from specquant.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "quantify",
        "--technique",
        "eds",
        "--method",
        "nnls",
        str(cases / "greek.msa"),
    ]
    done = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "cp1252"}, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"\\u03b1-Fe" in done.stdout
