import numpy as np
import pytest

from specquant.notes import NoteKind
from specquant.technique import Facts, RawSpectrum
from specquant_eds.contradictions import contradictions


def of(beam: float = 15e3, **header: object) -> list[tuple[str, str]]:
    raw = RawSpectrum("a", np.arange(9.0), np.ones(9), {"beam_energy": beam}, Facts(header))
    notes = list(contradictions(raw))
    assert {note.kind for note in notes} <= {NoteKind.CONTRADICTION}
    return [(note.about, note.text) for note in notes]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"beam": 200e3}, "beam energy 200 keV: "),
        ({"mode": "TEM"}, "mode TEM: "),
        ({"mode": "STEM"}, "mode STEM: "),
        ({"mode": "DIFFR"}, "mode DIFFR: "),
        ({"signal": "EDS_TEM"}, "signal EDS_TEM: "),
        ({"instrument": "Tecnai TEM"}, "instrument Tecnai TEM: "),
        ({"thickness": 50.0}, "thickness 50 nm: "),
        ({"header": ["#COMMENT : JEOL TEM 200 kV"]}, "the header says '#COMMENT : JEOL TEM 200 kV': "),
        ({"beam": 80e3, "signal": "EDS_TEM", "thickness": 80.0}, "beam energy 80 keV, signal EDS_TEM, thickness 80 nm"),
    ],
)
def test_a_transmission_microscope_is_recognised(header: dict[str, object], reason: str) -> None:
    ((_, text),) = of(**header)  # type: ignore[arg-type]
    assert text.startswith(reason)
    assert "Cliff-Lorimer" in text
    assert "beam_energy" not in text


@pytest.mark.parametrize(
    "header",
    [
        {"header": ["TEM grid at 20 kV", "Rh 5 wt%", "XRF bead"], "title": "Mo plate"},
        {},
        {"mode": "SEM"},
        {"mode": "System"},
        {"signal": "EDS_SEM"},
        {"thickness": 1e6},
        {"window": "thin"},
    ],
)
def test_a_scanning_microscope_is_not(header: dict[str, object]) -> None:
    assert of(**header) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "excitation"),
    [
        ({"title": "glass, Rh tube 40 kV"}, "X-rays (XRF)"),
        ({"header": ["#SOURCE : X-ray tube"]}, "X-rays (XRF)"),
        ({"header": ["micro-XRF map"]}, "X-rays (XRF)"),
        ({"header": ["##TECHNIQUE : PIXE"]}, "protons (PIXE)"),
    ],
)
def test_other_excitation_is_recognised_by_words(header: dict[str, object], excitation: str) -> None:
    ((about, text),) = of(**header)  # type: ignore[arg-type]
    assert (about, text.startswith(f"excited by {excitation}, as the header says (")) == ("signal", True)


def test_other_excitation_and_beryllium() -> None:
    ((about, text),) = of(signal="PXE")
    assert (about, "protons" in text) == ("signal", True)
    ((about, text),) = of(window="beryllium")
    assert (about, "beryllium window" in text) == ("window", True)
