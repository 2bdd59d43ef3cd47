"""Headers that claim more than there is: each is one clear line, before anything is made of it."""

import struct
from pathlib import Path

import pytest

import edsformats
from specquant.discovery import load_plugin
from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.readers.mapping import open_map

pytest.importorskip("rsciio")


def reading(path: Path) -> int:
    return len(read_file(path, load_plugin("eds").readers))


@pytest.mark.parametrize("name", ["edax.spd", "one.spc"])
def test_a_file_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    edsformats.written(tmp_path)
    path = tmp_path / name
    assert reading(path)
    whole = path.read_bytes()
    for size in (100, 600, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ReadError, match=r"ends early|claims more data than there are"):
            reading(path)


def test_a_spectrum_with_channels_outside_the_file_is_refused(tmp_path: Path) -> None:
    data = bytearray(edsformats.edax_spectrum())
    struct.pack_into("<i", data, 28, 1 << 30)
    (tmp_path / "a.spc").write_bytes(data)
    with pytest.raises(ReadError, match="claims more data than there are"):
        reading(tmp_path / "a.spc")


def test_a_ripple_map_without_its_numbers_is_refused(tmp_path: Path) -> None:
    header, numbers = edsformats.ripple()
    (tmp_path / "a.rpl").write_bytes(header)
    with pytest.raises(ReadError, match=r"lacks its numbers; found no file a\.raw"):
        reading(tmp_path / "a.rpl")
    (tmp_path / "a.raw").write_bytes(numbers[:-1])
    with pytest.raises(ReadError, match=f"found {len(numbers)} bytes in {len(numbers) - 1}"):
        reading(tmp_path / "a.rpl")
    (tmp_path / "a.raw").write_bytes(numbers)
    assert reading(tmp_path / "a.rpl") == 12
    assert warned(tmp_path / "a.rpl") == [[], []]


def warned(path: Path) -> list[list[str]]:
    """Return the warnings of a file read whole, and of its map."""
    readers = load_plugin("eds").readers
    whole, lazy = read_file(path, readers)[0].facts.notes, open_map(path, readers).facts.notes
    return [[note.text for note in notes if note.kind is NoteKind.WARNING] for notes in (whole, lazy)]


def test_numbers_after_those_of_a_ripple_header_are_said(tmp_path: Path) -> None:
    header, numbers = edsformats.ripple()
    (tmp_path / "a.rpl").write_bytes(header)
    (tmp_path / "a.raw").write_bytes(numbers + bytes(6))
    expected = (
        f"6 bytes at the end of the .raw file, after the {len(numbers)} that the header is about: "
        "are width, height, depth and data-length right?"
    )
    assert warned(tmp_path / "a.rpl") == [[expected], [expected]]


@pytest.mark.parametrize("number", ["100000000", "-3", "1e3", "9" * 30, ""])
def test_a_ripple_header_that_cannot_be_is_refused(tmp_path: Path, number: str) -> None:
    header, numbers = edsformats.ripple()
    (tmp_path / "a.rpl").write_bytes(header.replace(b"width\t4", b"width\t" + number.encode()))
    (tmp_path / "a.raw").write_bytes(numbers)
    with pytest.raises(ReadError, match=r"claims more data than there are|is damaged; found width"):
        reading(tmp_path / "a.rpl")


def test_a_bruker_container_cut_short_is_refused(real_data: Path, tmp_path: Path) -> None:
    whole = (real_data / "eds" / "formats" / "P45_12bit_packed_8bit_compressed.bcf").read_bytes()
    for share in range(1, 40):
        (tmp_path / "a.bcf").write_bytes(whole[: len(whole) * share // 40])
        with pytest.raises(ReadError, match=r"ends early|claims more data than there are"):
            reading(tmp_path / "a.bcf")


def test_the_numbers_of_a_map_lead_to_its_header(tmp_path: Path) -> None:
    edsformats.written(tmp_path)
    with pytest.raises(ReadError, match=r"numbers of a file beside it, give that one: .*map\.rpl"):
        reading(tmp_path / "map.raw")
