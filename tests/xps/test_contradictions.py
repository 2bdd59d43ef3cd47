import numpy as np
import pytest

from specquant.notes import NoteKind
from specquant.technique import Facts, RawSpectrum
from specquant_xps.contradictions import another_source, contradictions


def of(*lines: str, photon: float | None = None, **header: object) -> list[tuple[str, str]]:
    raw = RawSpectrum("s", np.arange(9.0), np.ones(9), facts=Facts({"header": list(lines), **header}))
    notes = list(contradictions(raw, photon))
    assert {note.kind for note in notes} <= {NoteKind.CONTRADICTION}
    return [(note.about, note.text) for note in notes]


@pytest.mark.parametrize(
    "lines",
    [
        ("Mode : FEG Electron Gun", "Tuning : 10 keV"),
        ("Source: electron gun",),
        ("e-beam 5 keV",),
        ("Al K-alpha", "Electron gun 10 kV"),
    ],
)
def test_electrons_that_excite_are_recognised(lines: tuple[str, ...]) -> None:
    ((about, text),) = of(*lines)
    assert about == "technique"
    assert text.startswith("excited by electrons")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Charge neutraliser: electron gun, 4 eV",),
        ("Electron flood gun 5 eV",),
        ("Electron gun: off",),
        ("X-ray source Al K-alpha, 12 kV", "Electron gun at 30 deg"),
        ("Excitation Energy: 1486.6", "Source: electron gun port 2"),
        ("Method: XPS",),
        ("Technique: XPS/UPS",),
    ],
)
def test_guns_that_take_charge_off_and_tubes_are_not(lines: tuple[str, ...]) -> None:
    assert of(*lines) == []


@pytest.mark.parametrize(
    "line",
    [
        "Technique: AES",
        "Analysis Method:\tUPS",
        "mode = REELS",
        "technique : Auger",
        "Acquisition: UPS",
        "Experiment: NEXAFS",
    ],
)
def test_another_technique_is_named(line: str) -> None:
    ((about, text),) = of(line)
    assert (about, text.startswith("the header names ")) == ("technique", True)


@pytest.mark.parametrize(("photon", "right"), [(1486.6, True), (1253.6, True), (2984.3, False), (700.0, False)])
def test_the_photon_energy_decides(photon: float, right: bool) -> None:
    assert [about for about, _ in of(photon=photon)] == ["photon_energy"] * (not right)


def test_the_comments_of_a_file_count_too() -> None:
    assert of(comments=["FEG electron gun, 10 keV"])
    assert of(comment="electron gun 3 keV")


def test_another_source_says_what_to_do() -> None:
    assert "up to 700 eV" in another_source(700.0)
    assert "--set" not in another_source(700.0)
