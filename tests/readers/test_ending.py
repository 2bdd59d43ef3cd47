"""Texts that break off: said wherever the last row shows it, and never of a whole file."""

from collections.abc import Callable
from pathlib import Path

import pytest

import xpsfiles
from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.readers.ending import broken_row
from specquant_xps.readers import READERS

Make = Callable[[], bytes]

MAKERS: dict[str, Make] = {
    "casa.txt": xpsfiles.casa_under,
    "columns.txt": xpsfiles.casa_columns,
    "beside.txt": xpsfiles.casa_beside,
    "phi.txt": xpsfiles.phi_text,
    "specs.xy": xpsfiles.specs_xy,
    "scienta.txt": xpsfiles.scienta,
    "omicron.txt": xpsfiles.omicron,
    "a.avg": xpsfiles.avg,
    "a.itx": xpsfiles.itx,
    "a.vms": xpsfiles.vamas,
    "two.csv": xpsfiles.two_columns,
    "quoted.csv": xpsfiles.quoted,
    "many.csv": xpsfiles.many_columns,
}


def warnings(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    return [text for raw in read_file(path, READERS) for text in xpsfiles.noted(raw, NoteKind.WARNING)]


def told(path: Path, data: bytes) -> bool:
    """Say whether a file is refused as cut short, or read with the one warning that it is."""
    try:
        (said,) = warnings(path, data)
    except ReadError as error:
        return "cut short" in str(error)
    return said.startswith("the file breaks off amid its last row (")


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("share", [0.35, 0.6, 0.9])
def test_a_text_cut_amid_a_row_is_told_whatever_its_format(tmp_path: Path, name: str, share: float) -> None:
    data = MAKERS[name]()
    begin = data.rfind(b"\n", 0, int(share * len(data))) + 1
    end = data.find(b"\n", begin)
    piece = data[: begin + max(1, (end - begin) * 2 // 3)]
    assert told(tmp_path / name, piece)


@pytest.mark.parametrize("name", MAKERS)
def test_a_whole_text_is_not_said_to_be_cut(tmp_path: Path, name: str) -> None:
    data = MAKERS[name]()
    assert warnings(tmp_path / name, data) == []
    assert warnings(tmp_path / name, data.rstrip()) == []


def test_the_last_row_is_compared_with_those_before() -> None:
    rows = "".join(f"{k / 2:.1f}\t{1000 + k}\n" for k in range(2000, 1000, -1))
    for end, broken in (
        ("500.0\t1999", ""),
        ("500.0\t19", "500.0 19"),
        ("500.0\t", "500.0"),
        ("50", "50"),
        ("END", ""),
    ):
        for encoding in ("utf-8", "utf-16-le", "latin-1"):
            assert broken_row((rows + end).encode(encoding)[-16384:]) == broken
    assert broken_row((rows + "500.0\t19\n").encode()) == ""
    assert broken_row(b"1 200\n2 300\n3 1") == ""


def test_real_files_are_whole(real_data: Path) -> None:
    files = [path for path in real_data.rglob("*") if path.suffix.lower() in {".txt", ".csv", ".xy", ".msa", ".vms"}]
    assert len(files) > 100
    assert [path.name for path in files if broken_row(path.read_bytes()[-16384:])] == []
