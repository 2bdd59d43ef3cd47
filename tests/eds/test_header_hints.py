from collections.abc import Mapping

import numpy as np
import pytest

from specquant.technique import Facts, RawSpectrum
from specquant_eds.header_hints import facts_in, with_hints


def hints(*lines: str, **stated: float) -> tuple[Mapping[str, float], Mapping[str, object]]:
    raw = RawSpectrum("a", np.arange(9.0), np.ones(9), stated, Facts({"format": "text", "header": list(lines)}))
    hinted = with_hints(raw)
    return hinted.stated, hinted.header


@pytest.mark.parametrize(
    ("line", "beam"),
    [
        ("# Beam energy: 15 keV", 15000.0),
        ("Accelerating Voltage (kV) = 20,0", 20000.0),
        ("Primary energy: 15.0", 15000.0),
        ("HV=12000 V", 12000.0),
        ("EHT 5 kV", 5000.0),
        ("High tension\t200 kV", 200000.0),
        ("Beschleunigungsspannung: 15 kV", 15000.0),
        ("kV: 15.0", 15000.0),
        ("up to 15 kV: 3", None),
        ("Tension d'accélération : 5,5 kV", 5500.0),
        ("Tensión de aceleración = 20 kV", 20000.0),
        ("加速電圧,15.0kV", 15000.0),
        ("HV (kV),15,20,", 15000.0),
        ("shaver 15", None),
        ("Energy (eV), counts", None),
        ("beam energy: not stated", None),
        ("beam energy: +15 keV", 15000.0),
        ("beam energy: -15 keV", None),
    ],
)
def test_beam_energies_in_words(line: str, beam: float | None) -> None:
    assert hints(line)[0].get("beam_energy") == beam


def test_what_else_the_lines_say_and_what_is_stated_wins() -> None:
    stated, header = hints("Take-off angle: 40", "Live time: 60 s", "Mode: STEM", "beam energy 15 kV", beam_energy=2e4)
    assert stated == {"beam_energy": 2e4, "take_off_angle": 40.0}
    assert (header["live_time"], header["mode"]) == (60.0, "Mode: STEM")
    assert "mode" not in hints("Mode: SYSTEM")[1]


def test_other_formats_have_said_it() -> None:
    raw = RawSpectrum("a", np.arange(9.0), np.ones(9), {}, Facts({"format": "EMSA", "header": ["Beam energy: 15 keV"]}))
    assert with_hints(raw) is raw
    assert (raw.stated, list(raw.header)) == ({}, ["format", "header"])


def test_texts_after_keys() -> None:
    keys = {"a": "Window type", "b": "None"}
    assert facts_in(["Window type : AP3.3", "x"], keys) == {"a": "AP3.3"}
