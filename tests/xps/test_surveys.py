from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import Note, NoteKind
from specquant.technique import RawSpectrum
from specquant_xps.readers.surveys import Reason, Scan, no_survey, picked, raw_spectrum, with_left_out
from xpsfiles import noted

PATH = Path("a.vms")
WIDE = np.arange(0.0, 1001.0)


def scan(title: str = "Survey", energy: np.ndarray = WIDE, level: float = 5.0, part: str = "block 0") -> Scan:
    return Scan(part, title, RawSpectrum(title, energy, np.full(energy.size, level)))


@pytest.mark.parametrize(
    ("energy", "kind"),
    [
        (np.arange(0.0, 401.0), None),
        (np.arange(0.0, 400.0), "narrow"),
        (np.arange(800.0, -1.0, -2.0), None),
        (np.arange(0.0, 800.0, 2.1), "coarse"),
        (np.array([0.0, np.inf]), "without energies"),
        (np.array([3.0]), "without spectrum"),
        (np.empty(0), "without spectrum"),
    ],
)
def test_a_survey_is_long_and_fine(energy: np.ndarray, kind: str | None) -> None:
    reason = no_survey(energy)
    assert (reason and reason.kind) == kind


def test_what_is_left_out_is_told_by_the_first_spectrum_in_one_line() -> None:
    narrow = [scan(title, WIDE[:50], level=0.0) for title in ("C 1s", "C 1s", "O 1s", *(f"{n}p" for n in range(9)))]
    others = [Scan("block 9", "He I", RawSpectrum("", WIDE, WIDE), Reason("UPS", "technique is UPS"))]
    first, second = picked([*narrow, scan(), scan("wide"), *others], PATH)
    text = "13 of 15 scans (narrow: C 1s (2), O 1s, 0p, 1p, 2p, 3p and 5 more; UPS: He I)"
    assert first.facts.notes == (Note(NoteKind.LEFT_OUT, text, "file"),)
    assert not second.facts.notes


def test_a_narrow_scan_beside_a_survey_is_kept_and_not_left_out() -> None:
    (survey,) = picked([scan(), scan("C 1s", WIDE[:50]), scan("O 1s", WIDE[:50], level=0.0)], PATH)
    assert [line.name for line in survey.facts.narrow] == ["C 1s"]
    assert noted(survey, NoteKind.LEFT_OUT) == ["1 of 3 scans (narrow: O 1s)"]


def test_nothing_left_out_is_not_told() -> None:
    assert not picked([scan()], PATH)[0].facts.notes


def test_spectra_of_one_name_are_told_apart_by_their_place() -> None:
    names = [raw.name for raw in picked([scan(), scan(part="block 1"), scan("wide")], PATH)]
    assert names == ["Survey [block 0]", "Survey [block 1]", "wide"]
    assert picked([scan("")], PATH)[0].name == "a"


def test_a_survey_without_counts_is_left_out_if_there_is_another() -> None:
    (raw,) = picked([scan("empty", level=0.0), scan()], PATH)
    assert noted(raw, NoteKind.LEFT_OUT) == ["1 of 2 scans (without counts: empty)"]
    assert picked([scan(level=0.0)], PATH)[0].counts.max() == 0  # refused later, with the reason


def test_without_a_survey_every_scan_is_told_with_its_reason() -> None:
    scans = [scan(f"line {number}", WIDE[:50], part=f"block {number}") for number in range(14)]
    with pytest.raises(ReadError, match=r"block 0 'line 0': spans 49 eV, less than 400; .*; and 2 more; wanted"):
        picked(scans, PATH)
    with pytest.raises(ReadError, match="holds no survey; found no spectrum"):
        picked([], PATH)


def test_what_was_told_before_is_kept_in_one_note() -> None:
    spectra = picked([scan("C 1s", WIDE[:50], level=0.0), scan()], PATH)
    warned = spectra[0].noted(Note(NoteKind.WARNING, "look"))
    (first,) = with_left_out([warned], "a scan")
    assert noted(first, NoteKind.LEFT_OUT) == ["1 of 2 scans (narrow: C 1s); a scan"]
    assert noted(first, NoteKind.WARNING) == ["look"]
    assert with_left_out([], "a scan") == []


def test_what_a_file_says_is_stated_or_in_the_header_and_travels_with_the_spectrum() -> None:
    spectrum = raw_spectrum("wide", WIDE, WIDE, {"photon_energy": 1253.6, "block": 2})
    assert (spectrum.stated, spectrum.header) == ({"photon_energy": 1253.6}, {"block": 2})
    on_scale = replace(spectrum, on_scale=True)
    (raw,) = picked([Scan("block 2", "wide", on_scale)], PATH)
    assert (raw.stated, raw.facts, raw.on_scale) == (spectrum.stated, spectrum.facts, True)
    assert raw_spectrum("wide", WIDE, WIDE, {}).stated == {}


def test_a_kept_spectrum_does_not_keep_its_file() -> None:
    energy = np.arange(0.0, 5000.0)
    (raw,) = picked([scan(energy=energy[:1000])], PATH)
    assert raw.energy.base is None
