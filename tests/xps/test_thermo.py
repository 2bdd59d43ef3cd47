"""Thermo's data spaces, as text and as compound documents."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from specquant.errors import ReadError
from specquant_xps.orient import orient
from xpsfiles import NARROW, PHOTON, SURVEY, avg, compound, region, vgd

OTHER = replace(SURVEY, counts=region(seed=9).counts)


@pytest.mark.parametrize("write", [avg, vgd])
def test_kinetic_energies_with_the_energy_of_the_source(reading, write) -> None:
    (raw,) = reading(write([SURVEY]))
    np.testing.assert_allclose(raw.energy, PHOTON - SURVEY.energy, atol=1e-4)
    np.testing.assert_allclose(raw.counts, SURVEY.counts)
    np.testing.assert_allclose(orient(raw).energy, SURVEY.energy[::-1], atol=1e-3)
    assert raw.name == "Survey"
    assert {**raw.header, "format": ""} == {
        "format": "",
        "energy_kind": "kinetic",
        "pass_energy": 150.0,
        "instrument": "made up",
        "block": 0,
    }
    assert raw.stated == {"photon_energy": pytest.approx(PHOTON, abs=1e-3)}


@pytest.mark.parametrize("write", [avg, vgd])
def test_each_point_has_its_spectrum(reading, write) -> None:
    first, second = reading(write([SURVEY, OTHER]))
    np.testing.assert_allclose(first.counts, SURVEY.counts)
    np.testing.assert_allclose(second.counts, OTHER.counts)
    assert [raw.name for raw in (first, second)] == ["Survey [spectrum 0]", "Survey [spectrum 1]"]


@pytest.mark.parametrize("write", [avg, vgd])
def test_a_narrow_scan_is_told(reading, write) -> None:
    with pytest.raises(ReadError, match="spectrum 0 'C 1s': spans 20 eV"):
        reading(write([NARROW]))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b", 1201, ENERGY", b", 999999999, ENERGY", "found 1201 numbers in spectrum 0; wanted 999999999"),
        (b", ENERGY, LINEAR", b", X, LINEAR", "holds no spectrum over an even energy axis; found X"),
        (b", ENERGY, LINEAR", b", ENERGY, NON-LINEAR", "holds no spectrum over an even energy axis"),
        (b"$SPACEAXES", b"$OTHERAXES", "found no axis"),
        (b"LIST@   8=", b"LIST@   9=", r"line \d+: a list does not follow the one before; found LIST@ 9"),
        (b"$DATA=*", b"$NONE=*", "found no \\$DATA"),
        (b"286.600000, 1.0", b"286.60x000, 1.0", r"line \d+: an axis has no start and width"),
    ],
)
def test_damage_of_a_dump_is_told(reading, old: bytes, new: bytes, says: str) -> None:
    data = avg([SURVEY])
    assert old in data
    with pytest.raises(ReadError, match=says):
        reading(data.replace(old, new))


def test_a_dump_with_decimal_commas_is_read(reading) -> None:
    data = avg([SURVEY])
    commas = b"\n".join(
        line if line.startswith((b";", b"$")) else line.replace(b".", b",") for line in data.split(b"\n")
    )
    assert b"286,600000, 1,000000, 1201, ENERGY" in commas
    (raw,), (expected,) = reading(commas), reading(data)
    np.testing.assert_array_equal(raw.energy, expected.energy)
    np.testing.assert_array_equal(raw.counts, expected.counts)
    assert raw.stated == expected.stated
    assert raw.header == expected.header


def test_a_number_that_is_missing_is_told(reading) -> None:
    data = avg([SURVEY]).replace(f"LIST@   0= {SURVEY.counts[0]:.6f}".encode(), b"LIST@   0= #empty#")
    with pytest.raises(ReadError, match="a number is missing; found '#empty#'"):
        reading(data)


def test_another_scale_or_technique_is_refused(reading) -> None:
    with pytest.raises(ReadError, match="DS_ACPROPID_EV_SCALE 2"):
        reading(vgd([SURVEY], scale=2))
    with pytest.raises(ReadError, match="DS_ACPROPID_EV_SCALE 2"):
        reading(avg([SURVEY], DS_ACPROPID_EV_SCALE="VT_I4 = 2"))
    with pytest.raises(ReadError, match=r"technique 6.*not 1 or 17 \(XPS\), and no X-ray source"):
        reading(avg([SURVEY], DS_GEPROPID_TECHNIQUE="VT_I4 = 6", DS_SOPROPID_ENERGY="VT_R4 = 0.0"))


def test_the_number_of_the_technique_is_1_or_17_or_the_source_is_one_of_x_rays(reading) -> None:
    reading(avg([SURVEY], DS_GEPROPID_TECHNIQUE="VT_I4 = 17", DS_SOPROPID_ENERGY="VT_R4 = 0.0"))
    reading(avg([SURVEY], DS_GEPROPID_TECHNIQUE="VT_I4 = 23"))
    reading(vgd([SURVEY], technique=17))


def test_a_claim_of_many_points_is_held_against_the_bytes(reading) -> None:
    with pytest.raises(ReadError, match="numbers and axis do not agree; found 9608 bytes; wanted a multiple of 8000"):
        reading(vgd([SURVEY], points=1_000_000_000))


def test_a_compound_document_of_another_program_is_told(reading) -> None:
    with pytest.raises(ReadError, match=r"of another program; found streams 'Workbook, small'.*Export the survey"):
        reading(compound({"Workbook": bytes(5000), "small": b"abc"}))


def test_a_damaged_compound_document_is_told(reading) -> None:
    with pytest.raises(ReadError, match="is damaged; found parts that do not fit together"):
        reading(vgd([SURVEY])[:700])


@pytest.mark.parametrize("sector", [0, 3])
def test_a_chain_of_sectors_that_loops_is_refused(reading, sector: int) -> None:
    data = bytearray(vgd([SURVEY]))
    (first,) = struct.unpack_from("<I", data, 76)
    struct.pack_into("<I", data, 512 * (first + 1) + 4 * sector, sector)
    with pytest.raises(ReadError, match="its chain of sectors loops"):
        reading(bytes(data))


def test_an_empty_stream_of_numbers_allocates_nothing(reading) -> None:
    axes = vgd([SURVEY], points=2_000_000_000)
    start = axes.index(b"\0\0\x02\0\x01\0\0\0")
    data = compound({"VGData": b"", "VGSpaceAxes": axes[start : start + 51]})
    with pytest.raises(ReadError, match="numbers and axis do not agree; found 0 bytes"):
        reading(data)
