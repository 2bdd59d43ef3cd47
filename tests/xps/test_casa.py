import numpy as np
import pytest

import xpsfiles
from specquant.errors import ReadError
from specquant.notes import NoteKind
from xpsfiles import NARROW, SURVEY, casa_beside, casa_columns, casa_under, noted


def test_binding_energy_and_rate_of_a_table(reading) -> None:
    (raw,) = reading(casa_under([SURVEY]))
    np.testing.assert_allclose(raw.energy, SURVEY.energy)
    np.testing.assert_allclose(raw.counts, 2 * SURVEY.counts)
    assert raw.name == "Survey"
    assert raw.stated == {"photon_energy": 1486.6}
    assert raw.header == {
        "format": "CasaXPS text",
        "block": 0,
        "energy_kind": "binding",
        "intensity_unit": "counts per second",
        "dwell_time": 0.5,
    }


def test_counts_come_before_the_rate(reading) -> None:
    (raw,) = reading(casa_columns([NARROW, SURVEY]))
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    assert raw.header["intensity_unit"] == "counts"
    assert noted(raw, NoteKind.LEFT_OUT) == []
    assert len(raw.facts.narrow) == 1


def test_kinetic_energy_is_read_where_there_is_no_other(reading) -> None:
    data = b"\n".join(
        b"\t".join(line.split(b"\t")[::2]) if line[:1].isdigit() or line.startswith(b"KE") else line
        for line in casa_under([SURVEY]).split(b"\n")
    )
    (raw,) = reading(data)
    assert raw.header["energy_kind"] == "kinetic"
    np.testing.assert_allclose(raw.energy, xpsfiles.PHOTON - SURVEY.energy, atol=1e-3)
    np.testing.assert_allclose(raw.counts, 2 * SURVEY.counts)


def test_tables_side_by_side_have_each_their_photon_energy(reading) -> None:
    data = casa_beside([NARROW, SURVEY]).replace(b"eV\t1486.6", b"eV\t1253.6", 1)
    (raw,) = reading(data)
    assert raw.stated["photon_energy"] == 1486.6
    assert raw.name == "Survey"
    (first,) = reading(casa_beside([SURVEY, NARROW]).replace(b"eV\t1486.6", b"eV\t1253.6", 1))
    assert first.stated["photon_energy"] == 1253.6


def test_commas_may_separate_the_cells(reading) -> None:
    np.testing.assert_allclose(reading(casa_under([SURVEY]).replace(b"\t", b","))[0].counts, 2 * SURVEY.counts)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            casa_under([SURVEY]).replace(b"\t900\t", b"\t9OO\t"),
            "table under line 4: a cell is not a number; found '9OO",
        ),
        (casa_under([SURVEY]).replace(b"\t900\t", b"\t\t"), "a cell is not a number"),
        (b"Characteristic Energy eV\t1486.6\nnothing\n", "holds no table; found no line with titles"),
    ],
)
def test_damage_is_told(reading, data: bytes, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        reading(data)
