import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import parts, read_file
from specquant.technique import RawSpectrum
from specquant_xps.readers import READERS, archive
from xpsfiles import NARROW, SECOND, SURVEY, noted, phi_spe, two_columns, vamas, zipped


def reading(path: Path) -> list[RawSpectrum]:
    return read_file(path, READERS)


def test_the_survey_among_narrow_scans_and_other_files(tmp_path: Path) -> None:
    members = {"a/C1s.csv": two_columns(NARROW), "a/wide.csv": two_columns(), "readme.md": b"Dear colleague,\n"}
    (raw,) = reading(zipped(tmp_path / "a.zip", members | {"a/photo.jpg": b"\xff\xd8\xff" + bytes(99)}))
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    assert (raw.name, raw.header["entry"], raw.header["format"]) == ("wide", "a/wide.csv", "text")
    assert noted(raw, NoteKind.LEFT_OUT) == ["3 of 4 scans (narrow: C1s.csv; not read: readme.md, photo.jpg)"]


def test_a_spectrum_that_is_there_twice_is_kept_as_counts(tmp_path: Path) -> None:
    (raw,) = reading(zipped(tmp_path / "a.zip", {"a.spe": phi_spe([SURVEY]), "b.csv": two_columns()}))
    assert raw.header["entry"] == "b.csv"
    assert noted(raw, NoteKind.LEFT_OUT) == ["1 of 2 scans (there twice: a.spe)"]


def test_several_files_with_several_surveys(tmp_path: Path) -> None:
    raws = reading(zipped(tmp_path / "a.zip", {"a.vms": vamas([SURVEY, SURVEY]), "b.csv": two_columns(SECOND)}))
    assert [raw.name for raw in raws] == ["a / foil / Survey [block 0]", "a / foil / Survey [block 1]", "b"]


def test_a_member_that_ended_the_process_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.READING, "lost", {"0": "the NeXus reader crashed (SIGSEGV)"})
    (raw,) = archive.read(zipped(tmp_path / "a.zip", {"a.nxs": b"damaged", "b.csv": two_columns()}))
    assert noted(raw, NoteKind.LEFT_OUT) == ["1 of 2 scans (not read: a.nxs)"]
    with pytest.raises(ReadError, match=r"'a\.nxs': is damaged, the NeXus reader crashed \(SIGSEGV\)"):
        archive.read(zipped(tmp_path / "b.zip", {"a.nxs": b"damaged"}))


def test_without_a_survey_each_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"x/a.csv 'a.csv': spans 20 eV.*b.txt 'b.txt': is text, but no spectrum"):
        reading(zipped(tmp_path / "a.zip", {"x/a.csv": two_columns(NARROW), "b.txt": b"no numbers"}))
    with pytest.raises(ReadError, match="found no spectrum"):
        reading(zipped(tmp_path / "b.zip", {"empty/": b""}))


def test_what_swells_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"bomb.csv": b"1 1\n" * 10_000_000, "a.csv": two_columns()})
    (raw,) = reading(path)
    assert noted(raw, NoteKind.LEFT_OUT) == ["1 of 2 scans (not unpacked: bomb.csv)"]


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": two_columns()})
    data = path.read_bytes()
    size = len(two_columns()).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (4_000_000_000).to_bytes(4, "little")))
    raws = None
    try:
        raws = reading(path)
    except ReadError:
        return
    np.testing.assert_array_equal(raws[0].counts, SURVEY.counts)


def test_a_survey_packed_by_gzip(tmp_path: Path) -> None:
    (tmp_path / "wide.vms.gz").write_bytes(gzip.compress(vamas([SURVEY])))
    (raw,) = reading(tmp_path / "wide.vms.gz")
    np.testing.assert_array_equal(raw.counts, SURVEY.counts)
    assert (raw.name, raw.header["entry"]) == ("wide / foil / Survey", "wide.vms")
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"1 1\n" * 10_000_000))
    with pytest.raises(ReadError, match=r"more than \d+ bytes"):
        reading(tmp_path / "bomb.csv.gz")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(two_columns())[:-40])
    with pytest.raises(ReadError, match="is a damaged archive; found a part that cannot be unpacked"):
        reading(tmp_path / "cut.csv.gz")


def test_names_that_point_elsewhere_are_but_names(tmp_path: Path) -> None:
    (raw,) = reading(zipped(tmp_path / "a.zip", {"../../evil.csv": two_columns()}))
    assert raw.name == "evil"
    assert [path.name for path in tmp_path.rglob("*")] == ["a.zip"]
    assert not (tmp_path.parent / "evil.csv").exists()


def test_an_archive_in_the_archive_is_not_opened(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.csv": two_columns()})
    with pytest.raises(ReadError, match=r"'inner\.zip': is of no known format"):
        reading(zipped(tmp_path / "a.zip", {"inner.zip": inner.read_bytes()}))


def test_an_office_document_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"is an Office document.*Save the sheet with the survey as CSV"):
        reading(zipped(tmp_path / "a.xlsx", {"[Content_Types].xml": b"<x/>", "xl/sheet1.xml": b"<x/>"}))


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="holds too many files; found 501"):
        reading(zipped(tmp_path / "a.zip", {f"{number}.csv": b"" for number in range(501)}))


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": two_columns()})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ReadError, match="is a damaged archive"):
        reading(path)


def test_an_encrypted_file_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": two_columns()})
    with zipfile.ZipFile(path) as archive:
        start = archive.start_dir
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[start + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ReadError, match=r"cannot be unpacked: it is encrypted"):
        reading(path)
