import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant_xps.readers.specs_xy import sniff
from xpsfiles import NARROW, SURVEY, noted, specs_xy


def test_scans_of_a_region_are_summed(reading) -> None:
    (raw,) = reading(specs_xy([NARROW, SURVEY], scans=3))
    np.testing.assert_array_equal(raw.counts, 3 * SURVEY.counts)
    assert raw.name == "first group / Survey"
    assert raw.stated == {"photon_energy": 1486.6}
    assert noted(raw, NoteKind.LEFT_OUT) == []
    assert len(raw.facts.narrow) == 1
    assert raw.header == {
        "format": "SPECS xy",
        "entry": "first group",
        "block": 1,
        "scans": 3,
        "intensity_unit": "counts per second",
        "energy_kind": "binding",
        "pass_energy": 100.0,
    }


def test_a_scan_that_was_broken_off_is_left_out_and_told(reading) -> None:
    (raw,) = reading(specs_xy([SURVEY], scans=3, short=100))
    np.testing.assert_array_equal(raw.counts, 2 * SURVEY.counts)
    assert noted(raw, NoteKind.LEFT_OUT) == ["1 of 3 scans of Survey (not over the whole range)"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"energy counts/s", b"index counts/s", "columns are 'index counts/s'"),
        (b"Method:              XPS", b"Method:              UPS", "analysis method is UPS"),
        (b"\r\n900  ", b"\r\n900 x ", r"line \d+: a line amid the numbers is not a row; found '900 x"),
        (b"\r\n900  ", b"\r\n900 1 ", r"rows of numbers differ in length; found 2 to 3 columns"),
        (b"# Region: ", b"# Other: ", "numbers before the first region"),
    ],
)
def test_what_is_no_survey_or_damaged_is_told(reading, old: bytes, new: bytes, says: str) -> None:
    data = specs_xy([SURVEY])
    assert old in data
    with pytest.raises(ReadError, match=says):
        reading(data.replace(old, new))


def test_parameters_beside_the_spectra_are_no_spectra(reading) -> None:
    other = b"# ColumnLabels:                 energy temperature\r\n#\r\n1200 300\r\n1199 301\r\n"
    (raw,) = reading(specs_xy([SURVEY], scans=1) + other)
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)


@pytest.mark.parametrize("blanks", [1, 4, 8, 12])
def test_a_header_may_be_aligned_by_any_number_of_blanks(blanks: int) -> None:
    data = (
        specs_xy([SURVEY])
        .replace(b"# XY-Serializer", b"# Other")
        .replace(b"by:        S", b"by:" + b" " * blanks + b"S")
    )
    assert sniff(data[:8192])
    assert not sniff(data.replace(b"SpecsLab", b"Labor")[:8192])


def test_no_region_is_told(reading) -> None:
    with pytest.raises(ReadError, match="holds no region"):
        reading(b"# Created by:        SpecsLab Prodigy\n# XY-Serializer Export Settings:\n")


def test_fewer_values_than_the_header_states_are_told(reading) -> None:
    data = specs_xy([SURVEY], scans=1, short=100)
    assert noted(reading(data)[0], NoteKind.LEFT_OUT) == []
    stated = data.replace(b"# Pass Energy:", b"# Values/Curve:                 1201\r\n# Pass Energy:")
    (raw,) = reading(stated)
    assert noted(raw, NoteKind.LEFT_OUT) == ["100 of 1201 values of Survey (is the file cut short?)"]
