import numpy as np
import pytest

from specquant.errors import ReadError
from xpsfiles import ALL, PHOTON, SURVEY, omicron


def test_what_the_settings_say_is_taken(reading) -> None:
    raw, _ = reading(omicron(layers=("True", "False")))
    assert (raw.name, raw.stated) == ("Survey", {"photon_energy": PHOTON})
    wanted = {"energy_kind": "binding", "pass_energy": 50.0, "dwell_time": 0.1, "scans": 1.0, "block": 1}
    assert {key: raw.header[key] for key in wanted} == wanted
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)


def test_a_file_as_bare_as_they_come(reading) -> None:
    rows = "\n".join(f"{e:g}\t{c:g}" for e, c in zip(SURVEY.energy, SURVEY.counts, strict=True))
    text = f"Region\tEnabled\tDataFlag\n1\ttrue\tOriginal\nLayer\tEnabled\n1\tTrue\t\nEnergy\tCounts\n{rows}\n"
    (raw,) = reading(text.encode())
    assert raw.name == "region 1"
    assert "energy_kind" not in raw.header


def test_layers_that_count_are_summed(reading) -> None:
    (raw,) = reading(omicron([SURVEY], ("True", "true")))
    np.testing.assert_array_equal(raw.counts, 3 * SURVEY.counts)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"\r\n100\t", b"\r\n1x0\t", "line 1106: a line amid the numbers is not a row"),
        (b"\tTrue\t", b"\tFalse\t", "no layer that is enabled has rows"),
        (b"1200\t0\t-1\t", b"1300\t0\t-1\t", "rows and settings do not agree; found 1201 rows; wanted 1301"),
    ],
)
def test_damage_is_named(reading, old: bytes, new: bytes, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        reading(omicron([ALL[1]]).replace(old, new))
