import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import NoteKind
from xpsfiles import NARROW, PHOTON, SURVEY, itx, itx_beside, noted


@pytest.mark.parametrize("way", ["I", "P"])
def test_waves_over_their_scale(reading, way: str) -> None:
    (raw,) = reading(itx([NARROW, SURVEY], way))
    np.testing.assert_allclose(raw.energy, PHOTON - SURVEY.energy, atol=1e-4)
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    assert raw.name == "Survey"
    assert raw.stated == {"photon_energy": 1486.6}
    assert noted(raw, NoteKind.LEFT_OUT) == []
    assert len(raw.facts.narrow) == 1
    assert raw.header == {
        "format": "Igor text",
        "block": 1,
        "pass_energy": 50.0,
        "energy_kind": "kinetic",
    }


def test_a_scale_in_kev(reading) -> None:
    start, end = (f"{(PHOTON - energy) / 1000:.8g}" for energy in (SURVEY.energy[0], SURVEY.energy[-1]))
    text = itx([SURVEY]).decode().replace(f"{PHOTON - SURVEY.energy[0]:.8g}, ", f"{start}, ")
    text = text.replace(f"{PHOTON - SURVEY.energy[-1]:.8g}, ", f"{end}, ").replace("eV (Kin", "keV (Kin")
    (raw,) = reading(text.encode())
    np.testing.assert_allclose(raw.energy, PHOTON - SURVEY.energy, atol=1e-3)


def test_a_wave_beside_its_energies(reading) -> None:
    (raw,) = reading(itx_beside())
    np.testing.assert_allclose(raw.energy, SURVEY.energy)
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    assert raw.header["energy_kind"] == "binding"


def test_channels_of_a_wave_are_summed(reading) -> None:
    lines = itx([SURVEY]).split(b"\r\n")
    start, end = lines.index(b"BEGIN") + 1, lines.index(b"END")
    lines[start:end] = [line + b"\t" + line for line in lines[start:end]]
    np.testing.assert_array_equal(reading(b"\r\n".join(lines))[0].counts, 2 * SURVEY.counts)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"eV (Kinetic Energy)"', b'"deg"', "wave 0 'Survey': no scale of energies"),
        (b"X SetScale/I x, 2", b"X SetScale/I x, z2", r"line \d+: a scale has no start and step"),
        (b"END", b"", "file ends within a wave|a line amid the numbers"),
        (b"BEGIN\r\n", b"BEGIN\r\n1 2 3\r\n", "differ in length; found 1 to 3 columns"),
        (b"WAVES/S", b"RIVES/S", "holds no wave"),
    ],
)
def test_what_is_no_survey_or_damaged_is_told(reading, old: bytes, new: bytes, says: str) -> None:
    data = itx([SURVEY])
    assert old in data
    with pytest.raises(ReadError, match=says):
        reading(data.replace(old, new))


def test_long_lines_of_blanks_take_no_time(reading) -> None:
    blanks = b" " * 200_000
    data = itx([SURVEY]).replace(b"WAVES/S", b"X //" + blanks + b"x\r\nX SetScale/P x," + blanks + b"\r\nWAVES/S")
    assert reading(data)[0].energy.size == SURVEY.energy.size
