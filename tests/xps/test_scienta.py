import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import NoteKind
from xpsfiles import NARROW, PHOTON, SURVEY, noted, scienta


def test_slices_are_summed(reading) -> None:
    (raw,) = reading(scienta([NARROW, SURVEY], slices=3))
    np.testing.assert_allclose(raw.counts, 3 * SURVEY.counts)
    np.testing.assert_allclose(raw.energy, SURVEY.energy, rtol=1e-6)
    assert raw.name == "foil / Survey"
    assert raw.stated == {"photon_energy": PHOTON}
    assert noted(raw, NoteKind.LEFT_OUT) == []
    assert len(raw.facts.narrow) == 1
    assert raw.header == {
        "format": "Scienta text",
        "block": 2,
        "energy_kind": "binding",
        "pass_energy": 200.0,
        "dwell_time": 0.1,
        "sample": "foil",
    }


def test_the_title_of_the_axis_comes_before_the_scale(reading) -> None:
    data = scienta([SURVEY]).replace(b"name=Binding Energy", b"name=Kinetic Energy")
    assert reading(data)[0].header["energy_kind"] == "kinetic"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"size=1201", b"size=1000000000", "rows and size do not agree; found 1201 rows; wanted 1e"),
        (b" 9.000000E+02 ", b" 9.0000O0E+02 ", r"line \d+: a line amid the numbers is not a row"),
        (b" 9.000000E+02 ", b" 9.000000E+02  1 ", "differ in length"),
        (b"[Region 1]", b"[Area 1]", "holds no region"),
        (b"[Data 1]", b"[Data 2]", "rows and size do not agree; found 0 rows"),
    ],
)
def test_damage_is_told(reading, old: bytes, new: bytes, says: str) -> None:
    data = scienta([SURVEY])
    assert old in data
    with pytest.raises(ReadError, match=says):
        reading(data.replace(old, new))


def test_a_long_line_of_blanks_in_brackets_takes_no_time(reading) -> None:
    data = b"[Info]\nNumber of Regions=1\n[" + b" " * 200_000 + b"]\n" + scienta([SURVEY])[7:]
    assert reading(data)[0].energy.size == SURVEY.energy.size
