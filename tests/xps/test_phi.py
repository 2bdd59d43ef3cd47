import struct

import numpy as np
import pytest

import xpsfiles
from specquant.errors import ReadError
from specquant.notes import NoteKind
from xpsfiles import NARROW, SURVEY, phi_spe


@pytest.mark.parametrize("tag", ["f4", "f8", "u8"])
@pytest.mark.parametrize("endian", ["<", ">"])
def test_numbers_of_every_type(reading, tag: str, endian: str) -> None:
    (raw,) = reading(phi_spe([NARROW, SURVEY], tag, endian))
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    np.testing.assert_allclose(raw.energy, SURVEY.energy)


def test_what_the_header_says(reading) -> None:
    (raw,) = reading(phi_spe([SURVEY], FileDesc="my sample", InstrumentModel="Quantera"))
    assert raw.name == "my sample / Survey"
    assert raw.stated == {"photon_energy": 1486.6}
    assert raw.header == {
        "format": "PHI spe",
        "energy_kind": "binding",
        "intensity_unit": "counts per second",
        "instrument": "Quantera",
        "source": "Al 1486.6 mono",
        "technique": "XPS",
        "sample": "my sample",
        "work_function": 4.25,
        "pass_energy": 140.0,
        "block": 0,
    }


def test_another_place_of_the_numbers_is_found_by_their_end(reading) -> None:
    data = phi_spe([SURVEY])
    start = data.index(b"EOFH\r\n") + 6
    size = 4 * SURVEY.counts.size
    moved = bytearray(data)
    moved[start + 16 + 80 : start + 16 + 84] = struct.pack("<I", 1)
    moved[start + 16 + 92 : start + 16 + 96] = struct.pack("<I", 112 + size)
    np.testing.assert_array_equal(reading(bytes(moved))[0].counts, SURVEY.counts)


def spoilt(at: int, value: bytes) -> bytes:
    """The file with other bytes at a place counted from its table of traces."""
    data = bytearray(phi_spe([SURVEY]))
    start = data.index(b"EOFH\r\n") + 6 + at
    data[start : start + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (phi_spe([SURVEY], FileType="DEPTHPRO"), "holds no plain spectra; found FileType DEPTHPRO.*Export"),
        (phi_spe([SURVEY], Technique="AES"), "trace 0 'Survey': technique is AES"),
        (phi_spe([SURVEY]).replace(b"EOFH", b"EOF "), "the header has no end"),
        (phi_spe([SURVEY])[:-1], r"trace 0: file ends too early; found \d+ bytes; wanted 4804 from byte 112"),
        (phi_spe([SURVEY]).replace(b"111 1201", b"111 1200").replace(b" 6 1201 ", b" 6 1200 "), "differ in length"),
        (phi_spe([SURVEY]).replace(b" 6 1201 ", b" 6 12x1 "), "a region of the header cannot be read"),
        (phi_spe([SURVEY]).replace(b" -1.0000 ", b" 0.0000 "), "a region of the header makes no sense"),
        (phi_spe([SURVEY]).replace(b"SpectralRegDef: ", b"SpectralRegOld: "), "traces and regions do not agree"),
        (spoilt(16 + 72, b"i4"), "numbers of an unknown type; found b'i4'"),
        (spoilt(16 + 20, struct.pack("<I", 1_000_000_000)), "points and bytes do not agree; found 4804 bytes"),
        (spoilt(16 + 76, struct.pack("<I", 4_000_000_000)), "points and bytes do not agree; found 4000000000 bytes"),
        (spoilt(4, struct.pack("<I", 1_000_000)), "traces and regions do not agree; found 1000000 traces"),
        (spoilt(12, struct.pack("<I", 17)), "the table of traces cannot be read"),
        (phi_spe([SURVEY]).partition(b"EOFH")[0] + b"EOFH\n", "holds no numbers"),
    ],
)
def test_damage_is_told(reading, data: bytes, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        reading(data)


def test_text_of_phi_says_which_anode(reading) -> None:
    (raw,) = reading(xpsfiles.phi_text([NARROW, SURVEY]))
    assert raw.name == "Survey"
    assert (raw.stated["photon_energy"], raw.header["source"], raw.header["block"]) == (1253.6, "Mg", 1)
    with pytest.raises(ReadError, match=r"a\.dat, line 3: a line amid the numbers is not a row; found '12OO 1'"):
        reading(xpsfiles.phi_text([SURVEY]).replace(b"\r\n1200\t", b"\r\n12OO 1\r\n1200\t"))
    with pytest.raises(ReadError, match="technique is AES"):
        reading(xpsfiles.phi_text([SURVEY]).replace(b" XPS;", b" AES;"))


def test_regions_that_a_text_of_phi_lacks_are_told(reading) -> None:
    data = xpsfiles.phi_text([SURVEY, NARROW])
    (raw,) = reading(data.partition(b"Element C 1s")[0])
    (note,) = raw.facts.notes
    assert (note.kind, note.text) == (
        NoteKind.LEFT_OUT,
        "regions that others speak of and the file does not have (2): is it cut short?",
    )
    assert not reading(data)[0].facts.notes
