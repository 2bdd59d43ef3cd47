import pytest

from specquant.notes import NoteKind
from specquant_eds.emsa_instrument import instrument_of
from specquant_eds.emsa_layout import Block


def block(**keywords: str) -> Block:
    parsed = Block()
    for key, value in keywords.items():
        parsed.keyword(f"#{key} : {value}")
    return parsed


def test_what_the_header_says_is_taken() -> None:
    stated, header, notes = instrument_of(
        block(
            BEAMKV="15",
            ELEVANGLE="40",
            LIVETIME="60",
            PROBECUR="1.5",
            SIGNALTYPE="EDS",
            EMODE="SEM",
            THICKNESS="50 nm",
            DATE="22-SEP-2025",
            TIME="16:34",
            SPECIMEN="K412",
        )
    )
    assert stated == {"beam_energy": 15000.0, "take_off_angle": 40.0}
    assert header == {
        "live_time": 60.0,
        "probe_current": 1.5,
        "signal": "EDS",
        "sample": "K412",
        "mode": "SEM",
        "date": "22-SEP-2025 16:34",
        "thickness": 50.0,
    }
    assert notes == ()


@pytest.mark.parametrize(
    ("code", "window", "says"),
    [
        ("SDUTW", "thin", "thin window, by #EDSDET SDUTW: not beryllium; its material is not stated"),
        ("SDDUTW", "thin", "not beryllium"),
        ("SIWLS", "none", "no window, by #EDSDET SIWLS"),
        ("SIBEW", "beryllium", ""),
        ("GEBEW", "beryllium", "detector GEBEW, by #EDSDET, is not of silicon"),
        ("SD", "", ""),
    ],
)
def test_codes_of_detectors(code: str, window: str, says: str) -> None:
    stated, header, notes = instrument_of(block(EDSDET=code))
    assert header.get("window", "") == window
    assert stated == ({"nitride_window": 0.0, "polymer_window": 0.0} if window == "none" else {})
    assert [says in note.text for note in notes] == [True] * bool(says)


def test_layers_are_in_cm_unless_they_say_otherwise() -> None:
    stated, _, notes = instrument_of(block(TALWIND="3e-6", THCWIND="3e-5"))
    assert stated == pytest.approx({"aluminium": 30.0, "polymer_window": 300.0, "nitride_window": 0.0})
    assert notes == ()
    assert instrument_of(block(TALWIND="35 nm"))[0] == {"aluminium": 35.0}
    assert instrument_of(block(TDEADLYR="0", TALWIND="0", TBEWIND="0")) == ({}, {}, ())


def test_the_makers_dead_layer_is_said_and_not_used() -> None:
    stated, _, (note,) = instrument_of(block(TDEADLYR="1e-5"))
    assert stated == {}
    assert note.text == "dead layer 100 nm by the file: not used, as the model's is an effective one"


def test_layers_that_cannot_be_are_said_and_not_used() -> None:
    stated, _, (note,) = instrument_of(block(TALWIND="0.025"))
    assert stated == {}
    assert (note.kind, note.about) == (NoteKind.REMARK, "aluminium")
    assert "250000 nm" in note.text


def test_layers_that_the_model_lacks_are_said() -> None:
    _, header, (note,) = instrument_of(block(TBEWIND="8e-4", TAUWIND="1e-6"))
    assert header["window"] == "beryllium"
    assert note.text == "the model has no gold contact (10 nm)"


@pytest.mark.parametrize(
    ("header", "about", "says"),
    [
        ({"XTILTSTGE": "-70.0"}, "take_off_angle", "tilted by -70 deg"),
        ({"DEADTIME": "92 %"}, "counts", "busy for 92 %"),
        ({"LIVETIME": "10", "REALTIME": "40"}, "counts", "busy for 75 %"),
        ({"EDSDET": "CDTE"}, "detector", "detector CDTE"),
    ],
)
def test_a_measurement_unlike_the_model_is_a_warning(header: dict[str, str], about: str, says: str) -> None:
    _, _, (note,) = instrument_of(block(**header))
    assert (note.kind, note.about) == (NoteKind.WARNING, about)
    assert says in note.text


@pytest.mark.parametrize(
    ("header", "kind"), [({"XTILTSTGE": "2.0"}, NoteKind.REMARK), ({"EDSDET": "ULTIM"}, NoteKind.ASSUMED)]
)
def test_what_hardly_matters_or_is_not_known_is_no_warning(header: dict[str, str], kind: NoteKind) -> None:
    _, _, (note,) = instrument_of(block(**header))
    assert note.kind is kind


def test_a_usual_measurement_is_not() -> None:
    usual = {"XTILTSTGE": "0.0", "DEADTIME": "30", "LIVETIME": "30", "REALTIME": "40", "EDSDET": "SDDUTW"}
    assert [note.kind for note in instrument_of(block(**usual))[2]] == [NoteKind.REMARK]
